// What core/masking asks of the rules and the catalog for one statement: masks of base columns, what stands behind a column
// that PostgreSQL names, types. From what the session has learnt of its database; asks nothing.

import type { Masks } from "#core/policy";
import { type MaskRules, typeRef, type ColumnSource } from "#core/masking";
import { analyse, type Catalog, type ColumnPlace, type RelationInfo, type StatementFacts } from "#core/sql";
import type { Gate } from "../gate/gate.ts";

export function maskRules(gate: Gate, masks: Masks, facts: StatementFacts): MaskRules {
  const { catalog } = gate;
  return {
    maskOf: (source) => masks.maskOf(source),
    sourcesAt: (tableOid, attribute) => sourcesAt(gate, tableOid, attribute),
    typeAt: ({ relation, column }) => {
      const found = catalog.relationByOid(relation.oid)?.columns.find(({ name }) => name === column);
      return found === undefined ? undefined : typeRef(found.typeOid, -1, catalog);
    },
    touchesMasked: masks.touches(facts),
    types: catalog,
  };
}

/** undefined: it is not known. Of PostgreSQL's own views the column itself: they are judged by name. */
function sourcesAt(gate: Gate, tableOid: number, attribute: number): readonly ColumnSource[] | undefined {
  const relation = gate.catalog.relationByOid(tableOid);
  if (relation === null || relation === undefined) return undefined;
  // Its rows as they are: all of its columns.
  if (attribute === WHOLE_ROW) return wholeRow(gate, relation);
  const position = relation.columns.findIndex(({ number }) => number === attribute);
  const column = relation.columns[position];
  // System columns have numbers below zero: nobody masks them.
  if (column === undefined) return attribute < 0 ? [] : undefined;
  if (isDefined(relation)) return behindView(gate, relation, position);
  return [placeOf(relation, column.name)];
}

/** InvalidAttrNumber stands for a whole row in a Var (primnodes.h), and so in RowDescription (markTargetListOrigin). */
const WHOLE_ROW = 0;

function wholeRow(gate: Gate, relation: RelationInfo): readonly ColumnSource[] | undefined {
  const all: ColumnSource[] = [];
  for (const { number } of relation.columns) {
    const sources = sourcesAt(gate, relation.oid, number);
    if (sources === undefined) return undefined;
    all.push(...sources);
  }
  return all;
}

function isDefined({ kind, schema }: RelationInfo): boolean {
  return (
    (kind === "view" || kind === "materialized_view") &&
    schema !== "pg_catalog" &&
    schema !== "information_schema"
  );
}

/** What reading the view anew would show: its definition was followed for the statement, so the answers are at hand. */
function behindView(gate: Gate, view: RelationInfo, position: number): readonly ColumnPlace[] | undefined {
  const { schema, name } = view;
  const parsed = gate.grammar.parse(`SELECT * FROM ${quoted(schema)}.${quoted(name)}`);
  const [statement] = parsed.ok ? parsed.value : [];
  if (statement === undefined) return undefined;
  const { grammar, names } = gate;
  const analysis = analyse(statement, { grammar, catalog: knowing(gate.catalog, view), session: names });
  if (analysis.kind !== "facts") return undefined;
  const column = analysis.facts.output?.[position];
  return column === undefined || column.opaque === true ? undefined : column.sources;
}

/** By its full name as well, whichever way the statement called it. */
function knowing(catalog: Catalog, view: RelationInfo): Catalog {
  return {
    relation: (name) =>
      name.schema === view.schema && name.name === view.name ? view : catalog.relation(name),
    relationByOid: (oid) => catalog.relationByOid(oid),
    functions: (name) => catalog.functions(name),
    functionByOid: (oid) => catalog.functionByOid(oid),
    operators: (name) => catalog.operators(name),
    type: (name) => catalog.type(name),
    typeByOid: (oid) => catalog.typeByOid(oid),
  };
}

function placeOf(relation: RelationInfo, column: string): ColumnPlace {
  const { oid, schema, name, kind } = relation;
  return {
    relation: { oid, schema, name, kind },
    column,
    ancestors: relation.ancestors.map(qualified),
    descendants: relation.descendants.map(qualified),
  };
}

function qualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
