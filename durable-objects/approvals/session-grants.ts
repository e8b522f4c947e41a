// What a session has just in time: read when it begins, when its target's object says that something changed, when one of
// them ends, and now and then while it has any, in case word was lost. Owns the timer.

import type { ActiveGrant } from "#core/policy";

/** Within five seconds a revoked grant is over, whether word of it came or not. */
const LOOK_EVERY_MS = 3_000;

export interface GrantsSource {
  /** Also tells the object to whom it has to send word. */
  readonly read: () => Promise<readonly ActiveGrant[]>;
  readonly changed: (grants: readonly ActiveGrant[]) => void;
  /** The session is over: no more word of it. */
  readonly leave: () => void;
  readonly now: () => number;
}

export class SessionGrants {
  readonly #source: GrantsSource;
  #grants: readonly ActiveGrant[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;
  #listens = false;

  constructor(source: GrantsSource) {
    this.#source = source;
  }

  get active(): readonly ActiveGrant[] {
    return this.#grants;
  }

  /** Fails closed: without an answer there is no grant, and the next look asks again. */
  async begin(): Promise<readonly ActiveGrant[]> {
    this.#listens = true;
    this.#grants = await this.#source.read().catch(() => []);
    this.#arm();
    return this.#grants;
  }

  /** Looks now. Never rejects. */
  async told(): Promise<void> {
    const before = this.#grants;
    this.#listens = true;
    // What cannot be asked about is believed until its time, and no longer.
    const read = await this.#source.read().catch(() => before);
    const now = this.#source.now();
    this.#grants = read.filter(({ until }) => until > now);
    if (this.#stopped) return;
    this.#arm();
    if (JSON.stringify(before) !== JSON.stringify(this.#grants)) this.#source.changed(this.#grants);
  }

  stop(): void {
    if (this.#listens && !this.#stopped) this.#source.leave();
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stopped || this.#grants.length === 0) return;
    const ends = Math.min(...this.#grants.map(({ until }) => until)) - this.#source.now();
    this.#timer = setTimeout(() => void this.told(), Math.max(0, Math.min(LOOK_EVERY_MS, ends)));
  }
}
