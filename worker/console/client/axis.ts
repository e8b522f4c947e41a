// The player's time: from the session's own to the one that is played, in which long pauses may be shortened. Pure.

export interface Axis {
  /** Length of the played time, in milliseconds. */
  readonly length: number;
  /** When the n-th statement starts, in played time. */
  readonly at: (n: number) => number;
  /** The statement that is current at a played time: the last that has started. */
  readonly indexAt: (played: number) => number;
}

/** A pause that says "later" and does not bore. */
const SHORTENED_MS = 1_500;

/** `starts` in ascending order, in the session's time; `end` of the last statement. */
export function axisOf(starts: readonly number[], end: number, shorten: boolean): Axis {
  const played = new Float64Array(starts.length);
  // What was before the first is told by the session's start, not by waiting.
  let [time, before] = [0, starts[0] ?? 0];
  for (const [n, start] of starts.entries()) {
    const gap = Math.max(0, start - before);
    time += shorten ? Math.min(gap, SHORTENED_MS) : gap;
    before = Math.max(before, start);
    played[n] = time;
  }
  const rest = Math.max(0, end - before);
  const length = Math.max(1, time + (shorten ? Math.min(rest, SHORTENED_MS) : rest));
  return {
    length,
    at: (n) => played[n] ?? 0,
    indexAt: (at) => {
      let [low, high] = [0, played.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((played[middle] ?? 0) <= at) low = middle;
        else high = middle - 1;
      }
      return Math.max(0, low);
    },
  };
}
