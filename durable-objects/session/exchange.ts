// Messages on their way and the answers to them: counts what is expected, attributes what comes, keeps the record, and
// gathers what goes out in either direction in this turn. Decides nothing. Synchronous; owns neither socket.

import { concat } from "#core/bytes";
import type { Masks, Recording } from "#core/policy";
import {
  BACKEND_CODES,
  Conversation,
  decodeBackend,
  encodeBackend,
  type ExpectedKind,
  type Fields,
  type Frame,
  type TransactionStatus,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Journal, Progress } from "../journal/index.ts";
import { Assembler } from "./assembler.ts";
import { ByteRun } from "./byte-run.ts";
import type { Confirmed, Mark } from "./gate/mark.ts";
import { type OwnMessage } from "./gate/own-messages.ts";
import { OwnExchange, type RefusalError } from "./gate/mark.ts";
import { asItCame, maskAnswer, maskedNotification, maskedOwnError, type Shown } from "./masking/answers.ts";
import type { SessionMasks } from "./masking/session-masks.ts";
import { Recorder } from "./recorder.ts";
import { type Statement, summary } from "./statement.ts";

const ENDS_RESPONSE: ReadonlySet<number> = new Set([
  BACKEND_CODES.error_response,
  BACKEND_CODES.command_complete,
  BACKEND_CODES.portal_suspended,
  BACKEND_CODES.empty_query_response,
  BACKEND_CODES.function_call_response,
]);

const IS_DATA: ReadonlySet<number> = new Set([
  BACKEND_CODES.data_row,
  BACKEND_CODES.copy_data,
  BACKEND_CODES.function_call_response,
]);

/** A response that is cut short: the rest is swallowed up to ReadyForQuery, and this error stands in its place. */
interface Cut {
  readonly error: Uint8Array;
  /** The session ends with this error: nothing follows it, no ReadyForQuery either. */
  readonly last: boolean;
  told: boolean;
  /** PostgreSQL ended it with an error as well, so that its state is what the agent was told. */
  failed: boolean;
}

