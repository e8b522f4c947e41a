// Whose the time of a statement is: PostgreSQL's, the gateway's own, or that of waiting for an approval. Told at the end of each turn
// who is waited for from then on, and at the beginning of the next when that is. What the gateway adds is what is left when
// PostgreSQL and people are taken away. Pure: no clock; docs/performance.md says what the platform's clock can tell.

export type WaitsFor = "nobody" | "postgresql" | "gateway" | "approval";

/** Milliseconds that a statement took beside PostgreSQL's. */
export interface Timed {
  addedMs: number;
  heldMs: number;
}

export class Stopwatch {
  #waitsFor: WaitsFor = "nobody";
  #since = 0;
  // Of what is under way, and given to no statement yet: there may be none before its message is decided on.
  #addedMs = 0;
  #heldMs = 0;

  /** A turn begins. A clock that was set back says nothing. */
  elapse(now: number): void {
    const ms = Math.max(0, now - this.#since);
    this.#since = now;
    if (this.#waitsFor === "gateway") this.#addedMs += ms;
    else if (this.#waitsFor === "approval") this.#heldMs += ms;
  }

  /** A turn begins, and whose the time since the last was cannot be told. */
  skip(now: number): void {
    this.#since = now;
  }

  /** A turn ends. */
  waitFor(whom: WaitsFor): void {
    this.#waitsFor = whom;
    if (whom !== "nobody") return;
    this.#addedMs = 0;
    this.#heldMs = 0;
  }

  /** What passed was this statement's. */
  give(statement: Timed): void {
    statement.addedMs += this.#addedMs;
    statement.heldMs += this.#heldMs;
    this.#addedMs = 0;
    this.#heldMs = 0;
  }
}
