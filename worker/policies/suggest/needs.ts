// What recorded statements needed: the sum of their facts, for a document that allows just that. Pure.

import { KIND_CLASSES, type Access, type Action, type StatementFacts, type StatementKind } from "#core/sql";
import { accessOf } from "../decide.ts";

export const WRITE_ACTIONS = ["insert", "update", "delete", "truncate"] as const satisfies readonly Action[];
export type WriteAction = (typeof WRITE_ACTIONS)[number];

export interface Needs {
  /** Name as documents write it -> statements. */
  readonly read: Map<string, number>;
  readonly write: Map<string, number>;
  /** What was done to which relations that were written to. */
  readonly written: Map<WriteAction, Set<string>>;
  readonly functions: Map<string, number>;
  readonly settings: Map<string, number>;
  readonly kinds: Map<StatementKind, number>;
  /** Temporary relations were made or changed. */
  temporary: boolean;
  /** The catalog was read by name. */
  introspection: boolean;
  /** An UPDATE or DELETE ran on all rows. */
  unbounded: boolean;
}

export function noNeeds(): Needs {
  return {
    read: new Map(),
    write: new Map(),
    written: new Map(),
    functions: new Map(),
    settings: new Map(),
    kinds: new Map(),
    temporary: false,
    introspection: false,
    unbounded: false,
  };
}

const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set(["pg_catalog", "information_schema"]);
/** A name that stands for itself: what it stands for is named by the statement all the same. */
const TRANSPARENT: ReadonlySet<string> = new Set(["inheritance", "prepared", "cursor"]);

/**
 * `whole`: settings and functions of PostgreSQL's own as well. Most of them need not be named, so they are added for those
 * statements alone that a document without them refuses. `times`: how often it ran.
 */
export function addNeeds(needs: Needs, facts: StatementFacts, times: number, whole: boolean): void {
  const named = facts.accesses.filter(({ via }) => via.every(({ kind }) => TRANSPARENT.has(kind)));
  const temporary = named.some(
    ({ action, relation }) => action === "define" && relation.schema === "pg_temp",
  );
  const defines = named.some(({ action, relation }) => action === "define" && relation.schema !== "pg_temp");
  const count = (counts: Map<string, number>, names: readonly string[]): void => {
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + times);
  };
  for (const kind of facts.kinds) {
    // DDL on temporary relations has a rule of its own.
    if (KIND_CLASSES[kind] === "ddl" && temporary && !defines) continue;
    needs.kinds.set(kind, (needs.kinds.get(kind) ?? 0) + times);
  }
  needs.temporary ||= temporary;
  needs.introspection ||= named.some(({ relation }) => SYSTEM_SCHEMAS.has(relation.schema));
  needs.unbounded ||= facts.modifications.some(({ bounded }) => bounded === "unbounded");
  count(needs.read, relations(named, "read"));
  count(needs.write, relations(named, "write"));
  for (const action of WRITE_ACTIONS) {
    const written = needs.written.get(action) ?? new Set<string>();
    needs.written.set(action, written);
    for (const access of named) if (access.action === action) written.add(nameOf(access));
  }
  const calls = facts.calls.filter(({ via }) => via.every(({ kind }) => TRANSPARENT.has(kind)));
  const functions = calls
    .map((call) => call.function)
    .filter(({ schema }) => whole || schema !== "pg_catalog");
  count(
    needs.functions,
    functions.map(({ schema, name }) => pattern(schema, name)),
  );
  if (whole)
    count(
      needs.settings,
      facts.settings.map(({ name }) => name).filter((name) => /^[a-z_][a-z0-9_.]*$/.test(name)),
    );
}

function relations(accesses: readonly Access[], access: "read" | "write"): readonly string[] {
  return accesses
    .filter(({ action, relation }) => accessOf(action) === access && !SYSTEM_SCHEMAS.has(relation.schema))
    .map(nameOf);
}

function nameOf({ relation: { schema, name } }: Access): string {
  return schema === "pg_temp" ? "pg_temp.*" : pattern(schema, name);
}

/** `public.orders`, `public."Order"`. */
function pattern(schema: string, name: string): string {
  return [schema, name]
    .map((part) => (/^[a-z_][a-z0-9_$]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join(".");
}
