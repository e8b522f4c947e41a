// The path of a statement, as its table of contents: what comes from the agent is considered message by message, decided
// on, and sent, refused, or worked on as a task; what comes from PostgreSQL is attributed, held or forwarded.
// Synchronous from bytes to bytes: what it gives back to send is given after what must be durable before was written, and
// the object's output gate does the rest. Owns neither socket.

import {
  BACKEND_CODES,
  type DecodedFrontendMessage,
  decodeFrontend,
  type Frame,
  FRONTEND_CODES,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Journal, Progress } from "../journal/index.ts";
import { type Considered, consider } from "./consider.ts";
import { Exchange } from "./exchange.ts";
import { observe } from "./observe.ts";
import type { Gate } from "./gate/gate.ts";
import type { Mark } from "./gate/mark.ts";
import { failingLike } from "./gate/failing-like.ts";
import { FLUSH, SYNC } from "./gate/own-messages.ts";
import { limitError, refusalError } from "./gate/refusals.ts";
import { mend } from "./tasks/run-execute.ts";
import { ask, type Desk, failedToAsk, type Task } from "./tasks/task.ts";

/** What belongs to a copy, or is harmless in one. */
const PASSES_COPY: ReadonlySet<number> = new Set([
  FRONTEND_CODES.copy_data,
  FRONTEND_CODES.copy_done,
  FRONTEND_CODES.copy_fail,
  FRONTEND_CODES.flush,
  FRONTEND_CODES.terminate,
]);

const EXTENDED: ReadonlySet<number> = new Set([
  FRONTEND_CODES.parse,
  FRONTEND_CODES.bind,
  FRONTEND_CODES.describe,
  FRONTEND_CODES.execute,
  FRONTEND_CODES.close,
]);

const SKIPPED: ReadonlySet<number> = new Set([
  ...EXTENDED,
  FRONTEND_CODES.query,
  FRONTEND_CODES.function_call,
]);

/** What goes out at the end of a turn: views, in order. */
export interface Turn {
  readonly toAgent: readonly Uint8Array[];
  readonly toUpstream: readonly Uint8Array[];
  /** The agent said Terminate. */
  readonly terminated: boolean;
  /** An error that ends the connection went by: PostgreSQL itself has told the agent why. */
  readonly fatal: boolean;
  /** What runs now was cut short: PostgreSQL is to be asked to cancel it, and `cancelled` called when it was. */
  readonly cancel: boolean;
}

export class StatementPath {
  readonly #exchange: Exchange;
  /** Taken from the agent, neither looked at nor forwarded yet. */
  #waiting: Frame[] = [];
  #desk: Desk | null = null;
  #task: Task | null = null;
  /** The catalog could not be asked for the first message that waits: this is what it gets. */
  #unanswerable: Uint8Array | null = null;
  #rounds = 0;
  /** Something is under way after which names, prepared statements or the transaction may be others. */
  #changing = false;
  /** Rows of what is under way are limited: it may be cut short, and what follows would be in the way. */
  #limited = false;
  #cancelling = false;
  #wantsCancel = false;
  #abandoned = false;
  #interrupted = false;
  #now = 0;
  /** When the oldest message that is not answered went out. */
  #busySince = 0;

