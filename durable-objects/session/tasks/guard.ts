// Limits that are enforced by effect: what a statement changed is counted inside of its transaction, before that can be
// committed and before the agent is told that it is done.

import { utf8Decode } from "#core/bytes";
import {
  KIND_CLASSES,
  type KindClass,
  type Modification,
  type RelationRef,
  type StatementFacts,
} from "#core/sql";
import { BACKEND_CODES, decodeBackend, type Frame } from "#core/wire";
import type { GrantUse } from "#core/policy";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Hold } from "../gate/mark.ts";
import type { Returned } from "../gate/names.ts";
import { limitError, refusalError, withoutQuestion } from "../gate/refusals.ts";
import { grantChanged } from "./grant-limits.ts";
import { type Allowed, type Desk, query, type Task } from "./task.ts";

// What this transaction did to tables, triggers' and cascades' rows included. null where PostgreSQL does not count.
export const CHANGED = `SELECT CASE WHEN pg_catalog.current_setting('track_counts') OPERATOR(pg_catalog.=) 'on' THEN
  coalesce((SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_updated(c.oid)
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid))
  FROM pg_catalog.pg_class c
  WHERE c.relkind OPERATOR(pg_catalog.=) 'r'::"char" AND c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), 0::pg_catalog.numeric) END`;

/** Whether a statement's effect has to be looked at before it may stand. */
export function needsGuard({ obligations, facts }: Allowed, limited: boolean): boolean {
  const cutShort = limited && facts.executes && returnsRows(facts) && writes(facts);
  return obligations.countRows || obligations.leavesRows || cutShort;
}

/**
 * Rows of it could be one too many. What returns none runs as it is: VACUUM and the like refuse a transaction block, LOCK
 * and DECLARE want one of the agent's own.
 */
function returnsRows({ kinds }: StatementFacts): boolean {
  return !kinds.every((kind) => kind === "lock" || kind === "declare" || NO_ROWS.has(KIND_CLASSES[kind]));
}

const NO_ROWS: ReadonlySet<KindClass> = new Set(["ddl", "maintenance", "privileges", "transaction"]);

/** It may leave something behind in the database: an error after it has to take that back. */
export function writes(facts: StatementFacts): boolean {
  return (
    facts.accesses.some(({ action }) => action !== "select" && action !== "lock") ||
    facts.calls.some(
      ({ function: { schema, volatility } }) => schema !== "pg_catalog" && volatility === "volatile",
    )
  );
}

/** What is known before the statement runs. */
export interface Baseline {
  /** Rows that the transaction has changed so far; null where the command tag will tell. */
  readonly rows: number | null;
  /** Rows that TRUNCATE will take away, which PostgreSQL does not count. */
  readonly truncated: number;
}

/** Commands whose tag counts the rows that they change: EXECUTE has the one of what it executes. */
const TAGGED: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge", "copy_from", "execute"]);

/** The error is PostgreSQL's, and has failed the transaction. */
export function* before(
  desk: Desk,
  { obligations, facts }: Allowed,
  maxRows: number,
): Task<Result<Baseline, Uint8Array>> {
  let truncated = 0;
  let rows: number | null = null;
  if (!obligations.countRows) return ok({ rows, truncated });
  for (const { relation, action } of facts.modifications) {
    if (action !== "truncate") continue;
    const rowsHeld = yield* held(desk, relation, obligations.grants);
    if (!rowsHeld.ok) return rowsHeld;
    truncated += rowsHeld.value;
  }
  if (!facts.tagCounts || maxRows !== 0 || !TAGGED.has(facts.kind)) {
    const counted = yield* changed(desk);
    if (!counted.ok) return counted;
    rows = counted.value;
  }
  return ok({ rows, truncated });
}

