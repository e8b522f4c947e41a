// The only writer to D1: one batch of a session's entries, in one transaction, any number of times. A retry, or an older
// batch again after a newer one, changes nothing: starts, chunks and events are inserted once, an outcome and an end
// are written once and never undone. Not here: when to write and what to keep (the outbox), reading (worker/records).

import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Chunk, SessionEnd, SessionEvent, SessionStart, StatementRow } from "#core/record";
import { chunks, events, sessions, statements } from "../../migrations/schema.ts";
import { LedgerError, toLedgerError } from "./error.ts";
import { chunkRow, sessionRow, statementRow } from "./rows.ts";

export interface LedgerBatch {
  readonly sessionId: string;
  readonly start: SessionStart | null;
  readonly end: SessionEnd | null;
  readonly statements: readonly StatementRow[];
  readonly chunks: readonly Chunk[];
  readonly events: readonly SessionEvent[];
}

export interface Written {
  /** What D1 bills: rows and index entries written. */
  readonly rowsWritten: number;
}

/** D1 binds at most 100 parameters a query. */
const PARAMETERS_MAX = 100;
const STATEMENTS_PER_INSERT = Math.floor(PARAMETERS_MAX / 17);
const CHUNKS_PER_INSERT = Math.floor(PARAMETERS_MAX / 5);
const EVENTS_PER_INSERT = Math.floor(PARAMETERS_MAX / 5);

type Query = BatchItem<"sqlite">;

export class Ledger {
  readonly #db: DrizzleD1Database;

  constructor(db: D1Database) {
    this.#db = drizzle(db);
  }

  /** All of the batch or nothing. @throws {LedgerError} */
  async write(batch: LedgerBatch): Promise<Written> {
    const [first, ...rest] = [
      ...this.#start(batch),
      ...this.#chunks(batch),
      ...this.#statements(batch),
      ...this.#events(batch),
      ...this.#settle(batch),
    ];
    if (first === undefined) return { rowsWritten: 0 };
    const results = await this.#run([first, ...rest]);
    // The end comes last (#settle).
    if (batch.end !== null && results.at(-1)?.meta.changes === 0) {
      throw new LedgerError(
        "session_missing",
        "a session's end came before its start: write the start first",
      );
    }
    return { rowsWritten: results.reduce((sum, { meta }) => sum + meta.rows_written, 0) };
  }

  async #run(queries: readonly [Query, ...Query[]]): Promise<readonly D1Result[]> {
    try {
      return (await this.#db.batch(queries)) as readonly D1Result[];
    } catch (thrown) {
      throw toLedgerError(thrown);
    }
  }

  #start({ start }: LedgerBatch): readonly Query[] {
    return start === null ? [] : [this.#db.insert(sessions).values(sessionRow(start)).onConflictDoNothing()];
  }

  #statements(batch: LedgerBatch): readonly Query[] {
    const rows = batch.statements.map((row) =>
      statementRow(
        batch.sessionId,
        row,
        row.intent === null ? batch.chunks.filter((c) => c.stream === "intent" && c.seq === row.seq) : [],
      ),
    );
    return groups(rows, STATEMENTS_PER_INSERT).map((some) =>
      this.#db
        .insert(statements)
        .values(some)
        .onConflictDoUpdate({
          target: [statements.sessionId, statements.seq],
          set: OUTCOME_COLUMNS,
          // Once: from running to an outcome. Never from an outcome to anything.
          setWhere: sql`${statements.state} = 'running' and excluded.state <> 'running'`,
        }),
    );
  }

  #chunks({ sessionId, chunks: all }: LedgerBatch): readonly Query[] {
    return groups(all, CHUNKS_PER_INSERT).map((some) =>
      this.#db
        .insert(chunks)
        .values(some.map((chunk) => chunkRow(sessionId, chunk)))
        .onConflictDoNothing(),
    );
  }

  #events({ sessionId, events: all }: LedgerBatch): readonly Query[] {
    return groups(all, EVENTS_PER_INSERT).map((some) =>
      this.#db
        .insert(events)
        .values(some.map((event) => ({ sessionId, ...event })))
        .onConflictDoNothing(),
    );
  }

  /** Writes the end, once, and the counts of an ended session; costs a live one no row. */
  #settle({ sessionId, end, statements: { length } }: LedgerBatch): readonly Query[] {
    if (end === null && length === 0) return [];
    const totals = this.#db
      .select(TOTALS)
      .from(statements)
      .where(eq(statements.sessionId, sessionId))
      .as("totals");
    const counts = {
      statements: sql`totals.statements`,
      failed: sql`totals.failed`,
      unknown: sql`totals.unknown`,
      rows: sql`totals.rows`,
      responseBytes: sql`totals.response_bytes`,
      requestBytes: sql`totals.request_bytes`,
    };
    const ended =
      end === null
        ? {}
        : {
            // Right-hand sides see the row as it was: the first end stands.
            endedAt: sql`coalesce(${sessions.endedAt}, ${end.endedAt})`,
            endReason: sql`coalesce(${sessions.endReason}, ${end.reason})`,
            endDetail: sql`iif(${sessions.endedAt} is null, ${end.detail}, ${sessions.endDetail})`,
            lastSeen: sql`coalesce(${sessions.endedAt}, ${end.endedAt})`,
          };
    const here = eq(sessions.id, sessionId);
    return [
      this.#db
        .update(sessions)
        .set({ ...counts, ...ended })
        .from(totals)
        .where(end === null ? and(here, isNotNull(sessions.endedAt)) : here),
    ];
  }
}

const TOTALS = {
  statements: sql<number>`count(*)`.as("statements"),
  failed: sql<number>`count(*) filter (where ${statements.state} = 'failed')`.as("failed"),
  unknown: sql<number>`count(*) filter (where ${statements.state} = 'unknown')`.as("unknown"),
  rows: sql<number>`coalesce(sum(${statements.rows}), 0)`.as("rows"),
  responseBytes: sql<number>`coalesce(sum(${statements.responseBytes}), 0)`.as("response_bytes"),
  requestBytes: sql<number>`coalesce(sum(${statements.requestBytes}), 0)`.as("request_bytes"),
};

/** What a statement gets when it is done; its intent stays as it was first written. */
const OUTCOME_COLUMNS = {
  state: sql`excluded.state`,
  endedAt: sql`excluded.ended_at`,
  sqlstate: sql`excluded.sqlstate`,
  rows: sql`excluded.rows`,
  notices: sql`excluded.notices`,
  responseBytes: sql`excluded.response_bytes`,
  requestBytes: sql`excluded.request_bytes`,
  commandTags: sql`excluded.command_tags`,
  outcome: sql`excluded.outcome`,
  responseTail: sql`excluded.response_tail`,
};

function groups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
