// Tells the stopwatch, turn by turn, who is waited for: reads it off what is on its way and what waits. Measures nothing itself.

import type { Exchange } from "./exchange.ts";
import type { Intake } from "./intake.ts";
import type { Stopwatch, WaitsFor } from "./stopwatch.ts";

export class Timing {
  readonly #watch: Stopwatch;
  readonly #exchange: Exchange;
  readonly #intake: Intake;
  /** Something of what is on its way to PostgreSQL has left. */
  #left = false;

  constructor(watch: Stopwatch, exchange: Exchange, intake: Intake) {
    this.#watch = watch;
    this.#exchange = exchange;
    this.#intake = intake;
  }

  /** A turn begins. */
  begins(now: number): void {
    this.#watch.elapse(now);
    // Of what is being answered; what passed before there is such a one is its, once there is.
    const { current } = this.#exchange.conversation;
    if (current !== null) this.#watch.give(current);
  }

  /** A turn of PostgreSQL's begins. An answer to what is not known to have left: how long that took is not known either. */
  answers(now: number): void {
    if (this.#left) this.begins(now);
    else this.#watch.skip(now);
  }

  /** PostgreSQL has answered all that was sent. */
  answered(): void {
    this.#left = false;
  }

  /** What was given to be sent has left. */
  leaves(now: number): void {
    this.begins(now);
    this.#left = this.#exchange.conversation.depth > 0;
    this.ends();
  }

  /** A turn ends. */
  ends(): void {
    this.#watch.waitFor(this.#waitsFor);
  }

  get #waitsFor(): WaitsFor {
    const { elsewhere, tasks, waiting } = this.#intake;
    const { depth, currentMark } = this.#exchange.conversation;
    if (elsewhere.waits) return "approval";
    if (depth === 0) return waiting.length > 0 || tasks.busy ? "gateway" : "nobody";
    return this.#left && currentMark?.own === undefined ? "postgresql" : "gateway";
  }
}