/** After the statement, before its transaction ends: the error that takes it back, or null. */
export function* after(
  desk: Desk,
  allowed: Allowed,
  hold: Hold,
  baseline: Baseline,
  spent: Returned,
): Task<Uint8Array | null> {
  const { obligations, facts } = allowed;
  const tag = taggedRows(hold.frames);
  const unbounded = (): Task<Uint8Array | null> =>
    leavesRows(desk, obligations.leavesRows ? facts : null, hold.suspended ? Number.NaN : tag);
  if (obligations.countRows) {
    if (facts.effects.some((effect) => effect.kind === "declare_cursor" && effect.hold))
      return refusalError({
        ...HOLD_IS_UNCOUNTED,
        detail: `rule "limits.rows_changed" of policy version ${desk.gate.policy.version}`,
      });
    let rows = tag;
    if (baseline.rows !== null) {
      const counted = yield* changed(desk);
      if (!counted.ok) return counted.error;
      rows = Math.max(0, counted.value - baseline.rows);
    }
    rows += baseline.truncated;
    const excess = tooMany(desk, rows, spent.changed, obligations.grants);
    const untouched = excess ?? (yield* unbounded());
    if (untouched !== null) return untouched;
    countChanged(desk, rows, obligations.grants);
    spent.changed += rows;
    spent.begun = true;
    return null;
  }
  return yield* unbounded();
}

/** PostgreSQL runs all of its query when the transaction is committed (portalmem.c, HoldPortal). */
const HOLD_IS_UNCOUNTED = {
  sqlstate: "0A000",
  message: "the rows that a cursor WITH HOLD changes cannot be counted",
  hint: "Declare it without WITH HOLD, inside of a transaction.",
};

/** `before`: rows that the same cursor or portal has changed already. */
function tooMany(
  { gate, changed, holder }: Desk,
  now: number,
  before: number,
  grants: readonly GrantUse[],
): Uint8Array | null {
  const rows = before + now;
  const { limits, version } = gate.policy;
  if (Number.isNaN(rows))
    return refusalError({
      sqlstate: "0A000",
      message: "the rows that the statement changes cannot be counted",
      detail: `rule "limits.rows_changed" of policy version ${version}`,
      hint: "The database has track_counts switched off: tell its admin.",
    });
  if (limits.rowsChanged !== null && rows > limits.rowsChanged)
    return limitError(
      "rows_changed",
      `the statement changes ${rows} rows, and ${limits.rowsChanged} is the most that one statement may change: nothing was changed`,
      "Change fewer rows at a time, with a narrower WHERE.",
      version,
    );
  if (limits.rowsChangedSession !== null && changed.rows + now > limits.rowsChangedSession)
    return limitError(
      "rows_changed.session",
      `the session would have changed ${changed.rows + now} rows, and ${limits.rowsChangedSession} is the most that a session may change: nothing was changed by this statement`,
      "Ask for approval, or for a policy that allows more.",
      version,
    );
  return grantChanged(grants, now, before, holder?.budgets ?? null);
}

function countChanged(desk: Desk, rows: number, grants: readonly GrantUse[]): void {
  desk.changed.rows += rows;
  for (const use of grants) desk.holder?.budgets.changed(use, rows);
}

function* changed(desk: Desk): Task<Result<number, Uint8Array>> {
  return yield* count(desk, CHANGED);
}

/** Triggers may run at the end of the transaction only. */
export function mayDefer({ obligations, facts }: Allowed): boolean {
  return obligations.countRows && !facts.tagCounts;
}

/** Runs now what waits for the end of a transaction that is about to end, and counts what it changes. */
export function* runDeferred(desk: Desk, grants: readonly GrantUse[]): Task<Uint8Array | null> {
  const baseline = yield* changed(desk);
  if (!baseline.ok) return baseline.error;
  const own = yield* query(desk, "SET CONSTRAINTS ALL IMMEDIATE", []);
  if (own.error !== null) return withoutQuestion(own.error);
  const counted = yield* changed(desk);
  if (!counted.ok) return counted.error;
  const rows = Math.max(0, counted.value - baseline.value);
  const excess = tooMany(desk, rows, 0, grants);
  if (excess === null) countChanged(desk, rows, grants);
  return excess;
}

