// The path of a statement, as its table of contents: assemble, decide, intend, send; attribute, forward, settle.
// Synchronous from bytes to bytes: what it gives back to send is given after what must be durable before was written,
// and the object's output gate does the rest. Owns neither socket.

import {
  BACKEND_CODES,
  Conversation,
  decodeBackend,
  encodeFrontend,
  type Frame,
  FRONTEND_CODES,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Journal, Progress } from "../journal/index.ts";
import { Assembler } from "./assembler.ts";
import { ByteRun } from "./byte-run.ts";
import { Recorder } from "./recorder.ts";
import { type Statement, summary } from "./statement.ts";

const ENDS_RESPONSE: ReadonlySet<number> = new Set([
  BACKEND_CODES.error_response,
  BACKEND_CODES.command_complete,
  BACKEND_CODES.portal_suspended,
  BACKEND_CODES.empty_query_response,
]);

const IS_DATA: ReadonlySet<number> = new Set([BACKEND_CODES.data_row, BACKEND_CODES.copy_data]);

/** What belongs to a copy, or is harmless in one. */
const PASSES_COPY: ReadonlySet<number> = new Set([
  FRONTEND_CODES.copy_data,
  FRONTEND_CODES.copy_done,
  FRONTEND_CODES.copy_fail,
  FRONTEND_CODES.flush,
  FRONTEND_CODES.terminate,
]);
const FLUSH = encodeFrontend({ kind: "flush" });

export interface FromAgent {
  /** Views to send to PostgreSQL, in order. */
  readonly send: readonly Uint8Array[];
  readonly terminated: boolean;
}

export interface FromUpstream {
  /** Views to send to the agent, in order. */
  readonly send: readonly Uint8Array[];
  /** An error that ends the connection went by: PostgreSQL itself has told the agent why. */
  readonly fatal: boolean;
}

/** A response that is cut short: the rest is swallowed up to ReadyForQuery, and this error stands in its place. */
interface Cut {
  readonly error: Uint8Array;
  /** The session ends with this error: nothing follows it, no ReadyForQuery either. */
  readonly last: boolean;
  told: boolean;
}

export class StatementPath {
  readonly #conversation = new Conversation<Statement>();
  readonly #assembler = new Assembler(this.#conversation, (statement) => this.#forget(statement));
  readonly #recorder: Recorder;
  readonly #onAsynchronous: (frame: Uint8Array) => void;
  /** Statements that may still change, by seq: what the outbox must not take for final. */
  readonly #live = new Map<number, Statement>();
  /** Statements whose intent is not journalled in its present form. */
  readonly #unintended = new Set<Statement>();
  readonly #touched = new Set<Statement>();
  /** Taken from the agent, neither looked at nor forwarded yet. */
  #waiting: Frame[] = [];
  /** A Flush went after the last message. */
  #flushed = false;
  #cut: Cut | null = null;
  #muted = false;
  #abandoned = false;
  #interrupted = false;

  /** `onAsynchronous` gets a frame that belongs to no statement. */
  constructor(journal: Journal, onAsynchronous: (frame: Uint8Array) => void) {
    this.#recorder = new Recorder(journal);
    this.#onAsynchronous = onAsynchronous;
  }

  /** Messages sent to PostgreSQL and not answered yet. */
  get depth(): number {
    return this.#conversation.depth;
  }