/** What the path has to see to after a frame. */
export interface Received {
  /** What a frame of the agent's statement was answered with, where it may matter. */
  readonly confirmed: Confirmed | null;
  readonly failed: boolean;
  /** The statement was cut short and PostgreSQL finished it none the less: its transaction has to fail. */
  readonly mend: { readonly statement: Statement | null; readonly at: "ready" | "batch" } | null;
  readonly fatal: boolean;
  readonly ready: boolean;
  /** A message is answered; the next one's time begins. */
  readonly closed: boolean;
}

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
  readonly assembler = new Assembler(this.conversation, (statement) => this.#forget(statement));
  readonly #recorder: Recorder;
  readonly #events: ExchangeEvents;
  /** Statements that may still change, by seq: what the outbox must not take for final. */
  readonly #live = new Map<number, Statement>();
  /** Statements whose intent is not journalled in its present form. */
  readonly #unintended = new Set<Statement>();
  readonly #touched = new Set<Statement>();
  #toAgent = new ByteRun();
  #toUpstream = new ByteRun();
  #cut: Cut | null = null;
  #muted = false;
  #statuses: Map<string, Uint8Array> | null = null;
  /** ParameterStatus messages as the agent got them last, by setting. */
  readonly #told = new Map<string, Uint8Array>();
  readonly #notifications: Frame[] = [];
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

  constructor(journal: Journal, events: ExchangeEvents) {
    this.#recorder = new Recorder(
      journal,
      () => this.#masks,
      () => this.recording(),
    );
    this.#events = events;
  }

  get #masks(): Masks | null {
    return this.masking?.masks ?? null;
  }

  progress(seq: number): Progress {
    const statement = this.#live.get(seq);
    if (statement === undefined) return "final";
    if (statement.settled && statement.progress === "final") this.#live.delete(seq);
    return statement.progress;
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
    this.#live.set(statement.seq, statement);
    this.#touched.add(statement);
    if (statement.intentStale) this.#unintended.add(statement);
    if (copied !== null) this.#recorder.request(statement, copied);
  }

  // To the agent.

  /** A frame of a statement's response that was held, or one of ours: nothing of it is to be masked any more. */
  deliver(statement: Statement | null, frame: Frame, now: number): void {
    const shown = this.#shown(frame);
    this.#give(statement, frame, shown === null ? null : asItCame(shown), false, now);
  }

  /** To the agent and into the record. The reply to a Sync that belongs to no statement says nothing worth a row. */
  #give(statement: Statement | null, came: Frame, shown: Shown | null, ready: boolean, now: number): void {
    if (statement !== null) this.#attribute(statement, came, shown, now);
    else if (shown !== null && !ready) this.#events.asynchronous(concat(shown.record));
    for (const view of shown?.agent ?? []) this.#toAgent.add(view);
  }

  /** The ReadyForQuery that a statement waited for. */
  ready(statement: Statement | null, status: TransactionStatus, now: number): void {
    const bytes = encodeBackend({ kind: "ready_for_query", status });
    if (statement !== null) {
      const frame = { code: BACKEND_CODES.ready_for_query, bytes };
      this.#attribute(statement, frame, asItCame(frame), now);
      statement.transactionStatus = status;
    }
    this.#toAgent.add(bytes);
    if (this.#cut?.last === false) this.#cut = null;
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
    for (const statement of skipped) this.#touched.add(statement);
    if (isReady) this.#learnStatus(frame);
    if (mark?.own !== undefined && !fatal && !(isError && mark.tells === true)) {
      mark.own.take(isError && this.#masks !== null ? maskedOwnError(frame) : frame);
      return ok({ confirmed: null, failed: isError, mend: null, fatal, ready: isReady, closed: true });
    }
    if (asynchronous && frame.code === BACKEND_CODES.notice_response && head?.own?.silent === true)
      return ok({ confirmed: null, failed: false, mend: null, fatal, ready: false, closed: false });
    if (isError && this.#cut !== null) this.#cut.failed = true;
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
    if (asynchronous && frame.code === BACKEND_CODES.parameter_status && this.#statuses === null)
      this.tells(frame);
    else if (asynchronous && frame.code === BACKEND_CODES.parameter_status) {
      this.#statuses?.set(parameterName(frame), frame.bytes.slice());
      return ok({ confirmed: null, failed: false, mend: null, fatal, ready: false, closed: false });
    }
    if (frame.code === BACKEND_CODES.notification_response && this.#statuses !== null) {
      const kept = this.#masks === null ? frame : maskedNotification(frame);
      this.#notifications.push({ code: kept.code, bytes: kept.bytes.slice() });
      return ok({ confirmed: null, failed: false, mend: null, fatal, ready: false, closed: false });
    }
    const held = mark?.hold?.take(frame) === true;
    if (held || (mend?.at === "ready" && isReady)) {
      if (unit !== null) this.#touched.add(unit);
    } else this.#pass(unit, asynchronous ? head : mark, frame, { fatal, ready: isReady, asynchronous }, now);
    if (isReady && mend === null && this.#cut?.last === false && !held) this.#cut = null;
    return ok({ confirmed, failed: isError, mend, fatal, ready: isReady, closed: closes !== "nothing" });
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
    const passes = this.#cut?.last === true ? false : is.asynchronous || is.ready;
    const frame = is.fatal ? came : inPlace(came, mark);
    const shown = passes ? frame : this.#shown(frame);
    if (unit !== null && is.ready) unit.transactionStatus = this.status;
    const masks = this.#masks;
    // What ended the response in PostgreSQL's place is ours.
    const plain = shown === null || masks === null || shown !== frame;
    const masked = plain ? shown && asItCame(shown) : maskAnswer(frame, mark, masks);
    if (masked === "fault") {
      this.cut(this.#events.unmaskable());
      if (unit !== null) this.#touched.add(unit);
      return;
    }
    if (unit !== null && mark?.mask !== undefined) unit.responseMasks.add(mark.mask);
    this.#give(unit, frame, masked, is.ready, now);
  }

  /** Whether PostgreSQL has just finished what the agent was told had failed. */
  #mends(unit: Statement | null, closes: string, isError: boolean): Received["mend"] {
    const cut = this.#cut;
    if (cut === null || cut.last || cut.failed || isError) return null;
    if (closes === "ready") return this.status === "T" ? { statement: unit, at: "ready" } : null;
    if (closes !== "message" || this.conversation.depth > 0 || !this.unsynced) return null;
    return { statement: unit, at: "batch" };
  }

  /** Ends the turn: what has to be durable is journalled, then the bytes are handed out. */
  take(now: number): { readonly toAgent: readonly Uint8Array[]; readonly toUpstream: readonly Uint8Array[] } {
    for (const statement of this.#unintended) this.#recorder.intend(statement);
    this.#unintended.clear();
    this.#recorder.flushRequests();
    this.#settleTouched(now);
    return { toAgent: this.#toAgent.take(), toUpstream: this.#toUpstream.take() };
  }

  /**
   * PostgreSQL tells of notifications and settings once for a Query, before its ReadyForQuery: while one is run in parts
   * they are kept.
   */
  holdStatuses(): void {
    this.#statuses = new Map();
  }

  get holdsStatuses(): boolean {
    return this.#statuses !== null;
  }

  /** Tells the last value of each setting. */
  tellStatuses(statement: Statement | null, now: number): void {
    for (const frame of this.#notifications.splice(0)) this.deliver(statement, frame, now);
    const statuses = this.#statuses ?? new Map<string, Uint8Array>();
    this.#statuses = null;
    for (const [name, bytes] of statuses) {
      // Changed and changed back: PostgreSQL would not have told either.
      if (equal(this.#told.get(name), bytes)) continue;
      this.#told.set(name, bytes);
      this.deliver(statement, { code: BACKEND_CODES.parameter_status, bytes }, now);
    }
  }

  /** The agent gets this ParameterStatus; the first ones come with the start-up. */
  tells(frame: Frame): void {
    this.#told.set(parameterName(frame), frame.bytes.slice());
  }

  // Ends before its end.

  /** See StatementPath. */
  cut(error: Uint8Array): boolean {
    if (this.#cut !== null) return false;
    this.#cut = { error, last: false, told: false, failed: false };
    return true;
  }

  cutForGood(error: Uint8Array): void {
    this.#cut = { error, last: true, told: false, failed: false };
  }

  /** Nothing but the statement that is being answered was sent, and the Sync behind it. */
  get onlyHead(): boolean {
    return this.conversation.isLast;
  }

  get isCut(): boolean {
    return this.#cut !== null;
  }

  /** The session's record has passed a ceiling at which the policy lets nothing more begin. */
  get recordFull(): boolean {
    return this.#recorder.full;
  }

  get toldForGood(): boolean {
    return this.#cut?.last === true && this.#cut.told;
  }

  endCut(): void {
    if (this.#cut?.last === false) this.#cut = null;
  }

  mute(): void {
    this.#muted = true;
  }

  abandon(now: number): void {
    for (const statement of this.#live.values()) {
      statement.assembling = false;
      statement.awaitsReady = false;
      if (statement.unanswered > 0 || !statement.settled) this.#recorder.settle(statement, now);
      statement.unanswered = 0;
    }
    this.#live.clear();
  }

  // What the agent saw is the response; how the statement ended is told by what came, seen or not.
  #attribute(statement: Statement, came: Frame, shown: Shown | null, now: number): void {
    statement.firstByteAt ??= now;
    if (shown !== null) this.#recorder.response(statement, shown.record);
    this.#touched.add(statement);
    const frame = came.code === BACKEND_CODES.error_response ? this.#recordedError(came, shown) : came;
    switch (frame.code) {
      case BACKEND_CODES.data_row:
      case BACKEND_CODES.copy_data:
        if (shown !== null) statement.rows++;
        statement.answered = true;
        return;
      case BACKEND_CODES.command_complete: {
        const message = decodeBackend(frame);
        if (message.ok && message.value.kind === "command_complete") statement.complete(message.value.tag);
        break;
      }
      case BACKEND_CODES.portal_suspended:
        statement.suspended = true;
        break;
      case BACKEND_CODES.notice_response:
        statement.notices++;
        return;
      case BACKEND_CODES.notification_response:
      case BACKEND_CODES.parameter_status:
      case BACKEND_CODES.ready_for_query:
        return;
      case BACKEND_CODES.error_response:
        this.#failed(statement, frame);
        break;
      default:
    }
    statement.answered = true;
    statement.endedAt = now;
  }

  /** One that was not shown is told in the outcome all the same. */
  #recordedError(came: Frame, shown: Shown | null): Frame {
    if (shown !== null) return { code: shown.code, bytes: concat(shown.record) };
    return this.#masks === null ? came : maskedOwnError(came);
  }

  #failed(statement: Statement, frame: Frame): void {
    const fields = errorFields(frame);
    if (fields === null) return;
    statement.error = {
      severity: fields.get("V") ?? fields.get("S") ?? "ERROR",
      sqlstate: fields.get("C") ?? "XX000",
      message: summary(fields.get("M") ?? ""),
    };
  }

  /** What the agent gets of a frame: itself, or while a response is cut the error once and nothing else. */
  #shown(frame: Frame): Frame | null {
    if (this.#muted && IS_DATA.has(frame.code)) return null;
    if (this.#cut === null) return frame;
    if (this.#cut.told || !ENDS_RESPONSE.has(frame.code)) return null;
    this.#cut.told = true;
    return { code: BACKEND_CODES.error_response, bytes: this.#cut.error };
  }

  #learnStatus(frame: Frame): void {
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "ready_for_query") return;
    this.status = message.value.status;
    // A Query or FunctionCall ended the batch, if nothing in it had begun a transaction; else the Sync will.
    if (this.status === "I" && this.conversation.depth === 0) this.unsynced = false;
    if (this.status === "I" && this.conversation.depth === 0) this.assembler.prepared.transactionEnded();
  }

  // One that was flushed and answered is kept for its Sync alone, with its text and the end of its response.
  #forget(statement: Statement): void {
    if (statement.settled && statement.progress === "final") this.#live.delete(statement.seq);
  }

  // A statement that a Sync will close is settled with it; one that the agent flushed is settled when it is answered,
  // and once more with its ReadyForQuery.
  #settleTouched(now: number): void {
    for (const statement of this.#touched) {
      if (statement.unanswered > 0 || statement.assembling) continue;
      this.#recorder.settle(statement, now);
      if (statement.progress === "final") this.#live.delete(statement.seq);
    }
    this.#touched.clear();
  }
}

function equal(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, i) => byte === b[i]);
}

function parameterName(frame: Frame): string {
  const message = decodeBackend(frame);
  return message.ok && message.value.kind === "parameter_status" ? message.value.name : "";
}

function errorFields(frame: Frame): Fields | null {
  const message = decodeBackend(frame);
  return message.ok && message.value.kind === "error_response" ? message.value.fields : null;
}

function isFatal(frame: Frame): boolean {
  const fields = errorFields(frame);
  const severity = fields?.get("V") ?? fields?.get("S");
  return fields === null || severity === "FATAL" || severity === "PANIC";
}

/** The refusal where PostgreSQL's own error stands, and positions counted in the agent's whole message. */
function inPlace(frame: Frame, mark: Mark | null): Frame {
  if (frame.code !== BACKEND_CODES.error_response || mark === null) return frame;
  if (mark.refusal !== undefined) return { code: frame.code, bytes: refusalInPlace(frame, mark.refusal) };
  if (mark.offset === undefined || mark.offset === 0) return frame;
  const fields = errorFields(frame);
  const position = Number(fields?.get("P"));
  if (fields === null || !(position > 0)) return frame;
  const moved = new Map(fields).set("P", String(position + mark.offset));
  return { code: frame.code, bytes: encodeBackend({ kind: "error_response", fields: moved }) };
}

/** Where PostgreSQL refused what was sent in its place for the same reason, its own error with the words that fit. */
function refusalInPlace(frame: Frame, { bytes, native }: RefusalError): Uint8Array {
  const ours = errorFields({ code: frame.code, bytes });
  const theirs = errorFields(frame);
  if (native === null || theirs === null || theirs.get("C") !== ours?.get("C")) return bytes;
  if (native.message === null) return frame.bytes;
  const fields = new Map<string, string>();
  for (const [letter, text] of theirs) {
    if (letter === "P") continue;
    // F follows P in PostgreSQL's order (elog.c, send_message_to_frontend).
    if (letter === "F" && native.position !== null) fields.set("P", String(native.position));
    fields.set(letter, letter === "M" ? native.message : text);
  }
  return encodeBackend({ kind: "error_response", fields });
}
