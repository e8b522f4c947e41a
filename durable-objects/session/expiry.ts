// The end of a session by its token: a warning, then the end. Timers only.

/** setTimeout takes 31 bits, 24 days; a later time is approached in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `act` at `at` (milliseconds since the epoch), at once if that has passed. Gives the function that calls it off. */
export function schedule(at: number, now: () => number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const step = (): void => {
    const left = at - now();
    if (left <= 0) act();
    else timer = setTimeout(step, Math.min(left, LONGEST_TIMER_MS));
  };
  timer = setTimeout(step, 0);
  return () => clearTimeout(timer);
}
