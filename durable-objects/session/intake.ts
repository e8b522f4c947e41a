// Takes the agent's messages in, in order and as far as it can be told what to do with them: each is sent, refused, asked
// about or worked on as a task, or waits, and behind one that waits all wait. Does not look at what PostgreSQL answers.

import {
  BACKEND_CODES,
  type DecodedFrontendMessage,
  decodeFrontend,
  type Frame,
  FRONTEND_CODES,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import { type Considered, consider } from "./consider/index.ts";
import type { Exchange } from "./exchange.ts";
import { failingLike } from "./gate/failing-like.ts";
import { FLUSH, SYNC } from "./gate/own-messages.ts";
import { observe } from "./observe.ts";
import { Elsewhere } from "./tasks/elsewhere.ts";
import { TaskRunner } from "./tasks/runner.ts";
import { ask, describeFirst, type Desk, failedToAsk, type Task } from "./tasks/task.ts";
import { WaitingFrames } from "./waiting-frames.ts";

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

export class Intake {
  readonly #exchange: Exchange;
  readonly tasks: TaskRunner;
  readonly elsewhere: Elsewhere;
  readonly waiting = new WaitingFrames();
  desk: Desk | null = null;
  /** The catalog could not be asked for the first message that waits: this is what it gets. */
  #unanswerable: Uint8Array | null = null;
  #rounds = 0;
  /** Something is under way after which names, prepared statements or the transaction may be others. */
  #changing = false;
  /** Rows of what is under way are limited: it may be cut short, and what follows would be in the way. */
  #limited = false;
  /** A cancel request is on its way, and would hit what follows. */
  cancelling = false;
  #now = 0;

  /** `woken`: what a task waited for elsewhere has come. */
  constructor(exchange: Exchange, woken: () => void) {
    const elsewhere = new Elsewhere(woken);
    this.#exchange = exchange;
    this.elsewhere = elsewhere;
    this.tasks = new TaskRunner(() => exchange.conversation.depth === 0 && !elsewhere.waits);
  }

  get #busy(): boolean {
    return this.#exchange.conversation.depth > 0;
  }

  /** PostgreSQL has answered all that was sent. */
  answered(): void {
    this.#changing = false;
    this.#limited = false;
  }

  /** Takes messages in as far as it can be told what to do with them. True at Terminate. */
  advance(now: number): Result<boolean, string> {
    this.#now = now;
    const { conversation } = this.#exchange;
    for (let frame = this.waiting.first; frame !== undefined; frame = this.waiting.first) {
      this.tasks.resume();
      if (this.#mustWait(frame)) {
        // PostgreSQL tells what it has to tell of what it got so far; a Flush has no reply of its own.
        this.#nudge();
        break;
      }
      if (conversation.copyState === "open" && !PASSES_COPY.has(frame.code)) {
        // PostgreSQL ignores a Sync in copy-in mode; not forwarded, nothing depends on whether it still was in that mode.
        if (frame.code === FRONTEND_CODES.sync) {
          this.waiting.shift();
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
      this.waiting.shift();
      this.#rounds = 0;
      this.#unanswerable = null;
      if (next.value === "terminate") return ok(true);
    }
    return ok(false);
  }

  // In order: behind one that waits, all wait.
  #mustWait({ code }: Frame): boolean {
    const { copyState } = this.#exchange.conversation;
    // What breaks a copy breaks it inside of a task too.
    if (this.tasks.busy) return copyState !== "open" || code === FRONTEND_CODES.terminate;
    if (this.cancelling) return true;
    if (copyState === "perhaps") return !PASSES_COPY.has(code);
    if (!this.#busy || code === FRONTEND_CODES.sync || PASSES_COPY.has(code)) return false;
    return this.#changing || (this.#limited && (this.#exchange.unsynced || this.#exchange.status !== "I"));
  }

  #nudge(): void {
    const exchange = this.#exchange;
    if (exchange.flushed || !this.#busy) return;
    exchange.write(FLUSH);
    exchange.flushed = true;
  }

  #take(frame: Frame): Result<"taken" | "wait" | "terminate", string> {
    const { desk } = this;
    if (desk === null) return err("a message came before the session was open");
    const exchange = this.#exchange;
    // Hot and opaque: not decoded, and data alone.
    if (frame.code === FRONTEND_CODES.copy_data) return this.#pass(frame);
    const decoded = decodeFrontend(frame);
    if (!decoded.ok) return err(decoded.error.detail);
    if (this.#unanswerable !== null && exchange.conversation.skipping && EXTENDED.has(frame.code))
      return this.#fails(desk, decoded.value, this.#unanswerable);
    const given = { busy: this.#busy, unanswerable: this.#unanswerable, rounds: this.#rounds };
    const { open } = desk.gate.policy;
    const considered = open
      ? observe(desk, decoded.value, given)
      : consider(desk, decoded.value, frame, given);
    switch (considered.kind) {
      case "ask":
        if (this.#busy) return ok("wait");
        this.#rounds++;
        this.tasks.begin(this.#ask(desk, considered, EXTENDED.has(frame.code)));
        return ok("wait");
      case "wait":
        return ok("wait");
      case "task":
        this.tasks.begin(considered.task);
        return ok("taken");
      case "pass":
        break;
    }
    const { judged, mark } = considered;
    const refused = considered.failing !== null;
    if (decoded.value.kind === "execute" && !refused) describeFirst(desk, decoded.value.portal, mark);
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
    if (considered.parsed !== null && judged?.facts && desk.masking.masks !== null)
      statement?.analysed(considered.parsed, judged.facts);
    if (judged !== null) statement?.decided(judged.decision, judged.facts);
    if (judged?.facts && !refused) desk.holder?.reason.learn(judged.facts);
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
      exchange.write(failingLike(considered.failing, this.desk?.nonce ?? "", like));
    } else exchange.write(considered.replacement ?? frame.bytes);
    // After it the transaction, and with it what names mean, may be another.
    const ends =
      code === FRONTEND_CODES.sync || code === FRONTEND_CODES.query || code === FRONTEND_CODES.function_call;
    if (considered.changes || (ends && this.desk?.gate.dirty === true)) this.#changing = true;
    if (considered.mark?.returned !== undefined) this.#limited = true;
    if (EXTENDED.has(code)) exchange.unsynced = true;
    if (code === FRONTEND_CODES.execute) exchange.executed = true;
    if (code === FRONTEND_CODES.bind) exchange.bound = true;
    if (code === FRONTEND_CODES.sync) {
      exchange.unsynced = false;
      exchange.executed = false;
      exchange.bound = false;
    }
    if (code === FRONTEND_CODES.sync || code === FRONTEND_CODES.flush) exchange.flushed = true;
    // A COPY inside of a task: its completion comes when it is asked for.
    if (this.tasks.busy && code !== FRONTEND_CODES.copy_data) exchange.write(FLUSH);
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
}
