// The outbox: carries the journal to D1, in order, until D1 has confirmed it. Idempotent: whatever was not confirmed is
// sent again, after a crash too. Knows no sockets; the session says which statements may still change.

import type { SessionEvent } from "#core/record";
import type { Ledger } from "../ledger/index.ts";
import type { Journal, JournalledChunk, JournalledStatement, Opened } from "./journal.ts";

/** Chunks a batch: at most 2 MiB of result bodies in memory and in one D1 request. */
const BATCH_CHUNKS = 8;
/** Statements and events a batch. */
const BATCH_ROWS = 50;
/** Rows read from the journal at a time. */
const PAGE_ROWS = 200;
/** A batch closes when its inline responses pass this. */
const BATCH_TAIL_BYTES = 2 * 1024 * 1024;
/** Confirmed rows are left in place up to this size, since deleting a row is billed like writing one. */
const TRIM_ABOVE_BYTES = 16 * 1024 * 1024;

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
  /** The session has ended, and this batch is the last of it. */
  readonly last: boolean;
}

export class Outbox {
  readonly #journal: Journal;
  readonly #ledger: Ledger;
  readonly #progress: (seq: number) => Progress;
  /** seq -> what D1 has of it, for statements above the confirmed mark: see sentMark. */
  readonly #sent = new Map<number, number>();
  #startSent = false;
  #draining: Promise<boolean> | null = null;
  #rowsWritten = 0;

  constructor(journal: Journal, ledger: Ledger, progress: (seq: number) => Progress) {
    this.#journal = journal;
    this.#ledger = ledger;
    this.#progress = progress;
  }

  /** Rows that D1 has written for this session, as it reported. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  /** Sends until nothing is left. True when the session has ended and D1 holds all of it. Rejects when D1 fails. */
  async drain(): Promise<boolean> {
    // Whoever asks while a drain is under way wants what was journalled until now: wait, then look again.
    if (this.#draining !== null) await this.#draining.catch(() => undefined);
    if (this.#draining !== null) return this.#draining;
    this.#draining = this.#drain().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drain(): Promise<boolean> {
    for (;;) {
      const batch = this.#collect();
      if (batch === null) return false;
      const { rowsWritten } = await this.#ledger.write({
        sessionId: batch.opened.start.id,
        start: this.#startSent ? null : batch.opened.start,
        end: batch.last ? batch.opened.end : null,
        statements: batch.statements,
        chunks: batch.chunks,
        events: batch.events,
      });
      this.#rowsWritten += rowsWritten;
      this.#confirm(batch);
      if (batch.last) return true;
    }
  }

  #collect(): Batch | null {
    const opened = this.#journal.opened();
    if (opened === null) return null;
    const pending = this.#journal.chunks(BATCH_CHUNKS + 1);
    const held = pending.findIndex(
      ({ seq, stream }) => stream === "intent" && this.#progress(seq) === "assembling",
    );
    const chunks = pending.slice(0, held === -1 ? BATCH_CHUNKS : Math.min(held, BATCH_CHUNKS));
    // A statement follows the last of its chunks, so that a reader of D1 never takes a part for the whole.
    const firstHeldBack = pending[chunks.length]?.seq ?? Number.POSITIVE_INFINITY;
    const { statements, more } = this.#unsent(opened.confirmedSeq, firstHeldBack);
    const events = this.#journal.events(opened.confirmedEvent, BATCH_ROWS);
    const all = pending.length === chunks.length && !more && events.length < BATCH_ROWS;
    const last = opened.end !== null && all;
    if (this.#startSent && !last && chunks.length + statements.length + events.length === 0) return null;
    return { opened, chunks, statements, events, last };
  }

  #unsent(confirmed: number, before: number): { statements: JournalledStatement[]; more: boolean } {
    const statements: JournalledStatement[] = [];
    let bytes = 0;
    for (let after = confirmed; ;) {
      const page = this.#journal.statements(after, PAGE_ROWS);
      for (const row of page) {
        after = row.seq;
        const progress = this.#progress(row.seq);
        if (progress === "assembling" || this.#sent.get(row.seq) === sentMark(row, progress)) continue;
        if (row.seq >= before) return { statements, more: true };
        if (statements.length === BATCH_ROWS || bytes > BATCH_TAIL_BYTES) return { statements, more: true };
        statements.push(progress === "final" ? row : { ...row, outcome: null, responseTail: NOTHING });
        bytes += row.responseTail.length;
      }
      if (page.length < PAGE_ROWS) return { statements, more: false };
    }
  }

  #confirm(batch: Batch): void {
    this.#startSent = true;
    for (const row of batch.statements)
      this.#sent.set(row.seq, sentMark(row, row.outcome === null ? "running" : "final"));
    const chunk = batch.chunks.at(-1);
    if (chunk !== undefined) this.#journal.releaseChunks(chunk.id);
    const event = batch.events.at(-1);
    if (event !== undefined) this.#journal.confirmEvents(event.n);
    this.#advance(batch.opened.confirmedSeq);
  }

  // The mark moves over statements that D1 has in their last form. One that may change holds it back.
  #advance(confirmed: number): void {
    let mark = confirmed;
    advancing: for (;;) {
      const page = this.#journal.statements(mark, PAGE_ROWS);
      for (const row of page) {
        if (row.outcome === null || this.#sent.get(row.seq) !== row.revision) break advancing;
        mark = row.seq;
      }
      if (page.length < PAGE_ROWS) break;
    }
    if (mark === confirmed) return;
    for (const seq of this.#sent.keys()) if (seq <= mark) this.#sent.delete(seq);
    this.#journal.confirmStatements(mark);
    if (this.#journal.bytes > TRIM_ABOVE_BYTES) this.#journal.releaseStatements(mark);
  }
}

/** A final row is marked by its revision; D1 needs a running one once only, however often it is written here. */
function sentMark(row: JournalledStatement, progress: Progress): number {
  return progress === "final" ? row.revision : RUNNING_SENT;
}