  /** `onAsynchronous` gets a frame that belongs to no statement. */
  constructor(journal: Journal, onAsynchronous: (frame: Uint8Array) => void) {
    this.#exchange = new Exchange(journal, {
      asynchronous: onAsynchronous,
      returned: (mark, bytes) => this.#returned(mark, bytes),
    });
  }

  /** Nothing is taken in before. */
  govern(gate: (exchange: Exchange) => Gate, nonce: string): Gate {
    const made = gate(this.#exchange);
    const now = (): number => this.#now;
    this.#desk = { exchange: this.#exchange, gate: made, nonce, changed: { rows: 0 }, now };
    return made;
  }

  /** Messages sent to PostgreSQL and not answered yet. */
  get depth(): number {
    return this.#exchange.conversation.depth;
  }

  get running(): boolean {
    return this.depth > 0 || this.#task !== null;
  }

  /** Milliseconds since the epoch; null when nothing runs. */
  get busySince(): number | null {
    return this.depth > 0 ? this.#busySince : null;
  }

  /** When the last message went by, in either direction. */
  get idleSince(): number {
    return this.#now;
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
    return this.#exchange.assembler.prepared.bytes;
  }

  progress(seq: number): Progress {
    return this.#exchange.progress(seq);
  }

  /** Settings as PostgreSQL reported them when the session was opened: ParameterStatus messages. */
  reported(statuses: readonly Uint8Array[]): void {
    for (const bytes of statuses) this.#exchange.tells({ code: bytes[0] ?? 0, bytes });
  }

  /** The agent's frames of one turn. An error is the agent's breach of the protocol: nothing of the turn may be sent. */
  fromAgent(frames: readonly Frame[], now: number): Result<Turn, string> {
    this.#now = now;
    this.#waiting = this.#waiting.length === 0 ? [...frames] : [...this.#waiting, ...frames];
    const terminated = this.#advance();
    return terminated.ok ? ok(this.#turn(terminated.value, false)) : terminated;
  }

  /** Messages that were taken in wait for an answer of PostgreSQL's. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Bytes of them. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** PostgreSQL's frames of one turn. An error is a reply that nobody asked for. */
  fromUpstream(frames: readonly Frame[], now: number): Result<Turn, string> {
    this.#now = now;
    let fatal = false;
    // The record has ended: a late answer would be stored behind its end, or lost with what D1 holds already.
    if (this.#abandoned) return ok(NOTHING);
    for (const frame of frames) {
      const received = this.#exchange.receive(frame, now);
      if (!received.ok) return received;
      const { confirmed, failed, mend: mends, ready, closed } = received.value;
      if (closed) this.#busySince = now;
      fatal = received.value.fatal || fatal;
      const gate = this.#desk?.gate;
      if (confirmed !== null) gate?.confirmed(confirmed.facts, confirmed.text);
      if (failed) gate?.failed();
      if (ready && this.#exchange.status === "I" && this.#task === null) gate?.transactionEnded();
      if (mends !== null && this.#desk !== null && this.#task === null)
        this.#begin(mend(this.#desk, mends.statement, mends.at));
      if (this.depth > 0) continue;
      this.#changing = false;
      this.#limited = false;
      this.#resume();
    }
    return ok(this.#turn(false, fatal));
  }

  /**
   * Ends the running response with an ErrorResponse of ours; the caller cancels the statement in PostgreSQL. What
   * PostgreSQL still sends for it is neither forwarded nor recorded: the record holds what the agent saw. False when it
   * is being cut already.
   */
  cut(error: Uint8Array): boolean {
    if (!this.#exchange.cut(error)) return false;
    this.#cancelling = true;
    return true;
  }

  /** The cancel request for what was cut has been delivered: what follows cannot be hit by it. */
  cancelled(): void {
    this.#cancelling = false;
  }

  /** Decides anew on what runs, under the policy that came into force: what it is told when it is refused now, else null. */
  redecide(): Uint8Array | null {
    const gate = this.#desk?.gate;
    const facts = this.#exchange.conversation.current?.facts ?? null;
    if (gate === undefined || facts === null) return null;
    const judged = gate.weigh(facts, this.#now);
    return judged.kind === "refused" ? refusalError(judged.text) : null;
  }

  /** The same for the error that ends the session: it takes the place of what the running statement ends with. */
  cutForGood(error: Uint8Array): void {
    this.#exchange.cutForGood(error);
  }

  /** The agent has got the error of {@link cutForGood}. */
  get toldForGood(): boolean {
    return this.#exchange.toldForGood;
  }

  /** The agent is gone: rows that still come are seen by nobody, and so not recorded. How it ends still is. */
  mute(): void {
    this.#exchange.mute();
  }

  /** The connection is lost: whatever was sent and not answered has an unknown outcome. */
  abandon(now: number): void {
    this.#abandoned = true;
    this.#interrupted = this.running;
    this.#exchange.abandon(now);
  }

  #turn(terminated: boolean, fatal: boolean): Turn {
    const cancel = this.#wantsCancel;
    this.#wantsCancel = false;
    return { ...this.#exchange.take(this.#now), terminated, fatal, cancel };
  }

  /** Takes messages in as far as it can be told what to do with them. True at Terminate. */
  #advance(): Result<boolean, string> {
    const { conversation } = this.#exchange;
    const idle = this.depth === 0;
    let taken = 0;
    try {
      for (const frame of this.#waiting) {
        if (this.#task === null) this.#resume();
        if (this.#mustWait(frame)) {
          // PostgreSQL tells what it has to tell of what it got so far; a Flush has no reply of its own.
          this.#nudge();
          break;
        }
        if (conversation.copyState === "open" && !PASSES_COPY.has(frame.code)) {
          // PostgreSQL ignores a Sync in copy-in mode; not forwarded, nothing depends on whether it still was in that mode.
          if (frame.code === FRONTEND_CODES.sync) {
            taken++;
            continue;
          }
          // … and ends the connection with anything else, in these words (copyfromparse.c, CopyGetData).
          return err(
            `unexpected message type 0x${frame.code.toString(16).toUpperCase()} during COPY from stdin`,
          );
        }
        const next = this.#take(frame);
        if (!next.ok) return next;
        if (next.value === "wait") {
          this.#nudge();
          break;
        }
        taken++;
        this.#rounds = 0;
        this.#unanswerable = null;
        if (next.value === "terminate") return ok(true);
      }
      return ok(false);
    } finally {
      this.#waiting = taken === this.#waiting.length ? [] : this.#waiting.slice(taken);
      if (idle && this.depth > 0) this.#busySince = this.#now;
    }
  }

  // In order: behind one that waits, all wait.
  #mustWait({ code }: Frame): boolean {
    const { copyState } = this.#exchange.conversation;
    // What breaks a copy breaks it inside of a task too.
    if (this.#task !== null) return copyState !== "open" || code === FRONTEND_CODES.terminate;
    if (this.#cancelling) return true;
    if (copyState === "perhaps") return !PASSES_COPY.has(code);
    if (this.depth === 0 || code === FRONTEND_CODES.sync || PASSES_COPY.has(code)) return false;
    return this.#changing || (this.#limited && (this.#exchange.unsynced || this.#exchange.status !== "I"));
  }

  #nudge(): void {
    const exchange = this.#exchange;
    if (exchange.flushed || this.depth === 0) return;
    exchange.write(FLUSH);
    exchange.flushed = true;
  }

  #take(frame: Frame): Result<"taken" | "wait" | "terminate", string> {
    const desk = this.#desk;
    if (desk === null) return err("a message came before the session was open");
    const exchange = this.#exchange;
    // Hot and opaque: not decoded, and data alone.
    if (frame.code === FRONTEND_CODES.copy_data) return this.#pass(frame);
    const decoded = decodeFrontend(frame);
    if (!decoded.ok) return err(decoded.error.detail);
    if (this.#unanswerable !== null && exchange.conversation.skipping && EXTENDED.has(frame.code))
      return this.#fails(desk, decoded.value, this.#unanswerable);
    const given = { busy: this.depth > 0, unanswerable: this.#unanswerable, rounds: this.#rounds };
    const { open } = desk.gate.policy;
    const considered = open
      ? observe(desk, decoded.value, given)
      : consider(desk, decoded.value, frame, given);
    switch (considered.kind) {
      case "ask":
        if (this.depth > 0) return ok("wait");
        this.#rounds++;
        this.#begin(this.#ask(desk, considered, EXTENDED.has(frame.code)));
        return ok("wait");
      case "wait":
        return ok("wait");
      case "task":
        this.#begin(considered.task);
        return ok("taken");
      case "pass":
        break;
    }
    const { judged, mark } = considered;
    const refused = considered.failing !== null;
    const assembled = exchange.assembler.message(decoded.value, this.#now, mark);
    if (!assembled.ok) return assembled;
    if (assembled.value.kind === "terminate") return ok("terminate");
    const { kind, statement } = assembled.value;
    if (decoded.value.kind === "parse" && !refused && judged?.facts)
      desk.gate.names.meant(decoded.value.statement, judged.facts);
    if (decoded.value.kind === "bind" && !refused && judged?.facts) {
      const portal = exchange.assembler.prepared.portal(decoded.value.portal);
      if (portal !== null) desk.gate.names.bound(portal, judged.facts);
    }
    for (const facts of considered.seen?.facts ?? []) statement?.decided(desk.gate.harmless, facts);
    statement?.isOf(considered.seen?.kinds ?? []);
    if (judged !== null) statement?.decided(judged.decision, judged.facts);
    else if (statement?.undecided === true && !exchange.conversation.skipping)
      statement.decided(desk.gate.harmless, null);
    if (statement !== null) exchange.note(statement, kind === "copy" ? frame.bytes : null);
    this.#send(frame, considered);
    return ok("taken");
  }

  /** A question of ours failed in the middle of its batch: PostgreSQL skips it already, so the error is told by us. */
  #fails(desk: Desk, message: DecodedFrontendMessage, error: Uint8Array): Result<"taken", string> {
    const { exchange, gate } = desk;
    const assembled = exchange.assembler.message(message, this.#now);
    if (!assembled.ok) return assembled;
    const statement = assembled.value.kind === "terminate" ? null : assembled.value.statement;
    statement?.decided(failedToAsk(gate, error).decision, null);
    if (statement !== null) exchange.note(statement, null);
    exchange.deliver(statement, { code: BACKEND_CODES.error_response, bytes: error }, this.#now);
    gate.failed();
    return ok("taken");
  }

  #send(frame: Frame, considered: Extract<Considered, { kind: "pass" }>): void {
    const exchange = this.#exchange;
    const { code } = frame;
    // PostgreSQL skips it, whatever it is: it is neither decided on nor sent.
    if (exchange.conversation.skipping && SKIPPED.has(code)) return;
    const error = considered.mark?.refusal;
    if (considered.failing !== null && error !== undefined) {
      const like = { error, facts: considered.judged?.facts ?? null, status: exchange.status };
      exchange.write(failingLike(considered.failing, this.#nonce, like));
    } else exchange.write(considered.replacement ?? frame.bytes);
    // After it the transaction, and with it what names mean, may be another.
    const ends =
      code === FRONTEND_CODES.sync || code === FRONTEND_CODES.query || code === FRONTEND_CODES.function_call;
    if (considered.changes || (ends && this.#desk?.gate.dirty === true)) this.#changing = true;
    if (considered.mark?.returned !== undefined) this.#limited = true;
    if (EXTENDED.has(code)) exchange.unsynced = true;
    if (code === FRONTEND_CODES.execute) exchange.executed = true;
    if (code === FRONTEND_CODES.sync) {
      exchange.unsynced = false;
      exchange.executed = false;
    }
    if (code === FRONTEND_CODES.sync || code === FRONTEND_CODES.flush) exchange.flushed = true;
    // A COPY inside of a task: its completion comes when it is asked for.
    if (this.#task !== null && code !== FRONTEND_CODES.copy_data) exchange.write(FLUSH);
  }

  get #nonce(): string {
    return this.#desk?.nonce ?? "";
  }

  /** Data of a copy: as it is. */
  #pass(frame: Frame): Result<"taken" | "terminate", string> {
    const exchange = this.#exchange;
    const assembled = exchange.assembler.take(frame, this.#now);
    if (!assembled.ok) return assembled;
    if (assembled.value.kind === "terminate") return ok("terminate");
    const { kind, statement } = assembled.value;
    if (statement !== null) exchange.note(statement, kind === "copy" ? frame.bytes : null);
    exchange.write(frame.bytes);
    return ok("taken");
  }

  *#ask(desk: Desk, { questions }: Extract<Considered, { kind: "ask" }>, extended: boolean): Task {
    const { exchange } = desk;
    // A Query or FunctionCall ends the batch; an Execute of ours in it would keep its transaction open.
    if (!extended && !exchange.executed) exchange.unsynced = false;
    this.#unanswerable = yield* ask(desk, questions);
    if (extended || !exchange.conversation.skipping) return;
    // No Sync of the agent's will come: PostgreSQL ends what has failed as it does when a Query fails.
    exchange.own([SYNC]);
    exchange.unsynced = false;
    yield;
  }

  #begin(task: Task): void {
    this.#task = task;
    this.#resume();
  }

  /** Goes on with the task, once all it has sent is answered. */
  #resume(): void {
    while (this.#task !== null && this.depth === 0) {
      if (this.#task.next().done === true) this.#task = null;
    }
  }

  /** A row of a limited statement: the error that ends it, when it is one too many. */
  #returned({ returned }: Mark, bytes: number): Uint8Array | null {
    const policy = this.#desk?.gate.policy;
    if (returned === undefined || policy === undefined || this.#exchange.isCut) return null;
    returned.rows++;
    returned.bytes += bytes;
    const { rowsReturned, bytesReturned } = policy.limits;
    const rows = rowsReturned !== null && returned.rows > rowsReturned;
    if (!rows && (bytesReturned === null || returned.bytes <= bytesReturned)) return null;
    // A cancel request that comes late would hit what runs behind it.
    if (this.#exchange.onlyHead) {
      this.#wantsCancel = true;
      this.#cancelling = true;
    }
    return rows
      ? limitError(
          "rows_returned",
          `the result has more than ${rowsReturned} rows, the most that a statement may return`,
          "Ask for fewer rows, with a narrower WHERE or with LIMIT, or aggregate in the database.",
          policy.version,
        )
      : limitError(
          "bytes_returned",
          `the result is larger than ${bytesReturned} bytes, the most that a statement may return`,
          "Ask for fewer rows or shorter columns.",
          policy.version,
        );
  }
}

const NOTHING: Turn = { toAgent: [], toUpstream: [], terminated: false, fatal: false, cancel: false };
