// Links what the outbox sends into the session's chain (docs/record.md): each entry with the hash of the one before. Here and
// not when it is journalled, because Web Cryptography answers later and the data path waits for nothing. The order is that of
// the journal's places, so a batch that is made again after a crash is linked the same way.

import { hexEncode, utf8Encode } from "#core/bytes";
import {
  canonicalJson,
  type ChainBody,
  chainEntry,
  type ChainState,
  type Digest,
  type EntryMark,
  type SessionEnd,
  type SessionStart,
} from "#core/record";
import type { LedgerChunk, LedgerEvent, LedgerStatement } from "../ledger/rows.ts";
import type { JournalledChunk, JournalledEvent, JournalledStatement } from "./journalled.ts";

/** What became final, in the order of places. */
export type Final =
  | { readonly kind: "chunk"; readonly place: number; readonly chunk: JournalledChunk }
  | { readonly kind: "statement"; readonly place: number; readonly statement: JournalledStatement }
  | { readonly kind: "event"; readonly place: number; readonly event: JournalledEvent };

export interface Linked {
  /** Behind what can change no more, and before the end: what the next batch, or this one when it is sent again, begins at. */
  readonly chain: ChainState;
  /** With the end; null where the batch is not the last. */
  readonly whole: ChainState | null;
  /** Of the start's entry, where this batch has it. */
  readonly chainStart: string | null;
  readonly statements: readonly LedgerStatement[];
  readonly chunks: readonly LedgerChunk[];
  readonly events: readonly LedgerEvent[];
}

/** Chunk `n` of an intent that stands in chunks; null behind the last. */
export type IntentChunk = (seq: number, n: number) => Uint8Array | null;

/** `end` is null but for the last batch. */
export async function link(
  before: ChainState,
  start: SessionStart,
  finals: readonly Final[],
  end: SessionEnd | null,
  intentChunk: IntentChunk,
): Promise<Linked> {
  const chain = new Chain(start.id, before, intentChunk);
  const chainStart = before.entries === 0 ? (await chain.add({ kind: "start", start })).hash : null;
  const statements: LedgerStatement[] = [];
  const chunks: LedgerChunk[] = [];
  const events: LedgerEvent[] = [];
  for (const final of finals) {
    switch (final.kind) {
      case "chunk":
        chunks.push(await chain.chunk(final.chunk));
        break;
      case "statement":
        statements.push(await chain.statement(final.statement));
        break;
      case "event":
        events.push(await chain.event(final.event));
        break;
    }
  }
  const open = chain.state;
  if (end !== null) await chain.add({ kind: "end", end });
  const whole = end === null ? null : chain.state;
  return { chain: open, whole, chainStart, statements, chunks, events };
}

class Chain {
  readonly #session: string;
  readonly #intentChunk: IntentChunk;
  state: ChainState;

  constructor(session: string, state: ChainState, intentChunk: IntentChunk) {
    this.#session = session;
    this.state = state;
    this.#intentChunk = intentChunk;
  }

  async add(body: ChainBody): Promise<EntryMark> {
    const n = this.state.entries;
    const entry = chainEntry(this.#session, n, this.state.hash, body);
    const hash = await sha256(utf8Encode(canonicalJson(entry)));
    this.state = { entries: n + 1, hash };
    return { n, hash, place: "place" in body ? body.place : 0 };
  }

  /** Those of an intent can be written anew until its statement is final, and are told by its entry. */
  async chunk({ id: place, seq, stream, n, bytes }: JournalledChunk): Promise<LedgerChunk> {
    if (stream === "intent") return { seq, stream, n, bytes };
    const chunk = { seq, stream, n, ...(await digest(bytes)) };
    return { seq, stream, n, bytes, mark: await this.add({ kind: "chunk", place, chunk }) };
  }

  async event({ place, ...event }: JournalledEvent): Promise<LedgerEvent> {
    return { ...event, mark: await this.add({ kind: "event", place, event }) };
  }

  async statement(statement: JournalledStatement): Promise<LedgerStatement> {
    const { seq, revision, asked, intent, outcome, responseTail } = statement;
    if (outcome === null) throw new Error("a statement without an outcome is not final");
    const content = intent ?? { seq, chunks: await this.#intentDigests(seq) };
    const first = await this.add({ kind: "intent", place: asked, intent: content });
    const tail = await digest(responseTail);
    const second = await this.add({ kind: "outcome", place: revision, seq, outcome, tail });
    const intentChunks = "chunks" in content ? content.chunks.length : 0;
    return {
      ...statement,
      intentChunks,
      chain: { n: first.n, intent: first.hash, outcome: second.hash, asked },
    };
  }

  async #intentDigests(seq: number): Promise<Digest[]> {
    const digests: Digest[] = [];
    for (let n = 0; ; n++) {
      const bytes = this.#intentChunk(seq, n);
      if (bytes === null) return digests;
      digests.push(await digest(bytes));
    }
  }
}

async function digest(bytes: Uint8Array): Promise<Digest> {
  return { length: bytes.length, sha256: await sha256(bytes) };
}

/** Nothing here is shared memory; Node's types want it said. */
async function sha256(bytes: Uint8Array): Promise<string> {
  return hexEncode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
}
