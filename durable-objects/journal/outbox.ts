// The outbox: carries the journal to D1, in order, until D1 has confirmed it. Idempotent: whatever was not confirmed is
// sent again, after a crash too. Knows no sockets; the session says which statements may still change.

import type { ChainState, SignedHead } from "#core/record";
import { answerWithin, type Ledger } from "../ledger/index.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { type Final, link, type Linked } from "./chain.ts";
import { FinalQueue, headsAfter } from "./final-queue.ts";
import type { Journal } from "./journal.ts";
import type { JournalledStatement, Marks, Opened } from "./journalled.ts";
import type { HeadSigner } from "./signer.ts";

/** Chunks a batch: at most 2 MiB of result bodies in memory and in one D1 request. */
const BATCH_CHUNKS = 8;
/** Statements and events a batch. */
const BATCH_ROWS = 50;
/** A batch closes when its inline responses pass this. */
const BATCH_TAIL_BYTES = 2 * 1024 * 1024;
/** What a batch takes once one has failed: D1 may be writing that still, and has it in memory, until it answers. */
const PROBE = { chunks: 1, statements: 10, events: 10, bytes: 64 * 1024 };
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

/** A head is signed when so many entries, or so much time with an entry in it, came behind the last. */
const HEAD_EVERY_ENTRIES = 1_000;
const HEAD_EVERY_MS = 300_000;

/**
 * A statement that runs is sent for itself once it has run so long: a small one is over by then, and its row is written once. Whoever
 * reads the session meanwhile asks for those too.
 */
const RUNNING_FROM_MS = 1_000;

const NOTHING = new Uint8Array(0);

interface Batch {
  readonly opened: Opened;
  /** What can change no more, in the order of the chain. */
  readonly finals: readonly Final[];
  /** Intents alone. */
  readonly running: readonly JournalledStatement[];
  /** There was more to send than a batch takes. */
  readonly more: boolean;
  /** The session has ended, and this batch is the last of it. */
  readonly last: boolean;
}

export class Outbox {
  readonly #journal: Journal;
  readonly #ledger: Pick<Ledger, "write">;
  readonly #progress: (seq: number) => Progress;
  readonly #signer: HeadSigner | null;
  readonly #answerMs: number;
  readonly #now: () => number;
  /** How far D1 is known to have the journal; null until the journal was looked into. */
  #marks: Marks | null = null;
  /** How much was confirmed since the marks were written down. */
  #unwritten = 0;
  /** The chain up to the marks; null where the session has none. */
  #chain: ChainState | null = null;
  /** And with the session's end, when D1 has that. */
  #whole: ChainState | null = null;
  /** How far the chain was when its head was signed last. */
  #head = { entries: 0, at: 0 };
  /** Statements up to here are sent, in one form or the other. */
  #scanned = 0;
  #startSent = false;
  /** The last batch was not confirmed. */
  #failed = false;
  #draining: Promise<boolean> | null = null;
  /** So many wait for what runs, however briefly it has. */
  #hurrying = 0;

  constructor(
    journal: Journal,
    ledger: Pick<Ledger, "write">,
    progress: (seq: number) => Progress,
    signer: HeadSigner | null = null,
    answerMs: number = DEFAULT_LIMITS.LEDGER_ANSWER_MS,
    now: () => number = () => Date.now(),
  ) {
    this.#journal = journal;
    this.#ledger = ledger;
    this.#progress = progress;
    this.#signer = signer;
    this.#answerMs = answerMs;
    this.#now = now;
  }

  /** The whole chain, when D1 has the session to its end; null before, and where the session has none. */
  get wholeChain(): ChainState | null {
    return this.#whole;
  }

  /** Statements that D1 does not have with their outcome. */
  get waiting(): number {
    const opened = this.#journal.opened();
    return opened === null ? 0 : this.#journal.countAfter(this.#marksOf(opened).seq);
  }

  /**
   * Sends what is journalled at the time of the call, and a little more. True when the session has ended and D1 holds
   * all of it. Rejects when D1 fails. `hurries`: what runs as well, however briefly it has.
   */
  async drain(hurries = true): Promise<boolean> {
    if (!hurries) return this.#drained();
    this.#hurrying++;
    try {
      return await this.#drained();
    } finally {
      this.#hurrying--;
    }
  }

