// How many rows a held statement touches, as far as that can be told, and of which statements it may be asked. Pure.

import type { Shown } from "#core/approvals";
import { isHarmlessInTrial } from "#core/policy";
import type { StatementFacts } from "#core/sql";
import type { Result } from "../../../core/result.ts";

export type Figures = Required<
  Pick<Shown, "estimatedRows" | "estimateUnknown" | "countedRows" | "countUnknown">
>;

/** As approvers read it. */
export const CANNOT_TELL = {
  batch: "others were executed before it in the same batch of the extended protocol, which a trial would end",
  portals: "what it is bound to in its batch of the extended protocol could not be bound again after a trial",
  withheld: "the policy has something against another part of it, which nobody has looked at yet",
  kind: "it is not a plain SELECT, INSERT, UPDATE, DELETE or MERGE",
  reads: "it reads, and only changes are counted",
  planner: "planning it would run functions of users",
  functions: "it calls functions that may do what no rollback takes back",
  foreign: "it reaches foreign tables, where a rollback may not",
  lockTime: "somebody else holds its locks for longer than it may wait",
  time: "it takes longer than it may",
  uncounted: "the database has track_counts switched off",
  unread: "the plan could not be read",
  notAsked: "it was not asked",
} as const;

const PLANNED: ReadonlySet<string> = new Set(["select", "insert", "update", "delete", "merge"]);

export function figuresOf(
  estimated: Result<number, string>,
  counted: Result<number, string> | null,
): Figures {
  return {
    estimatedRows: estimated.ok ? estimated.value : null,
    estimateUnknown: estimated.ok ? null : estimated.error,
    countedRows: counted?.ok === true ? counted.value : null,
    countUnknown: counted?.ok === false ? counted.error : null,
  };
}

/** Why PostgreSQL is not asked for a plan; null where it is. */
export function unplannable(facts: StatementFacts): string | null {
  if (!PLANNED.has(facts.kind)) return CANNOT_TELL.kind;
  return isRunByPlanner(facts) ? CANNOT_TELL.planner : null;
}

/** PostgreSQL folds such calls to constants when it plans: they run before the statement does (clauses.c, evaluate_function). */
export function isRunByPlanner({ calls }: StatementFacts): boolean {
  return calls.some(
    ({ function: { schema, volatility } }) => schema !== "pg_catalog" && volatility !== "volatile",
  );
}

/** Why it must not be run on trial: it may leave something behind that a rollback does not take back. */
export function untriable(facts: StatementFacts): string | null {
  const { kind, kinds, outside, effects, calls, accesses, unknown } = facts;
  if (kind === "select") return CANNOT_TELL.reads;
  if (!kinds.every((each) => PLANNED.has(each)) || outside.length > 0 || effects.length > 0)
    return CANNOT_TELL.kind;
  if (accesses.some(({ relation }) => relation.kind === "foreign_table")) return CANNOT_TELL.foreign;
  const safe = calls.every(({ function: called, examined }) =>
    called.schema === "pg_catalog" ? isHarmlessInTrial(called) : examined,
  );
  return safe && unknown.length === 0 ? null : CANNOT_TELL.functions;
}