/** Rows of a relation that is about to be emptied, as far as the limit is concerned. */
function* held(
  desk: Desk,
  relation: RelationRef,
  grants: readonly GrantUse[],
): Task<Result<number, Uint8Array>> {
  const { rowsChanged, rowsChangedSession } = desk.gate.policy.limits;
  const granted = grants.flatMap(({ limits }) => [limits.rowsChanged ?? 0, limits.rowsChangedInAll ?? 0]);
  const most = Math.max(rowsChanged ?? 0, rowsChangedSession ?? 0, ...granted) + 1;
  const name = qualified(relation);
  // TRUNCATE takes rows that row security hides as well.
  return yield* count(
    desk,
    `SELECT CASE WHEN NOT pg_catalog.row_security_active(${relation.oid}::pg_catalog.oid) THEN
      (SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ${name} LIMIT ${most}) AS held) END`,
  );
}

/** NaN where PostgreSQL says NULL. */
function* count(desk: Desk, text: string): Task<Result<number, Uint8Array>> {
  const own = yield* query(desk, text, []);
  if (own.error !== null) return err(withoutQuestion(own.error));
  return ok(number(own.rows[0]?.[0] ?? null) ?? Number.NaN);
}

// A statement that is bounded by its effect alone has to leave a row of each relation as it was.
function* leavesRows(desk: Desk, facts: StatementFacts | null, tag: number): Task<Uint8Array | null> {
  if (facts === null || tag === 0) return null;
  // What a trigger, rule or cascade does beside is the schema's own, and counted.
  const suspects = facts.modifications.filter(
    ({ bounded, via }) => bounded === "by_effect" && !via.some(({ kind }) => OF_THE_SCHEMA.has(kind)),
  );
  for (const suspect of suspects) {
    const left = yield* isLeft(desk, suspect, suspects.length === 1 && facts.tagCounts ? tag : Number.NaN);
    if (!left.ok) return left.error;
    if (left.value) continue;
    const { relation, action } = suspect;
    return refusalError({
      sqlstate: "42501",
      message: `the ${action} would touch every row of ${relation.schema}.${relation.name}: nothing was changed`,
      detail: `rule "bounded_by_effect" of policy version ${desk.gate.policy.version}: unbounded ${action} of ${relation.schema}.${relation.name}, by its effect`,
      hint: "Restrict it with a WHERE that leaves rows out, best by equality on a key.",
    });
  }
  return null;
}

const OF_THE_SCHEMA: ReadonlySet<string> = new Set(["trigger", "rule", "cascade", "expression"]);

function* isLeft(
  desk: Desk,
  { relation, action }: Modification,
  touched: number,
): Task<Result<boolean, Uint8Array>> {
  if (action !== "delete" && Number.isNaN(touched)) return ok(false);
  const enough = action === "delete" ? 0 : touched;
  const left = yield* count(
    desk,
    `SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ${qualified(relation)} LIMIT ${enough + 1}) AS touched`,
  );
  return left.ok ? ok(left.value > enough) : left;
}

/** The last word of a command tag: INSERT 0 5, UPDATE 3, COPY 7, MERGE 2. */
function taggedRows(frames: readonly Frame[]): number {
  const frame = frames.find(({ code }) => code === BACKEND_CODES.command_complete);
  const message = frame === undefined ? null : decodeBackend(frame);
  if (message?.ok !== true || message.value.kind !== "command_complete") return 0;
  return rowsOfTag(message.value.tag);
}

/** 0 of a tag that counts none. */
export function rowsOfTag(tag: string): number {
  const match = /(?:^| )(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)$/.exec(tag);
  return match === null ? 0 : Number(match[1]);
}

export function number(value: Uint8Array | null): number | null {
  const text = value === null ? null : utf8Decode(value);
  return text === null || text === "" ? null : Number(text);
}

function qualified({ schema, name }: RelationRef): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
