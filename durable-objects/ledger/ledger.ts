// The only writer to D1: one batch of a session's entries, in one transaction, any number of times. A retry, or an older
// batch again after a newer one, changes nothing: starts, chunks and events are inserted once, an outcome and an end
// are written once and never undone. Not here: when to write and what to keep (the outbox), reading (worker/records).

import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { ChainState, SessionEnd, SessionStart, SignedHead } from "#core/record";
import { chunks, events, facets, heads, sessions, statements } from "../../migrations/schema.ts";
import { LedgerError, toLedgerError } from "./error.ts";
import { facetRows, type FacetRow } from "./facets.ts";
import { type Bucket, compress, packChunk } from "./pack.ts";
import {
  chunkRow,
  eventRow,
  type LedgerChunk,
  type LedgerEvent,
  type LedgerStatement,
  sessionRow,
  statementRow,
} from "./rows.ts";

export interface LedgerBatch {
  readonly sessionId: string;
  readonly start: SessionStart | null;
  readonly end: SessionEnd | null;
  readonly statements: readonly LedgerStatement[];
  readonly chunks: readonly LedgerChunk[];
  readonly events: readonly LedgerEvent[];
  /** Hash of the start's entry; absent or null where there is no chain. */
  readonly chainStart?: string | null;
  /** The chain with its end. */
  readonly chainEnd?: ChainState | null;
  readonly head?: SignedHead | null;
}

export interface Written {
  /** What D1 bills: rows and index entries written. */
  readonly rowsWritten: number;
  /** Of the database, with this in it; null where nothing was written, or D1 does not say. */
  readonly databaseBytes: number | null;
}

/** D1 binds at most 100 parameters a query. */
const PARAMETERS_MAX = 100;
const STATEMENTS_PER_INSERT = Math.floor(PARAMETERS_MAX / 24);
const CHUNKS_PER_INSERT = Math.floor(PARAMETERS_MAX / 9);
const EVENTS_PER_INSERT = Math.floor(PARAMETERS_MAX / 8);
/** They go as one JSON array, of 140 bytes each at most. */
const FACETS_PER_INSERT = 5_000;

type Query = BatchItem<"sqlite">;

export class Ledger {
  readonly #db: DrizzleD1Database;
  readonly #bucket: Bucket | null;

  /** `bucket`: where large streams go; null for none. */
  constructor(db: D1Database, bucket: Bucket | null = null) {
    this.#db = drizzle(db);
    this.#bucket = bucket;
  }

  /** All of the batch or nothing. @throws {LedgerError} */
  async write(batch: LedgerBatch): Promise<Written> {
    const [first, ...rest] = [
      ...this.#start(batch),
      ...(await this.#chunks(batch)),
      ...(await this.#statements(batch)),
      ...this.#events(batch),
      ...this.#head(batch),
      ...this.#settle(batch),
    ];
    if (first === undefined) return { rowsWritten: 0, databaseBytes: null };
    const results = await this.#run([first, ...rest]);
    // The end comes last (#settle).
    if (batch.end !== null && results.at(-1)?.meta.changes === 0) {
      throw new LedgerError(
        "session_missing",
        "a session's end came before its start: write the start first",
      );
    }
    return {
      rowsWritten: results.reduce((sum, { meta }) => sum + meta.rows_written, 0),
      databaseBytes: results.at(-1)?.meta.size_after ?? null,
    };
  }

  async #run(queries: readonly [Query, ...Query[]]): Promise<readonly D1Result[]> {
    try {
      return (await this.#db.batch(queries)) as readonly D1Result[];
    } catch (thrown) {
      throw toLedgerError(thrown);
    }
  }

  #start({ start, chainStart = null }: LedgerBatch): readonly Query[] {
    if (start === null) return [];
    return [this.#db.insert(sessions).values(sessionRow(start, chainStart)).onConflictDoNothing()];
  }

  #head({ sessionId, head: signed }: LedgerBatch): readonly Query[] {
    if (signed === null || signed === undefined) return [];
    const { entries, hash, at, final, kid } = signed.head;
    const row = { sessionId, entries, hash, at, final, kid, signature: signed.signature };
    return [this.#db.insert(heads).values(row).onConflictDoNothing()];
  }

  async #statements(batch: LedgerBatch): Promise<readonly Query[]> {
    const rows: (typeof statements.$inferInsert)[] = [];
    for (const row of batch.statements) {
      const parts = batch.chunks.filter(({ stream, seq }) => stream === "intent" && seq === row.seq);
      const columns = statementRow(batch.sessionId, row, row.intent === null ? parts : []);
      const tail = await compress(row.responseTail);
      rows.push({ ...columns, responseTail: tail.bytes, tailEncoding: tail.encoding });
    }
    const inserts = groups(rows, STATEMENTS_PER_INSERT).map((some) =>
      this.#db
        .insert(statements)
        .values(some)
        .onConflictDoUpdate({
          target: [statements.sessionId, statements.seq],
          set: LATER,
          setWhere: IS_LATER,
        }),
    );
    return [
      ...inserts,
      ...groups(facetRows(rows), FACETS_PER_INSERT).map((some) => this.#facets(batch, some)),
      ...this.#shortenIntents(batch),
    ];
  }

  /** An intent that was written anew while it ran may have become shorter: chunks that it has no more would be of nobody. */
  #shortenIntents({ sessionId, statements: all }: LedgerBatch): readonly Query[] {
    const counts = all.flatMap(({ seq, intentChunks }) =>
      intentChunks === undefined ? [] : [[seq, intentChunks]],
    );
    if (counts.length === 0) return [];
    const { sessionId: id, seq, stream, n } = chunks;
    return [
      this.#db.delete(chunks).where(
        sql`(${id}, ${seq}, ${stream}, ${n}) in (
          select part.session_id, part.seq, part.stream, part.n from json_each(${JSON.stringify(counts)}) one
          cross join chunks part on part.session_id = ${sessionId} and part.seq = one.value ->> 0
            and part.stream = 'intent' and part.n >= one.value ->> 1)`,
      ),
    ];
  }

