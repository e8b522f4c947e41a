// Reads the record out of D1: queries only. What the rows look like to a caller is present.ts; who writes them is
// durable-objects/ledger. Everything large is read a page at a time.

import { and, asc, eq, getTableColumns, gt, gte, sql, type SQL } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Decision } from "#core/policy";
import { type Intent, storedBytes, type Stream } from "#core/record";
import { chunks, events, HEX_MAX_BYTES, sessions, statements } from "../../migrations/schema.ts";
import { type Bucket, expand, unpackChunk } from "../../durable-objects/ledger/index.ts";
import { oneOf } from "./filter.ts";

export type SessionRecord = typeof sessions.$inferSelect;
export type EventRecord = typeof events.$inferSelect;
export type StatementRecord = Omit<
  typeof statements.$inferSelect,
  "statement" | "responseTail" | "intent" | "chain" | "tailEncoding"
> & {
  readonly intent: Intent;
};

/** Intents of a page are held together: statements can be 32 MiB each, an isolate has 128 MB. One is always given. */
const PAGE_INTENT_BYTES = 4 * 1024 * 1024;

/** Chunks are 256 KiB (durable-objects/session); in hexadecimal they are twice that in D1's answer. */
const CHUNKS_PER_READ = 4;

/** Hexadecimal digits, which are cheaper than D1's arrays of numbers; those where the digits would be too many. */
const CHUNK_BYTES = sql<
  string | readonly number[]
>`iif(length(${chunks.bytes}) <= ${HEX_MAX_BYTES}, hex(${chunks.bytes}), ${chunks.bytes})`;

/** What stands behind the response is read where the response is: SQLite would go through all of it. */
const {
  statement: _statement,
  responseTail: _responseTail,
  chain: _chain,
  tailEncoding: _tailEncoding,
  ...LISTED
} = getTableColumns(statements);

type ListedRow = Pick<typeof statements.$inferSelect, keyof typeof LISTED>;

export interface StatementPage {
  readonly rows: StatementRecord[];
  /** There are others behind it. */
  readonly more: boolean;
  /** The session had ended when the page was read, so that nothing is missing from it; not known where it is empty. */
  readonly ended: boolean;
}

export class RecordStore {
  readonly #db: DrizzleD1Database;
  readonly #bucket: Bucket | null;

  /** `bucket`: where large streams are; null for none. */
  constructor(db: D1Database, bucket: Bucket | null = null) {
    this.#db = drizzle(db);
    this.#bucket = bucket;
  }

