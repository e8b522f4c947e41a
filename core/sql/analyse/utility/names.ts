// What utility statements name, and what becomes of it in the facts: relations that exist as they are, relations that are
// yet to be made by their name alone.

import type { DefElem, Node, RangeVar } from "@pgsql/types";
import type { Name, RelationInfo, RelationKind } from "../../catalog/catalog.ts";
import type { SessionEffect, Via } from "../../facts/facts.ts";
import type { AnalysisContext } from "../context.ts";
import { written } from "../query/names.ts";

export function rangeName({ schemaname, relname = "" }: RangeVar): Name {
  return { schema: schemaname ?? null, name: relname };
}

/** The relation that a name stands for; null when there is none, which is noted, or when it is not known yet. */
export function existing(context: AnalysisContext, name: Name, optional = false): RelationInfo | null {
  const relation = context.relation(name);
  if (relation === null && !optional) missingRelation(context, name);
  return relation ?? null;
}

/** RangeVarGetRelidExtended (namespace.c): without a position, as it has none. */
function missingRelation(context: AnalysisContext, name: Name): void {
  context.unknown.push({
    what: "relation",
    detail: written(name),
    missing: { sqlstate: "42P01", message: `relation "${written(name)}" does not exist`, position: null },
  });
}

/** DDL or privileges on a relation that should exist. */
export function define(
  context: AnalysisContext,
  name: Name,
  optional = false,
  columns: readonly string[] = [],
): RelationInfo | null {
  const relation = existing(context, name, optional);
  if (relation !== null) context.access(relation, "define", columns);
  return relation;
}

/**
 * A relation that the statement makes, or gives a new name to. `schema` of its reference: as written; `pg_temp` for a
 * temporary one; empty where search_path decides. One of that name that exists is meant as well: CREATE OR REPLACE, IF NOT EXISTS.
 */
export function create(context: AnalysisContext, name: Name, kind: RelationKind, temporary = false): void {
  const relation = context.relation(name);
  if (relation !== null && relation !== undefined) context.access(relation, "define", []);
  const schema = temporary ? "pg_temp" : (name.schema ?? "");
  context.accesses.push({
    relation: { oid: 0, schema, name: name.name, kind },
    ancestors: [],
    descendants: [],
    action: "define",
    columns: [],
    via: context.via,
  });
}

export function isTemporary({ relpersistence, schemaname }: RangeVar): boolean {
  return relpersistence === "t" || schemaname === "pg_temp";
}

/** Once for a statement: names may mean something else when it has run. */
export function changeNames(context: AnalysisContext): void {
  if (!context.effects.some(({ kind }) => kind === "names")) context.effects.push({ kind: "names" });
}

/** Visits what is only planned, kept or defined: it does not run now, so neither its kind nor its effects are this statement's. */
export function aside(context: AnalysisContext, visit: () => void): void {
  const kinds = [...context.kinds];
  const settings = context.settings.length;
  const effects: SessionEffect[] = [...context.effects];
  const { tagCounts } = context;
  visit();
  context.kinds.clear();
  for (const kind of kinds) context.kinds.add(kind);
  context.settings.length = settings;
  context.effects.splice(0, Infinity, ...effects);
  context.tagCounts = tagCounts;
}

/** Visits statements whose text is not this statement's: places of literals in them mean nothing here. */
export function elsewhere(context: AnalysisContext, via: Via, visit: () => void, identity = ""): void {
  const literals = context.literals.length;
  context.within(via, visit, identity);
  context.literals.length = literals;
}

/**
 * What is missing may be made by an earlier part of the same thing: it is unknown, and nobody can say yet that PostgreSQL
 * will refuse it.
 */
export function undecided(context: AnalysisContext, visit: () => void): void {
  const before = context.unknown.length;
  visit();
  const found = context.unknown.splice(before);
  context.unknown.push(...found.map(({ what, detail }) => ({ what, detail, missing: null })));
}

export function optionsOf(node: Node): readonly DefElem[] {
  return "DefElem" in node ? [node.DefElem] : [];
}

export function ranges(nodes: readonly Node[] | undefined): readonly RangeVar[] {
  return (nodes ?? []).flatMap((node) => ("RangeVar" in node ? [node.RangeVar] : []));
}
