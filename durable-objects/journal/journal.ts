// The journal: a session's record in its object's own SQLite, ahead of D1. Synchronous; the object's output gate holds
// every network write made after a row until that row is durable (workerd io-gate.h), so that
// "insert, then write" is recorded-before-it-counts without an await. No drizzle here: a handful of statements.

import {
  type ChainState,
  type Chunk,
  EMPTY_CHAIN,
  type Intent,
  type IntentHead,
  type Outcome,
  type SessionEnd,
  type SessionEvent,
  type SessionStart,
} from "#core/record";
import type {
  JournalledChunk,
  JournalledEvent,
  JournalledStatement,
  Marks,
  Opened,
  StatementHead,
} from "./journalled.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY CHECK (id = 1), start TEXT NOT NULL, ending TEXT,
    confirmed_seq INTEGER NOT NULL DEFAULT 0, confirmed_chunk INTEGER NOT NULL DEFAULT 0,
    confirmed_event INTEGER NOT NULL DEFAULT 0, chain TEXT, shard TEXT
  );
  CREATE TABLE IF NOT EXISTS statement (
    seq INTEGER PRIMARY KEY, revision INTEGER NOT NULL, asked INTEGER NOT NULL, intent TEXT, head TEXT, outcome TEXT,
    tail BLOB
  );
  CREATE TABLE IF NOT EXISTS chunk (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, stream TEXT NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS event (
    n INTEGER PRIMARY KEY, place INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
  );
`;

/** What makes a journal of before the chain one that can be read and written; a session that is under way gets no chain. */
const UPGRADE = `
  ALTER TABLE session ADD COLUMN chain TEXT;
  ALTER TABLE statement ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE event ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
`;

/** The last write, whatever it was of; that of what was released stands beside the chain. */
const LAST_PLACE = `
  SELECT max(
    coalesce((SELECT max(revision) FROM statement), 0), coalesce((SELECT max(id) FROM chunk), 0),
    coalesce((SELECT max(place) FROM event), 0), coalesce((SELECT chain ->> 'place' FROM session), 0)
  ) AS place
`;

// Rows as SQLite gives them (type aliases: exec<T> takes no interface).
type SessionRow = {
  start: string;
  ending: string | null;
  confirmed_seq: number;
  confirmed_chunk: number;
  confirmed_event: number;
  /** Absent in a journal of before there were chains. */
  chain?: string | null;
  /** Absent in one of before there were shards, and it is not added: such a session is in the first. */
  shard?: string | null;
};
type StatementColumns = {
  seq: number;
  revision: number;
  asked: number;
  intent: string | null;
  /** Absent in a journal of before there were heads, which is read to its end but not written to. */
  head?: string | null;
  outcome: string | null;
  tail: ArrayBuffer | null;
};
type ChunkColumns = {
  id: number;
  place: number;
  seq: number;
  stream: Chunk["stream"];
  n: number;
  bytes: ArrayBuffer;
};
type EventColumns = { n: number; place: number; at: number; kind: SessionEvent["kind"]; detail: string };

const EMPTY = new Uint8Array(0);

/** A dozen small statements. */
const SIZE_EVERY_BYTES = 16 * 1024;

/** The object's storage takes no more: nothing may run that it does not hold. */
export class JournalError extends Error {
  override readonly name = "JournalError";

  constructor() {
    super("the journal could not be written");
  }
}

/**
 * Writes of statements, chunks and events are numbered, from 1: their place. A statement's revision is the place of its last
 * write, and the chain goes by places (docs/record.md).
 */
export class Journal {
  readonly #sql: SqlStorage;
  readonly #shardOf: (start: SessionStart) => string | null;
  /** As SQLite said it last; null: it has to be asked. And how much was written since. */
  #size: number | null = null;
  #written = 0;
  /** Of the last write; null until it was looked up. */
  #place: number | null = null;

  /** `shardOf`: which shard a new session's record goes to; null for the first. What it says is written down. */
  constructor(sql: SqlStorage, shardOf: (start: SessionStart) => string | null = () => null) {
    this.#sql = sql;
    this.#shardOf = shardOf;
  }

  /** The session that this object holds, or null when it holds none: nothing was stored, or all of it was released. */
  opened(): Opened | null {
    const table = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'").toArray();
    if (table.length === 0) return null;
    const [row] = this.#sql.exec<SessionRow>("SELECT * FROM session").toArray();
    if (row === undefined) return null;
    return {
      start: JSON.parse(row.start) as SessionStart,
      end: row.ending === null ? null : (JSON.parse(row.ending) as SessionEnd),
      confirmed: { seq: row.confirmed_seq, chunk: row.confirmed_chunk, event: row.confirmed_event },
      chain: typeof row.chain === "string" ? (JSON.parse(row.chain) as ChainState) : null,
      shard: row.shard ?? null,
    };
  }

  /** Makes the journal of an earlier version one of this version. Before anything else is read or written. */
  upgrade(): void {
    const [row] = this.#sql.exec<SessionRow>("SELECT * FROM session").toArray();
    if (row !== undefined && !("chain" in row)) this.#sql.exec(UPGRADE);
  }

  start(start: SessionStart): void {
    this.#write(SCHEMA);
    this.#write(
      "INSERT INTO session (id, start, chain, shard) VALUES (1, ?, ?, ?)",
      JSON.stringify(start),
      JSON.stringify(EMPTY_CHAIN),
      this.#shardOf(start),
    );
  }

  end(end: SessionEnd): void {
    this.#write("UPDATE session SET ending = ? WHERE id = 1", JSON.stringify(end));
  }

  /** `intent` is its JSON; where it was written as chunks it is null, and `head` is the JSON of its {@link IntentHead}. */
  intend(seq: number, intent: string | null, head: string | null = null): void {
    const place = this.#next();
    this.#write(
      `INSERT INTO statement (seq, revision, asked, intent, head) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (seq) DO UPDATE SET revision = excluded.revision, intent = excluded.intent, head = excluded.head`,
      seq,
      place,
      place,
      intent,
      head,
    );
  }

  settle(seq: number, outcome: Outcome, tail: Uint8Array): void {
    this.#write(
      "UPDATE statement SET revision = ?, outcome = ?, tail = ? WHERE seq = ?",
      this.#next(),
      JSON.stringify(outcome),
      tail,
      seq,
    );
  }

  chunk({ seq, stream, n, bytes }: Chunk): void {
    this.#write(
      "INSERT INTO chunk (id, seq, stream, n, bytes) VALUES (?, ?, ?, ?, ?)",
      this.#next(),
      seq,
      stream,
      n,
      bytes,
    );
  }

  event({ n, at, kind, detail }: SessionEvent): void {
    this.#write(
      "INSERT INTO event (n, place, at, kind, detail) VALUES (?, ?, ?, ?, ?)",
      n,
      this.#next(),
      at,
      kind,
      detail,
    );
  }

  /** Heads of the statements after `afterSeq`, in order, at most `limit`. */
  heads(afterSeq: number, limit: number): StatementHead[] {
    return this.#sql
      .exec<{ seq: number; revision: number; settled: number }>(
        "SELECT seq, revision, outcome IS NOT NULL AS settled FROM statement WHERE seq > ? ORDER BY seq LIMIT ?",
        afterSeq,
        limit,
      )
      .toArray()
      .map(({ seq, revision, settled }) => ({ seq, revision, settled: settled === 1 }));
  }

  statement(seq: number): JournalledStatement | null {
    const [row] = this.#sql.exec<StatementColumns>("SELECT * FROM statement WHERE seq = ?", seq).toArray();
    if (row === undefined) return null;
    const { revision, asked, intent, head = null, outcome, tail } = row;
    return {
      seq,
      revision,
      asked,
      intent: intent === null ? null : (JSON.parse(intent) as Intent),
      head: head === null ? null : (JSON.parse(head) as IntentHead),
      outcome: outcome === null ? null : (JSON.parse(outcome) as Outcome),
      responseTail: tail === null ? EMPTY : new Uint8Array(tail),
    };
  }

  /** Statements whose outcome is not known, in order. */
  unsettled(): number[] {
    return this.#sql
      .exec<{ seq: number }>("SELECT seq FROM statement WHERE outcome IS NULL ORDER BY seq")
      .toArray()
      .map(({ seq }) => seq);
  }

  /** Chunks after `afterId`, in the order in which they were written, at most `limit`. */
  chunks(afterId: number, limit: number): JournalledChunk[] {
    return this.#sql
      .exec<ChunkColumns>("SELECT * FROM chunk WHERE id > ? ORDER BY id LIMIT ?", afterId, limit)
      .toArray()
      .map(({ id, seq, stream, n, bytes }) => ({ id, seq, stream, n, bytes: new Uint8Array(bytes) }));
  }

  /** Place of the first chunk after `id` that is not of this statement's intent; null where there is none. */
  otherChunkAfter(id: number, seq: number): number | null {
    return this.#sql
      .exec<{ id: number | null }>(
        "SELECT min(id) AS id FROM chunk WHERE id > ? AND NOT (stream = 'intent' AND seq = ?)",
        id,
        seq,
      )
      .one().id;
  }

  /** Chunk `n` of an intent; null behind the last. */
  intentChunk(seq: number, n: number): Uint8Array | null {
    const [row] = this.#sql
      .exec<{ bytes: ArrayBuffer }>(
        "SELECT bytes FROM chunk WHERE seq = ? AND stream = 'intent' AND n = ?",
        seq,
        n,
      )
      .toArray();
    return row === undefined ? null : new Uint8Array(row.bytes);
  }

  /** Takes back the chunks of an intent that is about to be written anew. */
  withdrawIntentChunks(seq: number): void {
    this.#sql.exec("DELETE FROM chunk WHERE seq = ? AND stream = 'intent'", seq);
  }

  events(after: number, limit: number): JournalledEvent[] {
    return this.#sql
      .exec<EventColumns>("SELECT * FROM event WHERE n > ? ORDER BY n LIMIT ?", after, limit)
      .toArray();
  }

  /** D1 has the journal up to the marks, and with it the chain. */
  confirm({ seq, chunk, event }: Marks, chain: ChainState | null): void {
    this.#sql.exec(
      "UPDATE session SET confirmed_seq = ?, confirmed_chunk = ?, confirmed_event = ?, chain = ? WHERE id = 1",
      seq,
      chunk,
      event,
      chain === null ? null : JSON.stringify({ ...chain, place: this.#last() }),
    );
  }

  /** Gives up what D1 has, but for an intent that the chain has still to tell of. */
  release({ seq, chunk, event }: Marks): void {
    this.#sql.exec("DELETE FROM chunk WHERE id <= ? AND NOT (stream = 'intent' AND seq > ?)", chunk, seq);
    this.#sql.exec("DELETE FROM statement WHERE seq <= ?", seq);
    this.#sql.exec("DELETE FROM event WHERE n <= ?", event);
    this.#size = null;
  }

  /** Statements after `seq`. */
  countAfter(seq: number): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM statement WHERE seq > ?", seq).one().n;
  }

  /**
   * What it takes, give or take what SQLite adds to a few writes: it is asked for in every turn, and to ask SQLite costs as much as
   * a third of a small row, so that is done again only when as much as {@link SIZE_EVERY_BYTES} was written.
   */
  get bytes(): number {
    if (this.#size === null || this.#written > SIZE_EVERY_BYTES) {
      this.#size = this.#sql.databaseSize;
      this.#written = 0;
    }
    return this.#size + this.#written;
  }

  #write(query: string, ...bindings: readonly (SqlStorageValue | Uint8Array)[]): void {
    for (const value of bindings)
      if (value !== null && typeof value === "object") this.#written += value.byteLength;
      else if (typeof value === "string") this.#written += value.length;
    try {
      this.#sql.exec(query, ...bindings);
    } catch {
      // What SQLite said may quote what was bound.
      throw new JournalError();
    }
  }

  #last(): number {
    this.#place ??= this.#sql.exec<{ place: number }>(LAST_PLACE).one().place;
    return this.#place;
  }

  #next(): number {
    const place = this.#last() + 1;
    this.#place = place;
    return place;
  }
}
