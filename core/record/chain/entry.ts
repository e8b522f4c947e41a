// An entry of the chain: what is hashed (docs/record.md). Pure: the hash itself is taken where there is a clock and a platform.
// A new kind of entry is a member of ChainBody and needs nothing else here.

import type { Chunk, Intent, Outcome, SessionEnd, SessionEvent, SessionStart } from "../entry.ts";

export interface Digest {
  readonly length: number;
  /** Hexadecimal digits. */
  readonly sha256: string;
}

/** An intent whose JSON stands in chunks: these, in order. */
export interface ChunkedIntent {
  readonly seq: number;
  readonly chunks: readonly Digest[];
}

export type ChainBody =
  | { readonly kind: "start"; readonly start: SessionStart }
  | {
      readonly kind: "chunk";
      readonly place: number;
      /** Of stream `request` or `response`. */
      readonly chunk: Omit<Chunk, "bytes"> & Digest;
    }
  | {
      readonly kind: "intent";
      readonly place: number;
      readonly intent: Intent | ChunkedIntent;
    }
  | {
      readonly kind: "outcome";
      readonly place: number;
      readonly seq: number;
      readonly outcome: Outcome;
      readonly tail: Digest;
    }
  | { readonly kind: "event"; readonly place: number; readonly event: SessionEvent }
  | { readonly kind: "end"; readonly end: SessionEnd };

export type ChainEntry = ChainBody & {
  readonly v: 1;
  readonly session: string;
  readonly n: number;
  readonly prev: string;
};

/** `prev` of the first entry. */
export const NO_ENTRY = "0".repeat(64);

export function chainEntry(session: string, n: number, prev: string, body: ChainBody): ChainEntry {
  return { v: 1, session, n, prev, ...body };
}

/** Where an entry stands in the chain, as it is stored beside its content. */
export interface EntryMark {
  readonly n: number;
  readonly hash: string;
  readonly place: number;
}

/** Of a statement: its intent is entry `n`, its outcome the next. */
export interface StatementMark {
  readonly n: number;
  readonly intent: string;
  readonly outcome: string;
  /** Place of the intent's first write; the outcome's is the statement's revision. */
  readonly asked: number;
}

/** How far a chain is: the number of its entries, and the hash of the last. */
export interface ChainState {
  readonly entries: number;
  readonly hash: string;
}

export const EMPTY_CHAIN: ChainState = { entries: 0, hash: NO_ENTRY };
