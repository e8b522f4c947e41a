// What the gateway stands on is taken away under load, on the full stack: D1 fails, hangs, is full; the bucket fails; the clock
// steps; the object's own storage fails. `node dev/crash/outage.ts --minutes 10` does it as long as one likes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { episodesOf } from "../../dev/crash/episodes.ts";
import {
  type EpisodeResult,
  runSurroundings,
  type SurroundingsResult,
} from "../../dev/crash/surroundings.ts";

/** Longer than LEDGER_ANSWER_MS: what hangs is given up on, and asked again. */
const AWAY_SECONDS = 4;
const SHORT_SECONDS = 1;

const state = mkdtempSync(join(tmpdir(), "sluice-outage-"));
let result: SurroundingsResult;

beforeAll(async () => {
  result = await runSurroundings({
    episodes: episodesOf(AWAY_SECONDS, SHORT_SECONDS),
    state,
    limits: { LEDGER_ANSWER_MS: 500 },
    restMs: 50,
    progress: () => undefined,
  });
}, 300_000);

afterAll(() => rmSync(state, { recursive: true, force: true }));

function episode(name: string): EpisodeResult {
  const found = result.episodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there was no episode "${name}"`);
  return found;
}

describe("statements go on, recorded in their session's object, and D1 has all of them soon after, while", () => {
  test.for(["D1 fails", "D1 hangs", "D1 is full", "the bucket fails"])("%s", (name) => {
    const { answered, refused, lost, caughtUpMs, heapMb } = episode(name);
    expect(refused).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(0);
    expect(lost).toEqual([]);
    expect(caughtUpMs).not.toBeNull();
    // Of 128 that an isolate may have; what waits is on disk.
    expect(Math.max(heapMb.away, heapMb.after)).toBeLessThan(64);
  });

  test.for(["the clock is put back", "the clock is put forward"])("%s", (name) => {
    const { answered, lost, caughtUpMs } = episode(name);
    expect(answered).toBeGreaterThan(0);
    expect(lost).toEqual([]);
    expect(caughtUpMs).not.toBeNull();
  });
});

test("a session that begins while the policy cannot be read is refused everything", () => {
  for (const name of ["D1 fails", "D1 hangs"])
    expect(episode(name).beginner).toMatch(/^42501: statement refused/);
});

test("where the object's storage fails, sessions end with 58030, new ones do not begin, and others serve once it is back", () => {
  const { lost, beginner } = episode("the object's storage fails");
  expect(lost.length).toBeGreaterThan(5);
  for (const what of [...lost, beginner])
    expect(what).toBe("58030: the record cannot be written, and nothing runs unrecorded");
  expect(episode("nothing is away")).toMatchObject({ lost: [], beginner: "ok" });
});

test("nothing ran unrecorded, nothing is lost, twice or out of order, and every chain verifies", () => {
  expect(result.breaches).toEqual([]);
  expect(result.whole).toBe(result.figures.sessions + result.episodes.filter(begun).length);
  expect(result.figures.sameAnswers).toBeGreaterThan(20);
});

/** Sessions that were begun beside the load, and are in the record. */
function begun({ beginner }: EpisodeResult): boolean {
  return !/^(28000|58030)/.test(beginner);
}
