// The journal as a session writes it: what happens when it takes no more is the policy's to say (`record.unavailable`). Nothing runs
// unrecorded unless the policy lets it; then what is not recorded is counted here, and told in the record, before anything else, as
// soon as it takes something again. Synchronous, as the journal is; what is counted is in memory, and goes with the process.

import type { RecordUnavailable } from "#core/policy";
import type { Chunk, IntentHead, Outcome, SessionEnd, SessionEvent, SessionStart } from "#core/record";
import { KIND_CLASSES } from "#core/sql";
import { type Journal, JournalError, lostOutcome } from "../journal/index.ts";

/** What statements are recorded with. */
export type StatementJournal = Pick<Journal, "intend" | "settle" | "chunk" | "withdrawIntentChunks">;

export interface KeptJournalDeps {
  readonly journal: Journal;
  readonly unavailable: () => RecordUnavailable;
  /** Bytes that the journal may hold (JOURNAL_BYTES), and statements that may run unrecorded (UNRECORDED_STATEMENTS). */
  readonly limits: { readonly JOURNAL_BYTES: number; readonly UNRECORDED_STATEMENTS: number };
  readonly now: () => number;
}

/** What an event of kind `unrecorded` tells; `until` is absent of one that begins. */
interface Gap {
  readonly from: number;
  /** `full`: JOURNAL_BYTES wait for D1 or R2; `failed`: the object's storage takes no more. */
  readonly why: "full" | "failed";
  /** Ran without any entry: how many, the first and the last of them. */
  statements: number;
  first: number | null;
  last: number | null;
  /** Have an intent, and of their outcome or response something is lost: they are `unknown`. */
  outcomes: number;
  /** What happened beside statements. */
  events: number;
}

/** Recorded again when so much of the ceiling is free, or each statement would be a gap of its own. */
const FREE_AGAIN = 0.9;

const READING: ReadonlySet<string> = new Set(
  Object.entries(KIND_CLASSES).flatMap(([kind, kindClass]) => (kindClass === "read" ? [kind] : [])),
);

const NOTHING = new Uint8Array(0);

export class KeptJournal implements StatementJournal {
  readonly #journal: Journal;
  readonly #deps: KeptJournalDeps;
  #gap: Gap | null = null;
  #events = 0;
  /** Statements without an entry, and how many there were in the session. */
  readonly #unrecorded = new Set<number>();
  /** Statements of whose outcome something is lost: still running; ended, and their row does not say so; their row says so. */
  readonly #cut = new Map<number, "running" | "ended" | "told">();

  constructor(deps: KeptJournalDeps) {
    this.#deps = deps;
    this.#journal = deps.journal;
  }

  /** It holds so much that a session without such a policy ends. */
  get ends(): boolean {
    const { journal, unavailable, limits } = this.#deps;
    return unavailable() === "refuse" && journal.bytes > limits.JOURNAL_BYTES;
  }

  /** A session whose start cannot be recorded does not begin, whatever the policy says. */
  start(start: SessionStart): void {
    this.#journal.start(start);
  }

