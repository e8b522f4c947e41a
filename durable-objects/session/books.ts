// The session's statements as far as the record is not done with them: which may still change, and which of them have to be
// journalled before this turn's bytes leave. Writes nothing itself; the recorder does.

import type { Masks } from "#core/policy";
import type { Frame } from "#core/wire";
import type { Progress } from "../journal/index.ts";
import { attribute } from "./attribute.ts";
import type { Shown } from "./masking/answers.ts";
import type { Recorder } from "./recorder.ts";
import type { Statement } from "./statement.ts";
import { Tally } from "./tally.ts";

export class Books {
  readonly #recorder: Recorder;
  /** Statements that may still change, by seq: what the outbox must not take for final. */
  readonly #live = new Map<number, Statement>();
  /** Statements whose intent is not journalled in its present form. */
  readonly #unintended = new Set<Statement>();
  readonly #touched = new Set<Statement>();
  readonly tally = new Tally();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  progress(seq: number): Progress {
    const statement = this.#live.get(seq);
    if (statement === undefined) return "final";
    if (statement.settled && statement.progress === "final") this.#live.delete(seq);
    return statement.progress;
  }

  /** Its intent is journalled before this turn's bytes leave. */
  note(statement: Statement, copied: Uint8Array | null): void {
    this.#live.set(statement.seq, statement);
    this.#touched.add(statement);
    if (statement.intentStale) this.#unintended.add(statement);
    if (copied !== null) this.#recorder.request(statement, copied);
  }

  /** Something of it was answered. */
  touch(statement: Statement): void {
    this.#touched.add(statement);
  }

  /** A frame of its answer, and what of it the agent saw. */
  answer(statement: Statement, came: Frame, shown: Shown | null, masks: Masks | null, now: number): void {
    statement.firstByteAt ??= now;
    if (shown !== null) this.#recorder.response(statement, shown.record);
    this.#touched.add(statement);
    attribute(statement, came, shown, masks, now);
  }

  /** What of this turn has to be durable before its bytes leave is journalled. */
  close(now: number): void {
    for (const statement of this.#unintended) this.#recorder.intend(statement);
    this.#unintended.clear();
    this.#recorder.flushRequests();
    this.#settleTouched(now);
  }

  /** One that was flushed and answered is kept for its Sync alone, with its text and the end of its response. */
  forget(statement: Statement): void {
    if (statement.settled && statement.progress === "final") this.#live.delete(statement.seq);
  }

  /** No answer comes any more: what is not answered has an unknown outcome. */
  abandon(now: number): void {
    for (const statement of this.#live.values()) {
      statement.assembling = false;
      statement.awaitsReady = false;
      if (statement.unanswered > 0 || !statement.settled) this.#recorder.settle(statement, now);
      statement.unanswered = 0;
    }
    this.#live.clear();
  }

  // A statement that a Sync will close is settled with it; one that the agent flushed is settled when it is answered,
  // and once more with its ReadyForQuery.
  #settleTouched(now: number): void {
    for (const statement of this.#touched) {
      if (statement.unanswered > 0 || statement.assembling) continue;
      this.#recorder.settle(statement, now);
      this.tally.count(statement);
      if (statement.progress === "final") this.#live.delete(statement.seq);
    }
    this.#touched.clear();
  }
}
