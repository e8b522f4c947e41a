// What an export reads out of D1: rows as they are stored, a page at a time, and no value taken for granted: what was tampered
// with has to reach the verifier, not fail on the way. Queries only, by hand: drizzle would decode.

import type { ChangeLeaf } from "#core/record";
import {
  type Bucket,
  BucketFault,
  type Encoding,
  expand,
  unpackChunk,
} from "../../../durable-objects/ledger/index.ts";
import { waitingChanges } from "../../../durable-objects/log/d1-outbox.ts";

/** Statements of a page are held together, with their responses' ends: an isolate has 128 MB. One is always given. */
const PAGE_BYTES = 4 * 1024 * 1024;
const PAGE_STATEMENTS = 100;
const PAGE_KEYS = 1_000;
/** In the place of bytes that cannot be read back, whatever they are: nothing recorded is so, neither a message nor JSON. */
const UNREADABLE = Uint8Array.of(0);

/** What a tail has at most (session/recorder.ts); it may be stored compressed. */
const TAIL_BYTES = 256 * 1024;

export interface SessionColumns {
  readonly id: string;
  readonly started_at: number;
  readonly target: string;
  readonly issuer: string;
  readonly subject: string;
  readonly roles: string;
  readonly groups: string;
  readonly token_expires_at: number;
  readonly application_name: string;
  readonly client_user: string;
  readonly client_address: string | null;
  readonly user_agent: string | null;
  readonly protocol_version: string;
  readonly policy_version: string;
  readonly ended_at: number | null;
  readonly end_reason: string | null;
  readonly end_detail: string | null;
  readonly chain_start: string | null;
  readonly chain_end: string | null;
  readonly chain_entries: number | null;
}

interface CommonColumns {
  readonly seq: number;
  readonly revision: number;
  readonly intent: string | null;
  readonly outcome: string | null;
  readonly chain: string | null;
}

interface StoredColumns extends CommonColumns {
  /** Hexadecimal digits. */
  readonly tail: string;
  readonly tail_encoding: Encoding;
}

export interface StatementColumns extends CommonColumns {
  readonly tail: Uint8Array;
  /** The columns that are made of intent and outcome (derived.ts), and these. */
  readonly [column: string]: unknown;
}

export interface ChunkColumns {
  readonly seq: number;
  readonly stream: string;
  readonly n: number;
  readonly entry: number | null;
  readonly hash: string | null;
  readonly place: number | null;
}

export interface EventColumns {
  readonly n: number;
  readonly at: number;
  readonly kind: string;
  readonly detail: string;
  readonly entry: number | null;
  readonly hash: string | null;
  readonly place: number | null;
}

export interface HeadColumns {
  readonly entries: number;
  readonly hash: string;
  readonly at: number;
  readonly final: number;
  readonly kid: string;
  readonly signature: string;
}

export class ExportSource {
  readonly #db: D1Database;
  readonly #id: string;
  readonly #bucket: Bucket | null;

  constructor(db: D1Database, sessionId: string, bucket: Bucket | null) {
    this.#db = db;
    this.#id = sessionId;
    this.#bucket = bucket;
  }

  async session(): Promise<SessionColumns | null> {
    const [row] = await this.#all<SessionColumns>("SELECT * FROM sessions WHERE id = ?");
    return row ?? null;
  }

