// What sessions and statements can be filtered by, as SQL. Facets say which sessions may hold a statement (and no statement
// before which one); the statements' own columns say which do. Queries are built here and run in search.ts.

import { sql, type SQL } from "drizzle-orm";
import type { Effect } from "#core/policy";
import type { RecordedRelation } from "#core/record";
// Not by the room's door: that brings the grammar along.
import { KIND_CLASSES } from "../../core/sql/facts/kinds.ts";
import { relationFacet } from "../../durable-objects/ledger/index.ts";
import type { Facet } from "../../migrations/schema.ts";

type Access = RecordedRelation["access"];
export const ACCESSES = ["read", "write", "define"] as const satisfies readonly Access[];

export interface SessionFilter {
  readonly sessionId: string | null;
  readonly subject: string | null;
  readonly target: string | null;
  /** It started at this time or later. */
  readonly startedFrom: number | null;
  readonly startedTo: number | null;
  /** It had not ended before this time. */
  readonly endedFrom: number | null;
}

/** All of one statement. */
export interface StatementFilter {
  /** One of these, by qualified name. */
  readonly relation: readonly string[] | null;
  readonly access: Access | null;
  /** Or a class of kinds. */
  readonly kind: string | null;
  readonly decision: Effect | null;
  readonly rule: string | null;
  readonly text: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

/** A session has it when it has one of the values. */
export interface Wanted {
  readonly facet: Facet;
  readonly values: readonly string[];
}

export const KIND_NAMES: ReadonlySet<string> = new Set(Object.keys(KIND_CLASSES));
export const CLASS_NAMES: ReadonlySet<string> = new Set(Object.values(KIND_CLASSES));

/** The likely rarest first: search begins with that one. */
export function wantedFacets(filter: StatementFilter): Wanted[] {
  const { relation, kind, decision, rule } = filter;
  const common: Wanted[] = [];
  const found: Wanted[] = [];
  if (decision !== null)
    (decision === "allow" ? common : found).push({ facet: "decision", values: [decision] });
  if (rule !== null) found.push({ facet: "rule", values: [rule] });
  if (relation !== null) found.push({ facet: "relation", values: relationValues(relation, filter.access) });
  if (kind !== null) found.push({ facet: CLASS_NAMES.has(kind) ? "class" : "kind", values: [kind] });
  return [...found, ...common];
}

/** On `statements`; none where every statement will do. */
export function statementConditions(filter: StatementFilter): SQL[] {
  const { relation, kind, decision, rule, text, from, to } = filter;
  const found: (SQL | null)[] = [
    from === null ? null : sql`statements.started_at >= ${from}`,
    to === null ? null : sql`statements.started_at < ${to}`,
    decision === null ? null : sql`statements.effect = ${decision}`,
    rule === null ? null : sql`statements.rule = ${rule}`,
    kind === null ? null : holds(sql`statements.kinds`, kindValues(kind)),
    relation === null ? null : holds(sql`statements.relations`, relationValues(relation, filter.access)),
    // SQLite's lower() knows ASCII only; instr() takes the text as it is, with no pattern in it.
    text === null ? null : sql`instr(lower(statements.statement), lower(${text})) > 0`,
  ];
  return found.filter((condition) => condition !== null);
}

function relationValues(names: readonly string[], access: Access | null): string[] {
  const accesses = access === null ? ACCESSES : [access];
  return names.flatMap((name) => accesses.map((each) => relationFacet(name, each)));
}

function kindValues(kind: string): string[] {
  if (!CLASS_NAMES.has(kind)) return [kind];
  return Object.entries(KIND_CLASSES).flatMap(([name, kindClass]) => (kindClass === kind ? [name] : []));
}

/** Of a column that holds a JSON array of strings. */
function holds(column: SQL, values: readonly string[]): SQL {
  return sql`exists (select 1 from json_each(${column}) one where one.value in ${oneOf(values)})`;
}

/** One parameter, however many: D1 binds at most 100. */
export function oneOf(values: readonly (string | number)[]): SQL {
  return sql`(select value from json_each(${JSON.stringify(values)}))`;
}
