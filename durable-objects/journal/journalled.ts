// What the journal gives back. Values only.

import type { ChainState, Chunk, SessionEnd, SessionEvent, SessionStart, StatementRow } from "#core/record";

/** A statement's row together with the place of the write that made it so, and of the first. */
export interface JournalledStatement extends StatementRow {
  readonly revision: number;
  readonly asked: number;
}

export interface JournalledChunk extends Chunk {
  /** Its place. */
  readonly id: number;
}

export interface JournalledEvent extends SessionEvent {
  readonly place: number;
}

/** A statement without its content. */
export interface StatementHead {
  readonly seq: number;
  readonly revision: number;
  readonly settled: boolean;
}

/** How far D1 has the journal: a statement's seq, a chunk's id, an event's n. */
export interface Marks {
  readonly seq: number;
  readonly chunk: number;
  readonly event: number;
}

export interface Opened {
  readonly start: SessionStart;
  readonly end: SessionEnd | null;
  readonly confirmed: Marks;
  /** The chain up to the confirmed marks; null where the session has none. */
  readonly chain: ChainState | null;
  /** The shard that the record goes to, by its name; null: the first. */
  readonly shard: string | null;
}