  /** Under a legal hold, as D1 has it. */
  async isHeld(): Promise<boolean> {
    const [row] = await this.#all<{ readonly held: number }>(
      "SELECT hold IS NOT NULL AS held FROM sessions WHERE id = ?",
    );
    return row?.held === 1;
  }

  /** Word of changes that is on its way to the log, and is the gateway's own. */
  changesOnTheWay(sessionKey: string): Promise<readonly ChangeLeaf[]> {
    return waitingChanges(this.#db, sessionKey);
  }

  heads(): Promise<HeadColumns[]> {
    return this.#all("SELECT * FROM heads WHERE session_id = ? ORDER BY entries");
  }

  /** From which statement on search looks for each of these values, in their order; null where it looks for none. */
  async firstSeqs(
    facets: readonly (readonly [facet: string, value: string, ...unknown[]])[],
  ): Promise<unknown[]> {
    const rows = await this.#all<{ readonly first: unknown }>(
      `SELECT facets.first_seq AS first FROM sessions CROSS JOIN json_each(?2) one LEFT JOIN facets
         ON facets.facet = one.value ->> 0 AND facets.value = one.value ->> 1
           AND facets.started_at = sessions.started_at AND facets.session_id = sessions.id
         WHERE sessions.id = ?1 ORDER BY one.key`,
      JSON.stringify(facets.map(([facet, value]) => [facet, value])),
    );
    return rows.map(({ first }) => first);
  }

  /** In order. */
  async *statements(): AsyncGenerator<StatementColumns> {
    for (let after = 0; ;) {
      const sizes = await this.#all<{ readonly seq: number; readonly bytes: number }>(
        `SELECT seq, coalesce(length(intent), 0) + max(length(response_tail), min(response_bytes, ${String(TAIL_BYTES)})) AS bytes
           FROM statements
           WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ${String(PAGE_STATEMENTS)}`,
        after,
      );
      const last = lastFitting(sizes);
      if (last === null) return;
      const page = await this.#all<StoredColumns>(
        `SELECT seq, revision, intent, outcome, chain, hex(response_tail) AS tail, tail_encoding, state, started_at, operation, effect,
           rule, recorded, ended_at, sqlstate, rows, notices, response_bytes, request_bytes, command_tags, kinds, relations,
           statement FROM statements
           WHERE session_id = ? AND seq > ? AND seq <= ? ORDER BY seq`,
        after,
        last,
      );
      for (const row of page) yield { ...row, tail: await tailOf(row.tail, row.tail_encoding) };
      after = last;
    }
  }

  /** Those that are entries of the chain, in its order. */
  async *chainedChunks(): AsyncGenerator<ChunkColumns> {
    for (let after = -1; ;) {
      const page = await this.#all<ChunkColumns>(
        `SELECT seq, stream, n, entry, hash, place FROM chunks
           WHERE session_id = ? AND entry > ? ORDER BY entry LIMIT ${String(PAGE_KEYS)}`,
        after,
      );
      yield* page;
      const last = page.at(-1)?.entry;
      if (page.length < PAGE_KEYS || typeof last !== "number") return;
      after = last;
    }
  }

  /** The others: of a large intent, of a session without a chain, or of nobody. By statement and stream. */
  async *otherChunks(): AsyncGenerator<ChunkColumns> {
    let after: readonly [number, string, number] = [0, "", -1];
    for (;;) {
      const page = await this.#all<ChunkColumns>(
        `SELECT seq, stream, n, entry, hash, place FROM chunks
           WHERE session_id = ? AND entry IS NULL AND (seq, stream, n) > (?, ?, ?)
           ORDER BY seq, stream, n LIMIT ${String(PAGE_KEYS)}`,
        ...after,
      );
      yield* page;
      const last = page.at(-1);
      if (page.length < PAGE_KEYS || last === undefined) return;
      after = [last.seq, last.stream, last.n];
    }
  }

  /** null where there is no such chunk. */
  async chunkBytes(seq: number, stream: string, n: number): Promise<Uint8Array | null> {
    const [row] = await this.#all<{ readonly bytes: string; readonly encoding: Encoding }>(
      "SELECT hex(bytes) AS bytes, encoding FROM chunks WHERE session_id = ? AND seq = ? AND stream = ? AND n = ?",
      seq,
      stream,
      n,
    );
    if (row === undefined) return null;
    const stored = Uint8Array.fromHex(row.bytes);
    const key = { sessionId: this.#id, seq, stream, n };
    try {
      return await unpackChunk(key, { bytes: stored, encoding: row.encoding }, this.#bucket);
    } catch (fault) {
      if (fault instanceof BucketFault) throw fault;
      return UNREADABLE;
    }
  }

  /** The JSON of an intent that stands in chunks. */
  async largeIntent(seq: number): Promise<string> {
    const decoder = new TextDecoder();
    const texts: string[] = [];
    for (let n = 0; ; n++) {
      const bytes = await this.chunkBytes(seq, "intent", n);
      if (bytes === null) return texts.join("");
      texts.push(decoder.decode(bytes, { stream: true }));
    }
  }

  async *events(): AsyncGenerator<EventColumns> {
    for (let after = 0; ;) {
      const page = await this.#all<EventColumns>(
        `SELECT n, at, kind, detail, entry, hash, place FROM events
           WHERE session_id = ? AND n > ? ORDER BY n LIMIT ${String(PAGE_STATEMENTS)}`,
        after,
      );
      yield* page;
      const last = page.at(-1);
      if (page.length < PAGE_STATEMENTS || last === undefined) return;
      after = last.n;
    }
  }

  async #all<Row>(query: string, ...parameters: readonly unknown[]): Promise<Row[]> {
    const { results } = await this.#db
      .prepare(query)
      .bind(this.#id, ...parameters)
      .all<Row>();
    return results;
  }
}

function tailOf(hex: string, encoding: Encoding): Promise<Uint8Array> {
  return expand({ bytes: Uint8Array.fromHex(hex), encoding }).catch(() => UNREADABLE);
}

function lastFitting(sizes: readonly { readonly seq: number; readonly bytes: number }[]): number | null {
  let total = 0;
  const over = sizes.findIndex(({ bytes }, i) => (total += bytes) > PAGE_BYTES && i > 0);
  return (over < 0 ? sizes.at(-1) : sizes[over - 1])?.seq ?? null;
}
