// Limits that are enforced by effect: what a statement changed is counted inside of its transaction, before that can be
// committed and before the agent is told that it is done.

import { utf8Decode } from "#core/bytes";
import { KIND_CLASSES, type KindClass, type Modification, type StatementFacts } from "#core/sql";
import { BACKEND_CODES, decodeBackend, type Frame } from "#core/wire";
import type { Hold } from "../gate/mark.ts";
import { limitError, refusalError } from "../gate/refusals.ts";
import { type Allowed, type Desk, query, type Task } from "./task.ts";

// What this transaction did to tables, triggers' and cascades' rows included. null where PostgreSQL does not count.
const CHANGED = `SELECT CASE WHEN pg_catalog.current_setting('track_counts') OPERATOR(pg_catalog.=) 'on' THEN
  coalesce((SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_updated(c.oid)
    OPERATOR(pg_catalog.+) pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid))
  FROM pg_catalog.pg_class c
  WHERE c.relkind OPERATOR(pg_catalog.=) 'r'::"char" AND c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), 0::pg_catalog.numeric) END`;

/** Whether a statement's effect has to be looked at before it may stand. */
export function needsGuard({ obligations, facts }: Allowed, limited: boolean): boolean {
  return obligations.countRows || obligations.leavesRows || (limited && returnsRows(facts) && writes(facts));
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

/** What is needed beforehand; null where the command tag will tell. */
export function* before(desk: Desk, allowed: Allowed, maxRows: number): Task<number | null> {
  if (!allowed.obligations.countRows || (allowed.facts.tagCounts && maxRows === 0)) return null;
  return (yield* changed(desk)) ?? Number.NaN;
}

/** After the statement, before its transaction ends: the error that takes it back, or null. */
export function* after(
  desk: Desk,
  allowed: Allowed,
  hold: Hold,
  baseline: number | null,
): Task<Uint8Array | null> {
  const { obligations, facts } = allowed;
  const tag = taggedRows(hold.frames);
  if (obligations.countRows) {
    const rows = baseline === null ? tag : ((yield* changed(desk)) ?? Number.NaN) - baseline;
    const excess = tooMany(desk, rows);
    if (excess !== null) return excess;
    desk.changed.rows += rows;
  }
  return obligations.leavesRows ? yield* leavesRows(desk, facts, hold.suspended ? Number.NaN : tag) : null;
}

function tooMany({ gate, changed }: Desk, rows: number): Uint8Array | null {
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
  if (limits.rowsChangedSession !== null && changed.rows + rows > limits.rowsChangedSession)
    return limitError(
      "rows_changed.session",
      `the session would have changed ${changed.rows + rows} rows, and ${limits.rowsChangedSession} is the most that a session may change: nothing was changed by this statement`,
      "Ask for approval, or for a policy that allows more.",
      version,
    );
  return null;
}

function* changed(desk: Desk): Task<number | null> {
  const own = yield* query(desk, CHANGED, []);
  return number(own.rows[0]?.[0] ?? null);
}

// A statement that is bounded by its effect alone has to leave a row of each relation as it was.
function* leavesRows(desk: Desk, facts: StatementFacts, tag: number): Task<Uint8Array | null> {
  if (tag === 0) return null;
  // What a trigger, rule or cascade does beside is the schema's own, and counted.
  const suspects = facts.modifications.filter(
    ({ bounded, via }) => bounded === "by_effect" && !via.some(({ kind }) => OF_THE_SCHEMA.has(kind)),
  );
  for (const suspect of suspects) {
    const left = yield* isLeft(desk, suspect, suspects.length === 1 && facts.tagCounts ? tag : Number.NaN);
    if (left) continue;
    const { relation, action } = suspect;
    return refusalError({
      sqlstate: "42501",
      message: `the ${action} would touch every row of ${relation.schema}.${relation.name}: nothing was changed`,
      detail: `rule "bounded" of policy version ${desk.gate.policy.version}: unbounded ${action} of ${relation.schema}.${relation.name}, by its effect`,
      hint: "Restrict it with a WHERE that leaves rows out, best by equality on a key.",
    });
  }
  return null;
}

const OF_THE_SCHEMA: ReadonlySet<string> = new Set(["trigger", "rule", "cascade", "expression"]);

function* isLeft(desk: Desk, { relation, action }: Modification, touched: number): Task<boolean> {
  const name = `${quoted(relation.schema)}.${quoted(relation.name)}`;
  if (action === "delete") {
    const own = yield* query(desk, `SELECT 1 FROM ${name} LIMIT 1`, []);
    return own.rows.length > 0;
  }
  if (Number.isNaN(touched)) return false;
  const text = `SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ${name} LIMIT ${touched + 1}) AS touched`;
  const own = yield* query(desk, text, []);
  return (number(own.rows[0]?.[0] ?? null) ?? 0) > touched;
}

/** The last word of a command tag: INSERT 0 5, UPDATE 3, COPY 7, MERGE 2. */
function taggedRows(frames: readonly Frame[]): number {
  const frame = frames.find(({ code }) => code === BACKEND_CODES.command_complete);
  const message = frame === undefined ? null : decodeBackend(frame);
  if (message?.ok !== true || message.value.kind !== "command_complete") return 0;
  const match = /(?:^| )(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY) (\d+)$/.exec(message.value.tag);
  return match === null ? 0 : Number(match[1]);
}

function number(value: Uint8Array | null): number | null {
  const text = value === null ? null : utf8Decode(value);
  return text === null || text === "" ? null : Number(text);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