  async #drained(): Promise<boolean> {
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
      const { opened, finals, running } = batch;
      const { start } = opened;
      const end = batch.last ? opened.end : null;
      const linked =
        this.#chain === null
          ? unlinked(finals)
          : await link(this.#chain, start, finals, end, (seq, n) => this.#journal.intentChunk(seq, n));
      const head = await this.#sign(batch, linked.whole ?? linked.chain);
      this.#failed = true;
      const write = this.#ledger.write({
        sessionId: start.id,
        start: this.#startSent ? null : start,
        chainStart: linked.chainStart,
        end,
        chainEnd: linked.whole,
        statements: [...linked.statements, ...running],
        chunks: linked.chunks,
        events: linked.events,
        head,
      });
      await answerWithin(write, this.#answerMs);
      this.#failed = false;
      // Without the end: what comes once more until the object has left links the same end again, not another behind it.
      this.#confirm(batch, linked.chain);
      this.#whole = linked.whole;
      if (head !== null) this.#head = { entries: head.head.entries, at: this.#now() };
      if (batch.last) return true;
      if (!batch.more) return false;
    }
  }

  async #sign({ opened, last }: Batch, chain: ChainState | null): Promise<SignedHead | null> {
    if (this.#signer === null || chain === null) return null;
    const behind = chain.entries - this.#head.entries;
    const due = behind >= HEAD_EVERY_ENTRIES || this.#now() - this.#head.at >= HEAD_EVERY_MS;
    if (!last && (!due || behind === 0)) return null;
    // Of the last one the time is that of the end: signed again after a crash, it is the same.
    const at = last && opened.end !== null ? opened.end.endedAt : this.#now();
    return this.#signer({ ...chain, session: opened.start.id, at, final: last });
  }

  #collect(): Batch | null {
    const opened = this.#journal.opened();
    if (opened === null) return null;
    const marks = this.#marksOf(opened);
    const queue = new FinalQueue(this.#journal, marks, this.#progress);
    const finals: Final[] = [];
    const room = this.#failed
      ? { ...PROBE }
      : { chunks: BATCH_CHUNKS, statements: BATCH_ROWS, events: BATCH_ROWS, bytes: BATCH_TAIL_BYTES };
    let full = false;
    for (let next = queue.peek(); next !== null; next = queue.peek()) {
      full = !fits(next, room);
      if (full) break;
      finals.push(next);
      queue.take();
    }
    const running = full ? [] : this.#running(queue, room.statements);
    const more = full || running.length === room.statements;
    const last = opened.end !== null && !more && queue.empty;
    if (this.#startSent && !last && finals.length + running.length === 0) return null;
    return { opened, finals, running, more, last };
  }

  /** Statements of which D1 has nothing yet, behind those that are final. */
  #running(queue: FinalQueue, most: number): JournalledStatement[] {
    const running: JournalledStatement[] = [];
    for (const { seq } of headsAfter(this.#journal, Math.max(this.#scanned, queue.lastSeq))) {
      // The last there is; and a statement follows the last of its chunks, so that a reader of D1 never takes a part for
      // the whole.
      if (this.#progress(seq) === "assembling" || seq >= queue.firstHeldBack) break;
      if (running.length === most) break;
      const row = this.#journal.statement(seq);
      // Those behind it began later.
      if (row !== null && this.#hurrying === 0 && !this.#hasRunLong(row)) break;
      if (row !== null) running.push({ ...row, outcome: null, responseTail: NOTHING });
    }
    return running;
  }

  #hasRunLong({ intent, head }: JournalledStatement): boolean {
    const startedAt = intent?.startedAt ?? head?.startedAt ?? 0;
    return this.#now() - startedAt >= RUNNING_FROM_MS;
  }

  #marksOf(opened: Opened): Marks {
    if (this.#marks === null) {
      this.#marks = opened.confirmed;
      this.#scanned = opened.confirmed.seq;
      this.#chain = opened.chain;
      this.#head = { entries: opened.chain?.entries ?? 0, at: this.#now() };
    }
    return this.#marks;
  }

  #confirm({ opened, finals, running }: Batch, chain: ChainState | null): void {
    this.#startSent = true;
    const marks = { ...this.#marksOf(opened) };
    for (const final of finals) {
      if (final.kind === "chunk") marks.chunk = final.chunk.id;
      else if (final.kind === "event") marks.event = final.event.n;
      else marks.seq = final.statement.seq;
    }
    this.#marks = marks;
    this.#chain = chain;
    this.#scanned = Math.max(this.#scanned, marks.seq, running.at(-1)?.seq ?? 0);
    const trim = this.#journal.bytes > TRIM_ABOVE_BYTES;
    this.#unwritten += finals.length;
    if (trim || this.#unwritten >= MARKS_EVERY) {
      this.#journal.confirm(marks, chain);
      this.#unwritten = 0;
    }
    if (trim) this.#journal.release(marks);
  }
}

/** What a batch still takes. */
interface Room {
  chunks: number;
  statements: number;
  events: number;
  bytes: number;
}

function fits(final: Final, room: Room): boolean {
  switch (final.kind) {
    case "chunk":
      return room.chunks-- > 0;
    case "event":
      return room.events-- > 0;
    case "statement":
      if (room.statements === 0 || room.bytes < 0) return false;
      room.statements--;
      room.bytes -= final.statement.responseTail.length;
      return true;
  }
}

/** Of a session that was under way before there was a chain. */
function unlinked(finals: readonly Final[]): Omit<Linked, "chain"> & { readonly chain: null } {
  return {
    chain: null,
    whole: null,
    chainStart: null,
    statements: finals.flatMap((final) => (final.kind === "statement" ? [final.statement] : [])),
    chunks: finals.flatMap((final) => (final.kind === "chunk" ? [final.chunk] : [])),
    events: finals.flatMap((final) => (final.kind === "event" ? [final.event] : [])),
  };
}
