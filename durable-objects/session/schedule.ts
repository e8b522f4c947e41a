// What a session does when a time has come: to be called off together when it ends. Timers only.

/** setTimeout takes 31 bits, 24 days; a later time is approached in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Schedule {
  readonly #now: () => number;
  #standing: (() => void)[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  at(at: number, act: () => void): void {
    this.add(schedule(at, this.#now, act));
  }

  /** Calls `act` that long before `at`; not at all where that has passed. */
  before(at: number, ms: number, act: () => void): void {
    if (at - this.#now() > ms) this.at(at - ms, act);
  }

  /** What else has to be called off. */
  add(callOff: () => void): void {
    this.#standing.push(callOff);
  }

  callOff(): void {
    for (const callOff of this.#standing) callOff();
    this.#standing = [];
  }
}

/** Calls `act` at `at` (milliseconds since the epoch), at once if that has passed. Gives the function that calls it off. */
function schedule(at: number, now: () => number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const step = (): void => {
    const left = at - now();
    if (left <= 0) act();
    else timer = setTimeout(step, Math.min(left, LONGEST_TIMER_MS));
  };
  timer = setTimeout(step, 0);
  return () => clearTimeout(timer);
}