  /** A value that the session has already costs no row. It may outlive what had it: an intent that was written anew. */
  #facets({ sessionId }: LedgerBatch, rows: readonly FacetRow[]): Query {
    const { facet, value, startedAt, sessionId: id, firstSeq } = facets;
    return this.#db
      .insert(facets)
      .select(
        sql`select row.value ->> 0, row.value ->> 1, sessions.started_at, sessions.id, row.value ->> 2
          from sessions, json_each(${JSON.stringify(rows)}) row where sessions.id = ${sessionId}`,
      )
      .onConflictDoUpdate({
        target: [facet, value, startedAt, id],
        set: { firstSeq: sql`excluded.first_seq` },
        setWhere: sql`excluded.first_seq < ${firstSeq}`,
      });
  }

  async #chunks({ sessionId, chunks: all }: LedgerBatch): Promise<readonly Query[]> {
    const rows: (typeof chunks.$inferInsert)[] = [];
    for (const chunk of all) {
      const row = chunkRow(sessionId, chunk);
      rows.push({ ...row, ...(await packChunk({ sessionId, ...chunk }, chunk.bytes, this.#bucket)) });
    }
    return groups(rows, CHUNKS_PER_INSERT).map((some) =>
      this.#db
        .insert(chunks)
        .values(some)
        .onConflictDoUpdate({
          target: [chunks.sessionId, chunks.seq, chunks.stream, chunks.n],
          set: {
            bytes: sql`excluded.bytes`,
            entry: sql`excluded.entry`,
            hash: sql`excluded.hash`,
            place: sql`excluded.place`,
            encoding: sql`excluded.encoding`,
          },
          setWhere: INTENT_GROWS,
        }),
    );
  }

  #events({ sessionId, events: all }: LedgerBatch): readonly Query[] {
    return groups(all, EVENTS_PER_INSERT).map((some) =>
      this.#db
        .insert(events)
        .values(some.map((event) => eventRow(sessionId, event)))
        .onConflictDoNothing(),
    );
  }

  /** Writes the end, once, and the counts of an ended session; costs a live one no row. */
  #settle({ sessionId, end, chainEnd = null, statements: { length } }: LedgerBatch): readonly Query[] {
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
      unrecorded: sql`totals.unrecorded`,
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
            chainEnd: sql`coalesce(${sessions.chainEnd}, ${chainEnd?.hash ?? null})`,
            chainEntries: sql`coalesce(${sessions.chainEntries}, ${chainEnd?.entries ?? null})`,
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
  unrecorded: sql<number>`count(*) filter (where not ${statements.recorded})`.as("unrecorded"),
};

/** A running statement takes any outcome; else a later revision counts, unless it would take the outcome away. */
const IS_LATER = sql`(${statements.outcome} is null and excluded.outcome is not null)
  or (excluded.revision > ${statements.revision} and (${statements.outcome} is null or excluded.outcome is not null))`;

/** Bytes stand as first written, but for an intent: it is written anew when a Bind follows its Parse, before it runs. */
const INTENT_GROWS = sql`${chunks.stream} = 'intent' and excluded.bytes <> ${chunks.bytes} and not exists (
  select 1 from ${statements} where ${statements.sessionId} = excluded.session_id
    and ${statements.seq} = excluded.seq and ${statements.outcome} is not null)`;

/** What a later revision replaces: everything, but what it cannot tell because its intent stands in earlier chunks. */
const LATER = {
  revision: sql`excluded.revision`,
  state: sql`excluded.state`,
  startedAt: sql`coalesce(excluded.started_at, ${statements.startedAt})`,
  operation: sql`coalesce(excluded.operation, ${statements.operation})`,
  effect: sql`coalesce(excluded.effect, ${statements.effect})`,
  rule: sql`coalesce(excluded.rule, ${statements.rule})`,
  recorded: sql`iif(excluded.effect is null, ${statements.recorded}, excluded.recorded)`,
  kinds: sql`coalesce(excluded.kinds, ${statements.kinds})`,
  relations: sql`coalesce(excluded.relations, ${statements.relations})`,
  endedAt: sql`excluded.ended_at`,
  sqlstate: sql`excluded.sqlstate`,
  rows: sql`excluded.rows`,
  notices: sql`excluded.notices`,
  responseBytes: sql`excluded.response_bytes`,
  requestBytes: sql`excluded.request_bytes`,
  commandTags: sql`excluded.command_tags`,
  outcome: sql`excluded.outcome`,
  statement: sql`coalesce(excluded.statement, ${statements.statement})`,
  intent: sql`excluded.intent`,
  responseTail: sql`excluded.response_tail`,
  chain: sql`excluded.chain`,
  tailEncoding: sql`excluded.tail_encoding`,
};

function groups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
