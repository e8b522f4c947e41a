// What is taken away, in which order. A list, for outage.ts and for the tests, which have less time.

import type { Episode } from "./surroundings.ts";

const CLOCK_STEP_MS = 5 * 60_000;

/** `away`: how long D1 is away; `short`: each of the others. In seconds. */
export function episodesOf(away: number, short: number): Episode[] {
  return [
    { name: "D1 fails", conditions: { d1: "fail" }, seconds: away / 2 },
    { name: "D1 hangs", conditions: { d1: "hang" }, seconds: away / 2 },
    { name: "D1 is full", conditions: { d1: "full" }, seconds: short },
    { name: "the bucket fails", conditions: { bucket: "fail" }, seconds: short },
    { name: "the clock is put back", conditions: { clockMs: -CLOCK_STEP_MS }, seconds: short },
    { name: "the clock is put forward", conditions: { clockMs: CLOCK_STEP_MS }, seconds: short },
    { name: "the object's storage fails", conditions: { object: "fail" }, seconds: short },
    { name: "nothing is away", conditions: {}, seconds: short },
  ];
}
