// When the outbox carries: soon, at the alarm, and less and less often while D1 fails. On a clock of the test's own.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backOffMs } from "../../../durable-objects/journal/back-off.ts";
import { Carriage } from "../../../durable-objects/journal/carriage.ts";

const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface World {
  readonly carriage: Carriage;
  /** Times of the tries. */
  readonly tries: number[];
  readonly alarms: number[];
  /** How D1 answers from now on. */
  d1: () => Promise<boolean>;
}

function world(): World {
  const made: World = {
    tries: [],
    alarms: [],
    d1: () => Promise.resolve(false),
    carriage: new Carriage({
      drain: () => {
        made.tries.push(Date.now());
        return made.d1();
      },
      holds: () => true,
      setAlarm: (at) => void made.alarms.push(at),
      live: () => true,
      whole: () => Promise.resolve(),
      now: () => Date.now(),
      random: () => 0.5,
    }),
  };
  return made;
}

const fails = (): Promise<boolean> => Promise.reject(new Error("D1 is away"));

/** A session that journals something every 100 ms, and the platform that delivers its alarms. */
async function live({ carriage, alarms }: World, ms: number): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until;) {
    carriage.soon();
    await vi.advanceTimersByTimeAsync(100);
    const due = alarms.at(-1) ?? 0;
    if (due > 0 && due <= Date.now()) {
      alarms.push(0);
      await carriage.alarm();
    }
  }
}

describe("the rest that D1 is given", () => {
  test("doubles from half a second to a quarter of a minute, and no two objects keep step", () => {
    expect([0, 1, 2, 3, 5, 6, 40].map((failures) => backOffMs(failures, 0.5))).toEqual([
      0, 500, 1_000, 2_000, 8_000, 15_000, 15_000,
    ]);
    expect([backOffMs(9, 0), backOffMs(9, 1)]).toEqual([11_250, 18_750]);
  });
});

describe("a live session", () => {
  test("carries four times a second at most while D1 takes it", async () => {
    const made = world();
    await live(made, MINUTE_MS);
    expect(made.tries.length).toBeGreaterThan(100);
    expect(made.tries.length).toBeLessThan(260);
  });

  test("asks a D1 that is away for ten minutes a few times a minute, and has everything there soon after it is back", async () => {
    const made = world();
    made.d1 = fails;
    await live(made, 10 * MINUTE_MS);
    expect(made.tries.length).toBeGreaterThan(30);
    expect(made.tries.length).toBeLessThan(130);
    const back = Date.now();
    made.d1 = () => Promise.resolve(false);
    await live(made, 30_000);
    const first = made.tries.find((at) => at >= back) ?? Number.POSITIVE_INFINITY;
    expect(first - back).toBeLessThan(19_000);
    // From then on it carries as often as before.
    expect(made.tries.filter((at) => at > first + 1_000).length).toBeGreaterThan(15);
  });

  test("asks nothing more of a D1 that does not answer until it does, and then once", async () => {
    const made = world();
    const answer = Promise.withResolvers<boolean>();
    made.d1 = () => answer.promise;
    for (let i = 0; i < 100; i++) {
      made.carriage.soon();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(made.tries).toHaveLength(1);
    answer.resolve(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(made.tries).toHaveLength(2);
  });
});

describe("the alarm", () => {
  test("stands again whatever came of it: near while D1 fails, far once all is there", async () => {
    const made = world();
    made.d1 = fails;
    for (let i = 0; i < 8; i++) await made.carriage.alarm();
    expect((made.alarms.at(-1) ?? 0) - Date.now()).toBe(15_000);
    made.d1 = () => Promise.resolve(false);
    await vi.advanceTimersByTimeAsync(15_000);
    await made.carriage.alarm();
    expect((made.alarms.at(-1) ?? 0) - Date.now()).toBe(60_000);
  });

  test("is set near again where the clock was put back by an hour, and where it was put forward", async () => {
    const made = world();
    made.carriage.soon();
    for (const step of [-60, 60]) {
      vi.setSystemTime(Date.now() + step * MINUTE_MS);
      made.carriage.soon();
      expect((made.alarms.at(-1) ?? 0) - Date.now()).toBe(5_000);
    }
  });
});
