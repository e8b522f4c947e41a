// How long the outbox lets D1 be after it has failed. Pure.

const FIRST_MS = 500;
/** D1 that is back has everything no later than this and a quarter of it after. */
const MOST_MS = 15_000;

/**
 * Milliseconds until the next try after `failures` in a row; 0 after none. `random` is from 0 to 1: objects that were all turned
 * away at once do not all come back at once.
 */
export function backOffMs(failures: number, random: number): number {
  if (failures === 0) return 0;
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(whole * (0.75 + random / 2));
}
