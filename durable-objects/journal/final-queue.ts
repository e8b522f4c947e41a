// What D1 lacks and can change no more, in the order of the chain: by place, from three tables. Whatever may still change holds
// back all that comes behind its place, so that the order, once made, is made again the same way by whoever starts anew.

import type { Final } from "./chain.ts";
import type { Journal } from "./journal.ts";
import type { JournalledChunk, JournalledEvent, Marks, StatementHead } from "./journalled.ts";
import type { Progress } from "./outbox.ts";

/** Heads read from the journal at a time. */
const PAGE_ROWS = 200;
/** Chunks and events: what a batch takes, and one more. */
const AHEAD_CHUNKS = 9;
const AHEAD_EVENTS = 51;

export class FinalQueue {
  readonly #journal: Journal;
  readonly #progress: (seq: number) => Progress;
  readonly #chunks: JournalledChunk[];
  readonly #events: JournalledEvent[];
  readonly #heads: Iterator<StatementHead>;
  #head: StatementHead | null;
  /** The head as a final statement, read once. */
  #statement: Final | null = null;
  /** Nothing of a higher place is taken. */
  #limit = Number.POSITIVE_INFINITY;
  /** Nor any chunk. */
  #heldFrom = Number.POSITIVE_INFINITY;
  /** The last statement that was taken. */
  lastSeq: number;

  constructor(journal: Journal, marks: Marks, progress: (seq: number) => Progress) {
    this.#journal = journal;
    this.#progress = progress;
    this.#chunks = journal.chunks(marks.chunk, AHEAD_CHUNKS);
    this.#events = journal.events(marks.event, AHEAD_EVENTS);
    this.#heads = headsAfter(journal, marks.seq);
    this.#head = this.#nextHead();
    this.lastSeq = marks.seq;
    // Its Bind may still come, and write it anew. No entry of the chain is of it, so what is behind it goes past it; other
    // chunks do not, since how far D1 has them is told by one number.
    const held = this.#chunks.findIndex(
      ({ seq, stream }) => stream === "intent" && progress(seq) === "assembling",
    );
    const first = this.#chunks[held];
    if (first === undefined) return;
    this.#heldFrom = first.id;
    this.#limit = journal.otherChunkAfter(first.id, first.seq) ?? Number.POSITIVE_INFINITY;
  }

  /** Nothing is left, final or not. */
  get empty(): boolean {
    return this.#chunks.length + this.#events.length === 0 && this.#head === null;
  }

  /** The statement of the first chunk that was not taken. */
  get firstHeldBack(): number {
    return this.#chunks[0]?.seq ?? Number.POSITIVE_INFINITY;
  }

  peek(): Final | null {
    const [chunk, event] = [this.#chunks[0], this.#events[0]];
    const candidates: Final[] = [];
    this.#statement ??= this.#finalStatement();
    if (this.#statement !== null) candidates.push(this.#statement);
    if (chunk !== undefined && chunk.id < this.#heldFrom)
      candidates.push({ kind: "chunk", place: chunk.id, chunk });
    if (event !== undefined) candidates.push({ kind: "event", place: event.place, event });
    const [first = null] = candidates.sort((a, b) => a.place - b.place || ORDER[a.kind] - ORDER[b.kind]);
    return first === null || first.place >= this.#limit ? null : first;
  }

  /** Takes what {@link peek} gave. */
  take(): void {
    const first = this.peek();
    if (first === null) return;
    if (first.kind === "chunk") this.#chunks.shift();
    else if (first.kind === "event") this.#events.shift();
    else {
      this.lastSeq = first.statement.seq;
      this.#head = this.#nextHead();
      this.#statement = null;
    }
  }

  // PostgreSQL answers in order: behind a statement without an outcome there is none that has one.
  #finalStatement(): Final | null {
    const head = this.#head;
    if (head === null || !head.settled) return null;
    if (this.#progress(head.seq) !== "final") {
      // Its Sync may still come, and settle it anew.
      this.#limit = Math.min(this.#limit, head.revision);
      return null;
    }
    const statement = this.#journal.statement(head.seq);
    return statement === null ? null : { kind: "statement", place: statement.revision, statement };
  }

  #nextHead(): StatementHead | null {
    const next = this.#heads.next();
    return next.done === true ? null : next.value;
  }
}

/** Only a journal of before there were places has the same one twice. */
const ORDER = { chunk: 0, event: 1, statement: 2 } as const satisfies Record<Final["kind"], number>;

/** Statements after `seq`, in order. */
export function* headsAfter(journal: Journal, seq: number): Generator<StatementHead> {
  for (let after = seq; ;) {
    const page = journal.heads(after, PAGE_ROWS);
    yield* page;
    if (page.length < PAGE_ROWS) return;
    after = page.at(-1)?.seq ?? after;
  }
}
