// The path of a statement, as its table of contents: what comes from the agent is considered message by message, decided
// on, and sent, refused, or worked on as a task; what comes from PostgreSQL is attributed, held or forwarded.
// Synchronous from bytes to bytes: what it gives back to send is given after what must be durable before was written, and
// the object's output gate does the rest. Owns neither socket.

import type { GrantUse, Recording } from "#core/policy";
import type { Frame } from "#core/wire";
import { ok, type Result } from "../../core/result.ts";
import type { Progress } from "../journal/index.ts";
import { Exchange } from "./exchange.ts";
import type { StatementJournal } from "./kept-journal.ts";
import type { Holder } from "./approval/index.ts";
import type { Gate } from "./gate/gate.ts";
import type { Mark } from "./gate/mark.ts";
import { ceilingError, maskError, MASKS_CHANGED, refusalError, UNMASKABLE } from "./gate/refusals.ts";
import type { SessionMasks } from "./masking/session-masks.ts";
import { Intake } from "./intake.ts";
import { Stopwatch } from "./stopwatch.ts";
import { Timing } from "./timing.ts";
import { grantReturned } from "./tasks/grant-limits.ts";
import { countReturned } from "./tasks/returned.ts";
import type { Interruption } from "./tasks/elsewhere.ts";
import { mend } from "./tasks/run-execute.ts";

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
  readonly #intake: Intake;
  readonly #timing: Timing;
  #wantsCancel = false;
  #abandoned = false;
  #interrupted = false;
  #now = 0;
  /** When the oldest message that is not answered went out. */
  #busySince = 0;

  /** `onAsynchronous` gets a frame that belongs to no statement; at `onWoken` the caller takes what {@link woken} gives. */
  constructor(
    journal: StatementJournal,
    onAsynchronous: (frame: Uint8Array) => void,
    onWoken: () => void = (): void => undefined,
  ) {
    const events = {
      asynchronous: onAsynchronous,
      returned: (mark: Mark, bytes: number) => this.#returned(mark, bytes),
      unrecordable: (passed: "statement" | "session") => this.#unrecordable(passed),
      unmaskable: () => this.#unmaskable(),
    };
    const watch = new Stopwatch();
    this.#exchange = new Exchange(journal, events, watch);
    this.#intake = new Intake(this.#exchange, onWoken);
    this.#timing = new Timing(watch, this.#exchange, this.#intake);
  }

  /** Nothing is taken in before. */
  govern(
    gate: (exchange: Exchange) => Gate,
    masking: (gate: Gate) => SessionMasks,
    nonce: string,
    holder: Holder | null = null,
  ): Gate {
    const exchange = this.#exchange;
    const made = gate(exchange);
    const now = (): number => this.#now;
    exchange.masking = masking(made);
    exchange.recording = (): Recording => made.policy.recording;
    this.#intake.desk = {
      exchange,
      gate: made,
      masking: exchange.masking,
      nonce,
      changed: { rows: 0 },
      now,
      elsewhere: this.#intake.elsewhere,
      holder,
    };
    return made;
  }

  /** Messages sent to PostgreSQL and not answered yet. */
  get depth(): number {
    return this.#exchange.conversation.depth;
  }

  get running(): boolean {
    return this.depth > 0 || this.#intake.tasks.busy;
  }

  /** Milliseconds since the epoch; null when nothing runs. */
  get busySince(): number | null {
    return this.depth > 0 ? this.#busySince : null;
  }

  /** Of grants with limits that what runs now runs by. */
  get grants(): readonly GrantUse[] {
    return this.#exchange.conversation.currentMark?.grants ?? [];
  }

  /** When the last message went by, in either direction; a session that is kept waiting is not idle. */
  get idleSince(): number {
    return this.#intake.elsewhere.waits ? Number.POSITIVE_INFINITY : this.#now;
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
    this.#timing.begins(now);
    const idle = this.depth === 0;
    this.#intake.waiting.push(frames);
    const terminated = this.#intake.advance(now);
    if (idle && this.depth > 0) this.#busySince = now;
    return terminated.ok ? ok(this.#turn(terminated.value, false)) : terminated;
  }

  /** What a task waited for elsewhere has come: it goes on. */
  woken(now: number): Turn {
    this.#now = now;
    this.#timing.begins(now);
    if (this.#abandoned) return NOTHING;
    const idle = this.depth === 0;
    this.#intake.tasks.resume();
    if (idle && this.depth > 0) this.#busySince = now;
    return this.#turn(false, false);
  }

  /** Whoever waits for something elsewhere does so no longer. False where nobody does; else the caller takes a turn. */
  interrupt(why: Interruption): boolean {
    return this.#intake.elsewhere.interrupt(why);
  }

  /** What was given to be sent to PostgreSQL has left. */
  written(now: number): void {
    this.#timing.leaves(now);
  }

  /** Messages that were taken in wait for an answer of PostgreSQL's. */
  get waits(): boolean {
    return this.#intake.waiting.length > 0;
  }

  /** Bytes of them. */
  get waitingBytes(): number {
    return this.#intake.waiting.bytes;
  }

  /** PostgreSQL's frames of one turn. An error is a reply that nobody asked for. */
  fromUpstream(frames: readonly Frame[], now: number): Result<Turn, string> {
    this.#now = now;
    this.#timing.answers(now);
    const { desk, tasks } = this.#intake;
    let fatal = false;
    // The record has ended: a late answer would be stored behind its end, or lost with what D1 holds already.
    if (this.#abandoned) return ok(NOTHING);
    for (const frame of frames) {
      const received = this.#exchange.receive(frame, now);
      if (!received.ok) return received;
      const { confirmed, failed, mend: mends, ready, closed } = received.value;
      if (closed) this.#busySince = now;
      fatal = received.value.fatal || fatal;
      const gate = desk?.gate;
      if (confirmed !== null) gate?.confirmed(confirmed.facts, confirmed.text);
      if (failed) gate?.failed();
      if (ready && this.#exchange.status === "I" && !tasks.busy) gate?.transactionEnded();
      if (mends !== null && desk !== null && !tasks.busy) tasks.begin(mend(desk, mends.statement, mends.at));
      if (this.depth > 0) continue;
      this.#timing.answered();
      this.#intake.answered();
      tasks.resume();
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
    this.#intake.cancelling = true;
    return true;
  }

  /** The cancel request for what was cut has been delivered: what follows cannot be hit by it. */
  cancelled(): void {
    this.#intake.cancelling = false;
  }

  /** Decides anew on what runs, under the policy that came into force: what it is told when it is refused now, else null. */
  redecide(): Uint8Array | null {
    const { desk } = this.#intake;
    const { conversation } = this.#exchange;
    const facts = conversation.current?.facts ?? null;
    if (desk === null || facts === null) return null;
    // It fails already, and is told why.
    if (conversation.currentMark?.refusal !== undefined) return null;
    const judged = desk.gate.weigh(facts, this.#now);
    if (judged.kind === "refused") return refusalError(judged.text);
    // What was approved goes on; what ran unasked is asked for from now on.
    const approved = conversation.current?.decision.effect === "approve";
    if (judged.kind === "held" && !approved) return refusalError(judged.told);
    return desk.masking.stillHolds(conversation.currentMark?.mask ?? null, facts)
      ? null
      : maskError(MASKS_CHANGED, desk.gate.policy.version);
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
    this.#timing.ends();
    return { ...this.#exchange.take(this.#now), terminated, fatal, cancel };
  }

  /** A cancel request that comes late would hit what runs behind it. */
  #cancelHead(): void {
    if (!this.#exchange.onlyHead) return;
    this.#wantsCancel = true;
    this.#intake.cancelling = true;
  }

  #unrecordable(passed: "statement" | "session"): Uint8Array {
    this.#cancelHead();
    const policy = this.#intake.desk?.gate.policy;
    return ceilingError(passed, policy?.recording.ceiling[passed] ?? 0, policy?.version ?? "");
  }

  #unmaskable(): Uint8Array {
    this.#cancelHead();
    return maskError(UNMASKABLE, this.#intake.desk?.gate.policy.version ?? "");
  }

  /** A row of a limited statement: the error that ends it, when it is one too many. */
  #returned({ returned, grants = [] }: Mark, bytes: number): Uint8Array | null {
    const { desk } = this.#intake;
    const policy = desk?.gate.policy;
    if (returned === undefined || policy === undefined || this.#exchange.isCut) return null;
    const excess =
      countReturned(returned, bytes, policy) ??
      grantReturned(grants, returned, desk?.holder?.budgets ?? null);
    if (excess !== null) this.#cancelHead();
    return excess;
  }
}

const NOTHING: Turn = { toAgent: [], toUpstream: [], terminated: false, fatal: false, cancel: false };
