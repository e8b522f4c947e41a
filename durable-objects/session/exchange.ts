// Messages on their way and the answers to them: counts what is expected, attributes what comes, keeps the record, and
// gathers what goes out in either direction in this turn. Decides nothing. Synchronous; owns neither socket.

import type { SoFar } from "#core/approvals";
import { concat } from "#core/bytes";
import type { Masks, Recording } from "#core/policy";
import {
  BACKEND_CODES,
  Conversation,
  decodeBackend,
  encodeBackend,
  type ExpectedKind,
  type Frame,
  type TransactionStatus,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Progress } from "../journal/index.ts";
import { IS_DATA, isFatal } from "./answer-frames.ts";
import { Assembler } from "./assembler.ts";
import { Books } from "./books.ts";
import { ByteRun } from "./byte-run.ts";
import { Cuts } from "./cuts.ts";
import { type Mark, OwnExchange } from "./gate/mark.ts";
import type { OwnMessage } from "./gate/own-messages.ts";
import { inPlace } from "./in-place.ts";
import type { StatementJournal } from "./kept-journal.ts";
import { asItCame, maskAnswer, maskedNotification, maskedOwnError, type Shown } from "./masking/answers.ts";
import type { SessionMasks } from "./masking/session-masks.ts";
import { NOTHING, type Received } from "./received.ts";
import { Recorder } from "./recorder.ts";
import { SettingsTold } from "./settings-told.ts";
import type { Statement } from "./statement.ts";
import type { Stopwatch } from "./stopwatch.ts";

export interface ExchangeEvents {
  /** A frame that belongs to no statement. */
  readonly asynchronous: (frame: Uint8Array) => void;
  /** Rows of a limited statement went by; the answer is the error that cuts it short, or null. */
  readonly returned: (mark: Mark, bytes: number) => Uint8Array | null;
  /** Rows passed a ceiling of the record at which the policy ends the statement: the error that does. */
  readonly unrecordable: (passed: "statement" | "session") => Uint8Array;
  /** An answer does not fit what is masked of it: the error that cuts it short. */
  readonly unmaskable: () => Uint8Array;
}

export class Exchange {
  readonly conversation = new Conversation<Statement, Mark>();
  readonly assembler = new Assembler(this.conversation, (statement) => this.#books.forget(statement));
  readonly #recorder: Recorder;
  readonly #events: ExchangeEvents;
  readonly #watch: Stopwatch;
  readonly #books: Books;
  readonly #cuts = new Cuts();
  readonly #settings = new SettingsTold();
  #toAgent = new ByteRun();
  #toUpstream = new ByteRun();
  /** As the last ReadyForQuery said. */
  status: TransactionStatus = "I";
  /** Messages of the extended protocol went out, and no Sync behind them. */
  unsynced = false;
  /** One of them was an Execute: it has begun a transaction that ends with the Sync (postgres.c, XACT_FLAGS_PIPELINING). */
  executed = false;
  /** … or a Bind: a portal that would end with it. */
  bound = false;
  /** A Flush or Sync went after the last message. */
  flushed = false;
  masking: SessionMasks | null = null;
  /** Of the policy in force; null before there is one. */
  recording: () => Recording | null = () => null;

  constructor(journal: StatementJournal, events: ExchangeEvents, watch: Stopwatch) {
    this.#watch = watch;
    this.#recorder = new Recorder(
      journal,
      () => this.#masks,
      () => this.recording(),
    );
    this.#books = new Books(this.#recorder);
    this.#events = events;
  }

