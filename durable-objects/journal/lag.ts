// How long a session's journal has been ahead of D1, and when somebody has to hear of it. In normal times nobody does: a session
// tells the log's object only when D1 has not taken its record for a while, so that this costs nothing, and works while D1 does
// not. Pure: no clock.

/** An alarm or two of the object: a hiccup is no news. */
const BEHIND_MS = 10_000;
/** How often one that stays behind says so. */
const SAY_EVERY_MS = 60_000;

export class Lag {
  /** When the oldest of what D1 may not have was journalled; null: it has all. */
  #since: number | null = null;
  /** … that came while a drain was under way, and need not be in it. */
  #later: number | null = null;
  #draining = false;
  #saidAt: number | null = null;

  journalled(now: number): void {
    this.#since ??= now;
    if (this.#draining) this.#later ??= now;
  }

  /** A drain begins. */
  begins(): void {
    this.#draining = true;
    this.#later = null;
  }

  /** D1 has what was journalled when the drain began. True where somebody thinks that it is behind. */
  ends(): boolean {
    this.#draining = false;
    this.#since = this.#later;
    const said = this.#saidAt !== null && this.#since === null;
    if (said) this.#saidAt = null;
    return said;
  }

  /** Since when it is behind, where that has to be said now; else null. */
  say(now: number): number | null {
    if (this.#since === null || now - this.#since < BEHIND_MS) return null;
    if (this.#saidAt !== null && now - this.#saidAt < SAY_EVERY_MS) return null;
    this.#saidAt = now;
    return this.#since;
  }
}
