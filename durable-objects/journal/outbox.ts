// The outbox: carries the journal to D1, in order, until D1 has confirmed it. Idempotent: whatever was not confirmed is
// sent again, after a crash too. Knows no sockets; the session says which statements may still change.

import type { SessionEvent } from "#core/record";
import type { Ledger } from "../ledger/index.ts";
import type {
  Journal,
  JournalledChunk,
  JournalledStatement,
  Marks,
  Opened,
  StatementHead,
} from "./journal.ts";

/** Chunks a batch: at most 2 MiB of result bodies in memory and in one D1 request. */
const BATCH_CHUNKS = 8;
/** Statements and events a batch. */
const BATCH_ROWS = 50;
/** Heads read from the journal at a time. */
const PAGE_ROWS = 200;
/** A batch closes when its inline responses pass this. */
const BATCH_TAIL_BYTES = 2 * 1024 * 1024;
/** Confirmed rows are left in place up to this size, since deleting a row is billed like writing one. */
const TRIM_ABOVE_BYTES = 16 * 1024 * 1024;
/**
 * The marks are written down when they have moved this far: a row written for each drain would be a third of what a
 * statement costs. What lies between is sent again after a crash, which changes nothing in D1.
 */
const MARKS_EVERY = 64;

/**
 * - `assembling`: its intent may still change, so nothing of it is sent;
 * - `running`: its outcome may still change, so its intent is sent alone;
 * - `final`: neither will.
 */
export type Progress = "assembling" | "running" | "final";

const NOTHING = new Uint8Array(0);
/** Below every revision. */
const RUNNING_SENT = 0;

interface Batch {
  readonly opened: Opened;
  readonly chunks: readonly JournalledChunk[];
  readonly statements: readonly JournalledStatement[];
  readonly events: readonly SessionEvent[];
  /** There was more to send than a batch takes. */
  readonly more: boolean;
  /** The session has ended, and this batch is the last of it. */
  readonly last: boolean;
}

export class Outbox {
  readonly #journal: Journal;
  readonly #ledger: Pick<Ledger, "write">;
  readonly #progress: (seq: number) => Progress;
  /** How far D1 is known to have the journal; null until the journal was looked into. */
  #marks: Marks | null = null;
  /** The marks as the journal has them. */
  #written: Marks = { seq: 0, chunk: 0, event: 0 };
  /** seq -> the revision that D1 has, RUNNING_SENT for an intent alone; statements after the mark only. */
  readonly #sent = new Map<number, number>();
  /** Those of them that D1 has the intent of, in order. */
  readonly #running = new Set<number>();
  /** Statements up to here are sent, in one form or the other. */
  #scanned = 0;
  #startSent = false;
  #draining: Promise<boolean> | null = null;

  constructor(journal: Journal, ledger: Pick<Ledger, "write">, progress: (seq: number) => Progress) {
    this.#journal = journal;
    this.#ledger = ledger;
    this.#progress = progress;
  }

  /**
   * Sends what is journalled at the time of the call, and a little more. True when the session has ended and D1 holds
   * all of it. Rejects when D1 fails.
   */
  async drain(): Promise<boolean> {
    // Whoever asks while a drain is under way wants what was journalled until now: wait, then look again.
    if (this.#draining !== null) await this.#draining.catch(() => undefined);
    if (this.#draining !== null) return this.#draining;
    this.#draining = this.#drain().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  // Ends with the first batch that took all there was: a busy session would never see an end, and would pay for a batch
  // with each statement.
  async #drain(): Promise<boolean> {
    for (;;) {
      const batch = this.#collect();
      if (batch === null) return false;
      await this.#ledger.write({
        sessionId: batch.opened.start.id,
        start: this.#startSent ? null : batch.opened.start,
        end: batch.last ? batch.opened.end : null,
        statements: batch.statements,
        chunks: batch.chunks,
        events: batch.events,
      });
      this.#confirm(batch);
      if (batch.last) return true;
      if (!batch.more) return false;
    }
  }