  intend(seq: number, intent: string | null, head: string | null = null): void {
    if (this.#unrecorded.has(seq)) return this.#mayRunToo(intent ?? head);
    if (this.#cut.has(seq)) return;
    if (this.#writes(() => this.#journal.intend(seq, intent, head), true)) return;
    this.#lose(seq, intent ?? head);
  }

  chunk(chunk: Chunk): void {
    const { seq, stream } = chunk;
    if (this.#unrecorded.has(seq) || this.#cut.has(seq)) return;
    if (this.#writes(() => this.#journal.chunk(chunk), true)) return;
    // Its intent comes behind its chunks, and will say whether it may run.
    if (stream === "intent") this.#lose(seq, null);
    else this.#cuts(seq, "running");
  }

  settle(seq: number, outcome: Outcome, tail: Uint8Array): void {
    if (this.#unrecorded.has(seq)) return void this.#tell();
    if (!this.#cut.has(seq)) {
      if (!this.#writes(() => this.#journal.settle(seq, outcome, tail), false)) this.#cuts(seq, "ended");
      return;
    }
    if (this.#cut.get(seq) === "running") this.#cut.set(seq, "ended");
    this.#tell();
  }

  withdrawIntentChunks(seq: number): void {
    if (!this.#unrecorded.has(seq)) this.#journal.withdrawIntentChunks(seq);
  }

  /** What an approver let go is noted, or does not run: the log has it, and the two have to tell the same. */
  event({ at, kind, detail }: Omit<SessionEvent, "n">): void {
    const n = this.#events + 1;
    const written = this.#writes(() => this.#journal.event({ n, at, kind, detail }), false);
    if (written) this.#events = n;
    else if (kind === "approval") throw new JournalError();
    else if (this.#gap !== null) this.#gap.events++;
  }

  end(end: SessionEnd): void {
    this.#tell(true);
    this.#journal.end(end);
  }

  /**
   * False where it is not written, and the policy lets that be. `bounded`: not past the ceiling either, which is what a session
   * without such a policy ends at.
   * @throws {JournalError} where it does not
   */
  #writes(write: () => void, bounded: boolean): boolean {
    // What is merely full still takes what is small.
    const takes = this.#gap?.why === "full" && !bounded;
    if (this.#gap !== null && !takes && !this.#tell()) return false;
    if (bounded && this.#isFull(1)) return this.#opens("full");
    try {
      write();
      return true;
    } catch (thrown) {
      if (!(thrown instanceof JournalError) || this.#deps.unavailable() === "refuse") throw thrown;
      return this.#opens("failed");
    }
  }

  #isFull(share: number): boolean {
    const { journal, unavailable, limits } = this.#deps;
    return unavailable() !== "refuse" && journal.bytes > limits.JOURNAL_BYTES * share;
  }

  #opens(why: Gap["why"]): false {
    const from = this.#deps.now();
    this.#gap ??= { from, why, statements: 0, first: null, last: null, outcomes: 0, events: 0 };
    // Where it still takes something it is known from here on, whatever becomes of this process.
    this.#says({ from, why });
    return false;
  }

  /** A statement that is to run without an entry. */
  #lose(seq: number, asked: string | null): void {
    const gap = this.#gap;
    if (gap === null) return;
    if (this.#unrecorded.size >= this.#deps.limits.UNRECORDED_STATEMENTS) throw new JournalError();
    this.#mayRunToo(asked);
    this.#unrecorded.add(seq);
    gap.statements++;
    gap.first ??= seq;
    gap.last = seq;
    try {
      this.#journal.withdrawIntentChunks(seq);
    } catch {
      // They stay, and nothing refers to them: what is of no statement is not sent to D1.
    }
  }

  /** `asked`: JSON of its intent, or the head of it; null where that is still to come. */
  #mayRunToo(asked: string | null): void {
    if (asked === null || this.#deps.unavailable() === "run") return;
    const { kinds, relations } = JSON.parse(asked) as IntentHead;
    const reads =
      kinds.length > 0 &&
      kinds.every((kind) => READING.has(kind)) &&
      relations.every(({ access }) => access === "read");
    if (!reads) throw new JournalError();
  }

  #cuts(seq: number, state: "running" | "ended"): void {
    this.#cut.set(seq, state);
    if (this.#gap !== null) this.#gap.outcomes++;
  }

  /** What was not recorded, in the record; true where that is there now, and nothing is open. */
  #tell(whateverSize = false): boolean {
    const gap = this.#gap;
    if (gap !== null) {
      if (!whateverSize && gap.why === "full" && this.#isFull(FREE_AGAIN)) return false;
      const { from, why, statements, first, last, outcomes, events } = gap;
      const until = this.#deps.now();
      if (!this.#says({ from, until, why, statements, first, last, outcomes, events })) return false;
      this.#gap = null;
    }
    for (const [seq, state] of this.#cut) {
      if (state !== "ended") continue;
      try {
        this.#journal.settle(seq, lostOutcome(this.#deps.now()), NOTHING);
      } catch {
        return this.#opens("failed");
      }
      this.#cut.set(seq, "told");
    }
    return true;
  }

  #says(detail: object): boolean {
    const { now } = this.#deps;
    try {
      const n = this.#events + 1;
      this.#journal.event({ n, at: now(), kind: "unrecorded", detail: JSON.stringify(detail) });
      this.#events = n;
      return true;
    } catch {
      return false;
    }
  }
}