  get running(): boolean {
    return this.#conversation.depth > 0;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Statements ran when the session was abandoned. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Bytes kept on behalf of the agent's prepared statements and portals. */
  get preparedBytes(): number {
    return this.#assembler.prepared.bytes;
  }

  progress(seq: number): Progress {
    const statement = this.#live.get(seq);
    if (statement === undefined) return "final";
    if (statement.settled && statement.progress === "final") this.#live.delete(seq);
    return statement.progress;
  }

  /** The agent's frames of one turn. An error is the agent's breach of the protocol: nothing of the turn may be sent. */
  fromAgent(frames: readonly Frame[], now: number): Result<FromAgent, string> {
    const send = new ByteRun();
    let terminated = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const frame of waiting.length === 0 ? frames : [...waiting, ...frames]) {
      if (this.#mustWait(frame)) {
        // PostgreSQL tells what it has to tell of what it got so far; a Flush has no reply of its own.
        if (!this.#flushed) send.add(FLUSH);
        this.#flushed = true;
        this.#waiting.push(frame);
        continue;
      }
      if (this.#conversation.copyState === "open" && !PASSES_COPY.has(frame.code)) {
        // PostgreSQL ignores a Sync in copy-in mode; not forwarded, nothing depends on whether it still was in that mode.
        if (frame.code === FRONTEND_CODES.sync) continue;
        // … and ends the connection with anything else, in these words (copyfromparse.c, CopyGetData).
        return err(
          `unexpected message type 0x${frame.code.toString(16).toUpperCase()} during COPY from stdin`,
        );
      }
      const assembled = this.#assembler.take(frame, now);
      if (!assembled.ok) return assembled;
      if (assembled.value.kind === "terminate") {
        terminated = true;
        break;
      }
      const { kind, statement } = assembled.value;
      if (statement !== null) this.#note(statement, kind === "copy" ? frame.bytes : null);
      send.add(frame.bytes);
      this.#flushed = false;
    }
    this.#intend();
    this.#settleTouched(now);
    return ok({ send: send.take(), terminated });
  }

  /** Messages that were taken in wait until PostgreSQL has said whether a COPY asks for data. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Bytes of them. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** PostgreSQL's frames of one turn. An error is a reply that nobody asked for. */
  fromUpstream(frames: readonly Frame[], now: number): Result<FromUpstream, string> {
    const send = new ByteRun();
    // The record has ended: a late answer would be stored behind its end, or lost with what D1 holds already.
    if (this.#abandoned) return ok({ send: [], fatal: false });
    let fatal = false;
    for (const frame of frames) {
      const reply = this.#conversation.receive(frame.code);
      if (!reply.ok) return err(`an unexpected message of type 0x${frame.code.toString(16)}`);
      const { unit, closes, skipped, asynchronous } = reply.value;
      const passes = this.#cut?.last === true ? false : asynchronous || closes === "ready";
      const shown = passes ? frame : this.#shown(frame);
      if (unit !== null) this.#attribute(unit, frame, shown, now);
      // The reply to a Sync that belongs to no statement says nothing that would be worth a row.
      else if (shown !== null && closes !== "ready") this.#onAsynchronous(shown.bytes);
      if (shown !== null) send.add(shown.bytes);
      if (frame.code === BACKEND_CODES.error_response) {
        fatal = this.#isFatal(frame) || fatal;
      } else if (closes !== "nothing" && unit !== null) {
        unit.unanswered--;
      }
      for (const statement of skipped) this.#touched.add(statement);
      if (closes === "ready") {
        this.#ready(unit, frame);
        if (this.#cut?.last === false) this.#cut = null;
      }
    }
    this.#settleTouched(now);
    return ok({ send: send.take(), fatal });
  }

  /**
   * Ends the running response with an ErrorResponse of ours; the caller cancels the statement in PostgreSQL. What
   * PostgreSQL still sends for it is neither forwarded nor recorded: the record holds what the agent saw. False when it
   * is being cut already.
   */
  cut(error: Uint8Array): boolean {
    if (this.#cut !== null) return false;
    this.#cut = { error, last: false, told: false };
    return true;
  }

  /** The same for the error that ends the session: it takes the place of what the running statement ends with. */
  cutForGood(error: Uint8Array): void {
    this.#cut = { error, last: true, told: false };
  }

  /** The agent has got the error of {@link cutForGood}. */
  get toldForGood(): boolean {
    return this.#cut?.last === true && this.#cut.told;
  }

  /** The agent is gone: rows that still come are seen by nobody, and so not recorded. How it ends still is. */
  mute(): void {
    this.#muted = true;
  }

  /** The connection is lost: whatever was sent and not answered has an unknown outcome. */
  abandon(now: number): void {
    this.#abandoned = true;
    this.#interrupted = this.running;
    for (const statement of this.#live.values()) {
      statement.assembling = false;
      statement.awaitsReady = false;
      if (statement.unanswered > 0 || !statement.settled) this.#recorder.settle(statement, now);
      statement.unanswered = 0;
    }
    this.#live.clear();
  }

  // In order: behind one that waits, all wait.
  #mustWait({ code }: Frame): boolean {
    if (this.#waiting.length > 0) return true;
    return this.#conversation.copyState === "perhaps" && !PASSES_COPY.has(code);
  }

  #note(statement: Statement, copied: Uint8Array | null): void {
    this.#live.set(statement.seq, statement);
    this.#touched.add(statement);
    if (statement.intentStale) this.#unintended.add(statement);
    if (copied !== null) this.#recorder.request(statement, copied);
  }

  #intend(): void {
    for (const statement of this.#unintended) this.#recorder.intend(statement);
    this.#unintended.clear();
    this.#recorder.flushRequests();
  }

  // What the agent saw is the response; how the statement ended is told by what came, seen or not.
  #attribute(statement: Statement, came: Frame, shown: Frame | null, now: number): void {
    statement.firstByteAt ??= now;
    if (shown !== null) this.#recorder.response(statement, shown.bytes);
    this.#touched.add(statement);
    const frame = came.code === BACKEND_CODES.error_response && shown !== null ? shown : came;
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
      case BACKEND_CODES.error_response: {
        const message = decodeBackend(frame);
        if (message.ok && message.value.kind === "error_response") {
          const { fields } = message.value;
          statement.error = {
            severity: fields.get("V") ?? fields.get("S") ?? "ERROR",
            sqlstate: fields.get("C") ?? "XX000",
            message: summary(fields.get("M") ?? ""),
          };
        }
        break;
      }
      default:
    }
    statement.answered = true;
    statement.endedAt = now;
  }

  /** What the agent gets of a frame: itself, or while a response is cut the error once and nothing else. */
  #shown(frame: Frame): Frame | null {
    if (this.#muted && IS_DATA.has(frame.code)) return null;
    if (this.#cut === null) return frame;
    if (this.#cut.told || !ENDS_RESPONSE.has(frame.code)) return null;
    this.#cut.told = true;
    return { code: BACKEND_CODES.error_response, bytes: this.#cut.error };
  }

  #isFatal(frame: Frame): boolean {
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "error_response") return true;
    const severity = message.value.fields.get("V") ?? message.value.fields.get("S");
    return severity === "FATAL" || severity === "PANIC";
  }

  #ready(statement: Statement | null, frame: Frame): void {
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "ready_for_query") return;
    if (statement !== null) statement.transactionStatus = message.value.status;
    if (message.value.status === "I" && this.#conversation.depth === 0)
      this.#assembler.prepared.transactionEnded();
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