  get #masks(): Masks | null {
    return this.masking?.masks ?? null;
  }

  progress(seq: number): Progress {
    return this.#books.progress(seq);
  }

  // To PostgreSQL.

  write(bytes: Uint8Array): void {
    this.#toUpstream.add(bytes);
    this.flushed = false;
  }

  /**
   * Messages of ours, and where their answers will be. `tells`: an error of theirs is the agent's to hear; `silent`: not even
   * notices are, and rows are not kept.
   */
  own(messages: readonly OwnMessage[], tells = false, silent = false): OwnExchange {
    const own = new OwnExchange(silent);
    for (const { kind, bytes } of messages) {
      this.conversation.expect(kind as ExpectedKind, null, null, false, { own, tells });
      this.write(bytes);
    }
    return own;
  }

  /** Its intent is journalled before this turn's bytes leave. */
  note(statement: Statement, copied: Uint8Array | null): void {
    this.#watch.give(statement);
    this.#books.note(statement, copied);
  }

  /** Of the statements before the one that is under way. */
  get soFar(): SoFar {
    return this.#books.tally.soFar;
  }

  // To the agent.

  /** A frame of a statement's response that was held, or one of ours: nothing of it is to be masked any more. */
  deliver(statement: Statement | null, frame: Frame, now: number): void {
    if (statement !== null) this.#watch.give(statement);
    const shown = this.#cuts.shown(frame);
    this.#give(statement, frame, shown === null ? null : asItCame(shown), false, now);
  }

  /** To the agent and into the record. The reply to a Sync that belongs to no statement says nothing worth a row. */
  #give(statement: Statement | null, came: Frame, shown: Shown | null, ready: boolean, now: number): void {
    if (statement !== null) this.#books.answer(statement, came, shown, this.#masks, now);
    else if (shown !== null && !ready) this.#events.asynchronous(concat(shown.record));
    for (const view of shown?.agent ?? []) this.#toAgent.add(view);
  }

  /** The ReadyForQuery that a statement waited for. */
  ready(statement: Statement | null, status: TransactionStatus, now: number): void {
    const bytes = encodeBackend({ kind: "ready_for_query", status });
    if (statement !== null) {
      this.#watch.give(statement);
      const frame = { code: BACKEND_CODES.ready_for_query, bytes };
      this.#books.answer(statement, frame, asItCame(frame), this.#masks, now);
      statement.transactionStatus = status;
    }
    this.#toAgent.add(bytes);
    this.#cuts.end();
  }

  /** One frame of PostgreSQL's. An error is a reply that nobody asked for. */
  receive(frame: Frame, now: number): Result<Received, string> {
    const head = this.conversation.currentMark;
    const reply = this.conversation.receive(frame.code);
    if (!reply.ok) return err(`an unexpected message of type 0x${frame.code.toString(16)}`);
    const { unit, mark, closes, skipped, asynchronous } = reply.value;
    if (this.conversation.depth === 0) this.assembler.prepared.settle();
    const isError = frame.code === BACKEND_CODES.error_response;
    const isReady = closes === "ready";
    const fatal = isError && isFatal(frame);
    for (const statement of skipped) this.#books.touch(statement);
    if (isReady) this.#learnStatus(frame);
    if (mark?.own !== undefined && !fatal && !(isError && mark.tells === true)) {
      mark.own.take(isError && this.#masks !== null ? maskedOwnError(frame) : frame);
      return ok({ ...NOTHING, failed: isError, fatal, ready: isReady, closed: true });
    }
    if (asynchronous && frame.code === BACKEND_CODES.notice_response && head?.own?.silent === true)
      return ok({ ...NOTHING, fatal });
    if (isError) this.#cuts.failed();
    const confirmed =
      frame.code === BACKEND_CODES.command_complete ? (mark?.confirms?.shift() ?? null) : null;
    if (!isError && !isReady && mark?.refusal !== undefined)
      return err("an answer to a message that had to fail");
    if (IS_DATA.has(frame.code)) {
      const excess = this.#excess(unit, mark, frame.bytes.length);
      if (excess !== null) this.cut(excess);
    }
    const mend = this.#mends(unit, closes, isError);
    if (unit !== null && closes !== "nothing" && !isError) unit.unanswered--;
    if (this.#keeps(frame, asynchronous)) return ok({ ...NOTHING, fatal });
    const held = mark?.hold?.take(frame) === true;
    if (held || (mend?.at === "ready" && isReady)) {
      if (unit !== null) this.#books.touch(unit);
    } else this.#pass(unit, asynchronous ? head : mark, frame, { fatal, ready: isReady, asynchronous }, now);
    if (isReady && mend === null && !held) this.#cuts.end();
    return ok({ confirmed, failed: isError, mend, fatal, ready: isReady, closed: closes !== "nothing" });
  }

  /** A setting or notification that is told later. */
  #keeps(frame: Frame, asynchronous: boolean): boolean {
    if (asynchronous && frame.code === BACKEND_CODES.parameter_status)
      return this.#settings.keepsStatus(frame);
    if (frame.code !== BACKEND_CODES.notification_response || !this.#settings.holds) return false;
    this.#settings.keepNotification(this.#masks === null ? frame : maskedNotification(frame));
    return true;
  }

  /** What ends a statement that returns more than it may, or than the record takes. */
  #excess(unit: Statement | null, mark: Mark | null, bytes: number): Uint8Array | null {
    const limited = mark?.returned === undefined ? null : this.#events.returned(mark, bytes);
    if (limited !== null || unit === null || this.isCut) return limited;
    const passed = this.#recorder.passes(unit, bytes);
    return passed === null ? null : this.#events.unrecordable(passed);
  }

  #pass(
    unit: Statement | null,
    mark: Mark | null,
    came: Frame,
    is: { readonly fatal: boolean; readonly ready: boolean; readonly asynchronous: boolean },
    now: number,
  ): void {
    const passes = !this.#cuts.isForGood && (is.asynchronous || is.ready);
    const frame = is.fatal ? came : inPlace(came, mark);
    const shown = passes ? frame : this.#cuts.shown(frame);
    if (unit !== null && is.ready) unit.transactionStatus = this.status;
    const masks = this.#masks;
    // What ended the response in PostgreSQL's place is ours.
    const plain = shown === null || masks === null || shown !== frame;
    const masked = plain ? shown && asItCame(shown) : maskAnswer(frame, mark, masks);
    if (masked === "fault") {
      this.cut(this.#events.unmaskable());
      if (unit !== null) this.#books.touch(unit);
      return;
    }
    if (unit !== null && mark?.mask !== undefined) unit.responseMasks.add(mark.mask);
    this.#give(unit, frame, masked, is.ready, now);
  }

  /** Whether PostgreSQL has just finished what the agent was told had failed. */
  #mends(unit: Statement | null, closes: string, isError: boolean): Received["mend"] {
    if (!this.#cuts.standsAlone || isError) return null;
    if (closes === "ready") return this.status === "T" ? { statement: unit, at: "ready" } : null;
    if (closes !== "message" || this.conversation.depth > 0 || !this.unsynced) return null;
    return { statement: unit, at: "batch" };
  }

  /** Ends the turn: what has to be durable is journalled, then the bytes are handed out. */
  take(now: number): { readonly toAgent: readonly Uint8Array[]; readonly toUpstream: readonly Uint8Array[] } {
    this.#books.close(now);
    return { toAgent: this.#toAgent.take(), toUpstream: this.#toUpstream.take() };
  }

  /** From here on settings and notifications are kept; see SettingsTold. */
  holdStatuses(): void {
    this.#settings.hold();
  }

  get holdsStatuses(): boolean {
    return this.#settings.holds;
  }

  /** Tells the last value of each setting. */
  tellStatuses(statement: Statement | null, now: number): void {
    for (const frame of this.#settings.release()) this.deliver(statement, frame, now);
  }

  /** The agent gets this ParameterStatus; the first ones come with the start-up. */
  tells(frame: Frame): void {
    this.#settings.tells(frame);
  }

  // Ends before its end.

  /** See StatementPath. */
  cut(error: Uint8Array): boolean {
    return this.#cuts.begin(error);
  }

  cutForGood(error: Uint8Array): void {
    this.#cuts.beginForGood(error);
  }

  /** Nothing but the statement that is being answered was sent, and the Sync behind it. */
  get onlyHead(): boolean {
    return this.conversation.isLast;
  }

  get isCut(): boolean {
    return this.#cuts.isCut;
  }

  /** The session's record has passed a ceiling at which the policy lets nothing more begin. */
  get recordFull(): boolean {
    return this.#recorder.full;
  }

  get toldForGood(): boolean {
    return this.#cuts.toldForGood;
  }

  mute(): void {
    this.#cuts.mute();
  }

  abandon(now: number): void {
    this.#books.abandon(now);
  }

  #learnStatus(frame: Frame): void {
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "ready_for_query") return;
    this.status = message.value.status;
    // A Query or FunctionCall ended the batch, if nothing in it had begun a transaction; else the Sync will.
    if (this.status === "I" && this.conversation.depth === 0) this.unsynced = false;
    if (this.status === "I" && this.conversation.depth === 0) this.assembler.prepared.transactionEnded();
  }
}
