// What is held against each other when all is over: the clients' own knowledge, the database's rows, and the record, once nothing of
// it is on its way any more.

import pg from "pg";
import { countJournals, readSessions, readStatements } from "./record.ts";
import { pause, type StackProcess } from "./stack-process.ts";
import type { Evidence } from "./verdict.ts";
import { type Attempt, COPIED_TABLE, HELD_TABLE, TABLE } from "./ways.ts";

/** An idle session's alarm stands a minute ahead (durable-objects/journal/carriage.ts), and a busy machine is slow. */
const DRAIN_WITHIN_MS = 240_000;

/** Waits until no object holds anything that D1 lacks; milliseconds since `from`. */
export async function drained(state: string, from: number): Promise<number> {
  const deadline = Date.now() + DRAIN_WITHIN_MS;
  for (;;) {
    const left = countJournals(state);
    if (left === 0) return Date.now() - from;
    if (Date.now() > deadline)
      throw new Error(`${left} objects still hold a session after ${DRAIN_WITHIN_MS / 1000} s`);
    await pause(250);
  }
}

export async function gather(
  stack: StackProcess,
  state: string,
  prefix: string,
  attempts: readonly Attempt[],
  approved: ReadonlySet<string>,
): Promise<Evidence> {
  const tables = [TABLE, HELD_TABLE, COPIED_TABLE]
    .map((table) => `SELECT id FROM ${table}`)
    .join(" UNION ALL ");
  const rows = await execute<{ id: string; rows: string }>(
    stack,
    `SELECT id, count(*) AS rows FROM (${tables}) AS brought WHERE id LIKE '${prefix}%' GROUP BY id`,
  );
  const sessions = readSessions(state, prefix);
  const statements = readStatements(
    state,
    sessions.map(({ id }) => id),
  );
  return {
    attempts,
    rows: new Map(rows.map((row) => [row.id, Number(row.rows)])),
    approved,
    sessions,
    statements,
  };
}

export async function execute<Row extends pg.QueryResultRow>(
  stack: StackProcess,
  sql: string,
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.dev.upstream });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