  /** In the order of `ids`. */
  async sessions(ids: readonly string[]): Promise<SessionRecord[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db
      .select()
      .from(sessions)
      .where(sql`${sessions.id} in ${oneOf(ids)}`);
    const byId = new Map((await this.#counted(rows)).map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  async session(id: string): Promise<SessionRecord | null> {
    const rows = await this.#db.select().from(sessions).where(eq(sessions.id, id));
    return (await this.#counted(rows))[0] ?? null;
  }

  /**
   * In order, from after `afterSeq`; fewer than `limit` where they are large, so `more` says whether there are others. One query:
   * a way to D1 and back is most of what a page costs.
   */
  async statements(sessionId: string, afterSeq: number, limit: number): Promise<StatementPage> {
    const sized = this.#db.$with("sized").as(
      this.#db
        .select({ seq: statements.seq, bytes: INTENT_BYTES.as("bytes") })
        .from(statements)
        .where(and(eq(statements.sessionId, sessionId), gt(statements.seq, afterSeq)))
        .orderBy(asc(statements.seq))
        .limit(limit + 1),
    );
    const page = this.#db.$with("page").as(
      this.#db
        .select({
          seq: sized.seq,
          n: sql<number>`row_number() over (order by seq)`.as("n"),
          total: sql<number>`sum(bytes) over (order by seq)`.as("total"),
          sized: sql<number>`count(*) over ()`.as("sized"),
        })
        .from(sized),
    );
    const fits = sql`n <= ${limit} and (n = 1 or total <= ${PAGE_INTENT_BYTES})`;
    const found = await this.#db
      .with(sized, page)
      .select({ ...LISTED, sized: page.sized, ended: SESSION_ENDED })
      .from(page)
      .innerJoin(statements, and(eq(statements.sessionId, sessionId), eq(statements.seq, page.seq)))
      .where(fits)
      .orderBy(asc(page.seq));
    const [first] = found;
    if (first === undefined) return { rows: [], more: false, ended: false };
    const rows: StatementRecord[] = [];
    for (const { sized: _sized, ended: _ended, ...row } of found) rows.push(await this.#whole(row));
    return { rows, more: found.length < first.sized, ended: first.ended === 1 };
  }

  /** The first of them, in their order: as many as fit a page. */
  async statementsAt<K extends { readonly sessionId: string; readonly seq: number }>(
    keys: readonly K[],
  ): Promise<{ key: K; row: StatementRecord }[]> {
    const json = JSON.stringify(keys.map(({ sessionId, seq }) => [sessionId, seq]));
    const sizes = await this.#db.all<{ readonly bytes: number }>(sql`
      select ${INTENT_BYTES} as bytes from json_each(${json}) one cross join statements
        on statements.session_id = one.value ->> 0 and statements.seq = one.value ->> 1
      order by one.key`);
    const fitting = keys.slice(0, fittingCount(sizes));
    const rows = new Map<string, StatementRecord>();
    for (const [sessionId, some] of Map.groupBy(fitting, (key) => key.sessionId)) {
      const among = sql`${statements.seq} in ${oneOf(some.map(({ seq }) => seq))}`;
      for (const row of await this.#statements(sessionId, among))
        rows.set(`${sessionId}:${String(row.seq)}`, row);
    }
    return fitting.flatMap((key) => {
      const row = rows.get(`${key.sessionId}:${String(key.seq)}`);
      return row === undefined ? [] : [{ key, row }];
    });
  }

  async statement(sessionId: string, seq: number): Promise<StatementRecord | null> {
    return (await this.#statements(sessionId, eq(statements.seq, seq)))[0] ?? null;
  }

  /** Those of `seqs` that have an outcome by now. */
  async settled(sessionId: string, seqs: readonly number[]): Promise<StatementRecord[]> {
    if (seqs.length === 0) return [];
    const among = sql`${statements.seq} in ${oneOf(seqs)}`;
    return this.#statements(sessionId, and(among, sql`${statements.outcome} is not null`));
  }

  async events(sessionId: string, afterN: number, limit: number): Promise<EventRecord[]> {
    return this.#db
      .select()
      .from(events)
      .where(and(eq(events.sessionId, sessionId), gt(events.n, afterN)))
      .orderBy(asc(events.n))
      .limit(limit);
  }

  /** The response as the agent got it, or what of it is stored, in pieces. Throws where a piece is missing: a part is not the whole. */
  async *response({ sessionId, seq, state, intent, outcome }: StatementRecord): AsyncGenerator<Uint8Array> {
    let left = outcome === null ? 0 : storedBytes(intent.decision, outcome);
    for await (const bytes of this.#stream(sessionId, seq, "response")) {
      left -= bytes.length;
      yield bytes;
    }
    const [row] = await this.#db
      .select({ bytes: statements.responseTail, encoding: statements.tailEncoding })
      .from(statements)
      .where(and(eq(statements.sessionId, sessionId), eq(statements.seq, seq)));
    const tail = row === undefined ? new Uint8Array() : await expand(row);
    // Of an outcome that was lost nobody knows how long the response was.
    if (state !== "unknown" && left !== tail.length) throw new Error("the recorded response is not complete");
    yield tail;
  }

  /** The copy data that the agent sent, in pieces; throws as {@link response} does. */
  async *request({ sessionId, seq, state, requestBytes }: StatementRecord): AsyncGenerator<Uint8Array> {
    let left = requestBytes;
    for await (const bytes of this.#stream(sessionId, seq, "request")) {
      left -= bytes.length;
      yield bytes;
    }
    if (state !== "unknown" && left !== 0) throw new Error("the recorded copy data is not complete");
  }

  async *#stream(sessionId: string, seq: number, stream: Stream): AsyncGenerator<Uint8Array> {
    for (let next = 0; ;) {
      const rows = await this.#db
        .select({ n: chunks.n, bytes: CHUNK_BYTES, encoding: chunks.encoding })
        .from(chunks)
        .where(
          and(
            eq(chunks.sessionId, sessionId),
            eq(chunks.seq, seq),
            eq(chunks.stream, stream),
            gte(chunks.n, next),
          ),
        )
        .orderBy(asc(chunks.n))
        .limit(CHUNKS_PER_READ);
      for (const { n, bytes, encoding } of rows) {
        if (n !== next++) throw new Error("a recorded chunk is missing");
        const stored = typeof bytes === "string" ? Uint8Array.fromHex(bytes) : Uint8Array.from(bytes);
        yield await unpackChunk({ sessionId, seq, stream, n }, { bytes: stored, encoding }, this.#bucket);
      }
      if (rows.length < CHUNKS_PER_READ) return;
    }
  }

  async #statements(sessionId: string, where: SQL | undefined): Promise<StatementRecord[]> {
    const rows = await this.#db
      .select(LISTED)
      .from(statements)
      .where(and(eq(statements.sessionId, sessionId), where))
      .orderBy(asc(statements.seq));
    const whole: StatementRecord[] = [];
    for (const row of rows) whole.push(await this.#whole(row));
    return whole;
  }

  async #whole(row: ListedRow): Promise<StatementRecord> {
    const intent = row.intent ?? (await this.#largeIntent(row.sessionId, row.seq));
    return { ...row, intent: completed(intent) };
  }

  async #largeIntent(sessionId: string, seq: number): Promise<Intent> {
    const decoder = new TextDecoder();
    const parts: string[] = [];
    for await (const bytes of this.#stream(sessionId, seq, "intent"))
      parts.push(decoder.decode(bytes, { stream: true }));
    return JSON.parse(parts.join("")) as Intent;
  }

  /** The counts of a live session are not kept: they are counted here (migrations/README.md). */
  async #counted(rows: SessionRecord[]): Promise<SessionRecord[]> {
    const live = rows.filter((row) => row.endedAt === null).map((row) => row.id);
    if (live.length === 0) return rows;
    const counts = await this.#db
      .select({
        id: statements.sessionId,
        statements: sql<number>`count(*)`,
        failed: sql<number>`count(*) filter (where ${statements.state} = 'failed')`,
        unknown: sql<number>`count(*) filter (where ${statements.state} = 'unknown')`,
        rows: sql<number>`sum(${statements.rows})`,
        responseBytes: sql<number>`sum(${statements.responseBytes})`,
        requestBytes: sql<number>`sum(${statements.requestBytes})`,
        unrecorded: sql<number>`count(*) filter (where not ${statements.recorded})`,
      })
      .from(statements)
      .where(sql`${statements.sessionId} in ${oneOf(live)}`)
      .groupBy(statements.sessionId);
    const byId = new Map(counts.map((count) => [count.id, count]));
    return rows.map((row) => (row.endedAt === null ? { ...row, ...byId.get(row.id) } : row));
  }
}

/**
 * Characters of the intent in its row, or bytes of its chunks. The outer columns are named by hand: where a query has one
 * table, drizzle leaves the table's name out, and the subquery would compare its own columns with themselves.
 */
const INTENT_BYTES = sql<number>`coalesce(length(statements.intent), (
  select sum(length(part.bytes)) from ${chunks} part
  where part.session_id = statements.session_id and part.seq = statements.seq and part.stream = 'intent'
), 0)`;

/** Asked with the sizes: a way to D1 and back less. */
const SESSION_ENDED = sql<number>`(select one.ended_at is not null from ${sessions} one where one.id = statements.session_id)`;

/** How many of them a page takes: one at least. */
function fittingCount(sizes: readonly { readonly bytes: number }[]): number {
  let total = 0;
  const over = sizes.findIndex(({ bytes }, i) => (total += bytes) > PAGE_INTENT_BYTES && i > 0);
  return over < 0 ? sizes.length : over;
}

/** An intent of before relations and reasons were recorded lacks them. */
type EarlierIntent = Omit<Intent, "kinds" | "relations" | "decision"> &
  Partial<Pick<Intent, "kinds" | "relations">> & { readonly decision: EarlierDecision };
type EarlierDecision = Omit<Decision, "matched" | "recorded"> &
  Partial<Pick<Decision, "matched" | "recorded">>;

function completed(intent: EarlierIntent): Intent {
  const decision = { matched: [], recorded: true, ...intent.decision };
  return { kinds: [], relations: [], ...intent, decision };
}