  #collect(): Batch | null {
    const opened = this.#journal.opened();
    if (opened === null) return null;
    const marks = this.#marksOf(opened);
    const pending = this.#journal.chunks(marks.chunk, BATCH_CHUNKS + 1);
    const held = pending.findIndex(
      ({ seq, stream }) => stream === "intent" && this.#progress(seq) === "assembling",
    );
    const sendable = held === -1 ? pending.length : held;
    const chunks = pending.slice(0, Math.min(sendable, BATCH_CHUNKS));
    // A statement follows the last of its chunks, so that a reader of D1 never takes a part for the whole.
    const firstHeldBack = pending[chunks.length]?.seq ?? Number.POSITIVE_INFINITY;
    const { statements, complete } = this.#unsent(firstHeldBack);
    const events = this.#journal.events(marks.event, BATCH_ROWS);
    const all = pending.length === chunks.length && complete && events.length < BATCH_ROWS;
    const last = opened.end !== null && all;
    const empty = chunks.length + statements.length + events.length === 0;
    if (this.#startSent && !last && empty) return null;
    return { opened, chunks, statements, events, more: !all && !empty, last };
  }

  #marksOf(opened: Opened): Marks {
    if (this.#marks === null) {
      this.#marks = this.#written = opened.confirmed;
      this.#scanned = opened.confirmed.seq;
    }
    return this.#marks;
  }

  /** Statements of which D1 lacks something, up to `before`; `complete` unless there are more than a batch takes. */
  #unsent(before: number): { readonly statements: JournalledStatement[]; readonly complete: boolean } {
    const statements: JournalledStatement[] = [];
    let bytes = 0;
    const take = (seq: number): boolean => {
      if (seq >= before || statements.length === BATCH_ROWS || bytes > BATCH_TAIL_BYTES) return false;
      const row = this.#journal.statement(seq);
      if (row === null) return true;
      const final = this.#progress(seq) === "final";
      statements.push(final ? row : { ...row, outcome: null, responseTail: NOTHING });
      bytes += row.responseTail.length;
      return true;
    };
    for (const seq of this.#running) {
      // PostgreSQL answers in order: what comes after one that runs has no outcome either.
      if (this.#progress(seq) !== "final") break;
      if (!take(seq)) return { statements, complete: false };
    }
    for (const { seq } of this.#headsAfter(this.#scanned)) {
      // The last there is.
      if (this.#progress(seq) === "assembling") break;
      if (!take(seq)) return { statements, complete: false };
    }
    return { statements, complete: true };
  }

  *#headsAfter(seq: number): Generator<StatementHead> {
    for (let after = seq; ;) {
      const page = this.#journal.heads(after, PAGE_ROWS);
      yield* page;
      if (page.length < PAGE_ROWS) return;
      after = page.at(-1)?.seq ?? after;
    }
  }

  #confirm(batch: Batch): void {
    this.#startSent = true;
    for (const { seq, revision, outcome } of batch.statements) {
      this.#sent.set(seq, outcome === null ? RUNNING_SENT : revision);
      if (outcome === null) this.#running.add(seq);
      else this.#running.delete(seq);
      this.#scanned = Math.max(this.#scanned, seq);
    }
    const before = this.#marksOf(batch.opened);
    const marks = (this.#marks = {
      seq: this.#advanced(before.seq),
      chunk: batch.chunks.at(-1)?.id ?? before.chunk,
      event: batch.events.at(-1)?.n ?? before.event,
    });
    const trim = this.#journal.bytes > TRIM_ABOVE_BYTES;
    if (trim || distance(this.#written, marks) >= MARKS_EVERY) {
      this.#journal.confirm(marks);
      this.#written = marks;
    }
    if (trim) this.#journal.release(marks);
  }

  /** The mark moves over statements that D1 has in their last form. One that may change holds it back. */
  #advanced(from: number): number {
    let mark = from;
    for (const { seq, revision, settled } of this.#headsAfter(from)) {
      if (!settled || this.#sent.get(seq) !== revision) break;
      this.#sent.delete(seq);
      mark = seq;
    }
    return mark;
  }
}

function distance(from: Marks, to: Marks): number {
  return to.seq - from.seq + (to.chunk - from.chunk) + (to.event - from.event);
}
