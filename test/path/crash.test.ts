// The promise "recorded before it counts", tried on the real thing: workerd and the whole gateway side are killed under a
// write load, a few times; `npm run crash` does it as often as one likes. Needs a stack of its own, since it kills it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { type CampaignOptions, type CampaignResult, runCampaign } from "../../dev/crash/campaign.ts";

const TRIES = 5;
/** The open policy before, one with limits and approvals behind. */
const KILL_ALL_EVERY = 3;
const FORGETFUL = resolve(import.meta.dirname, "../../dev/crash/workers/forgetful-gateway.ts");

async function campaign(options: Partial<CampaignOptions>): Promise<CampaignResult> {
  const state = mkdtempSync(join(tmpdir(), "sluice-crash-"));
  const fixed = { state, random: Math.random, progress: () => undefined };
  try {
    return await runCampaign({ tries: TRIES, killAllEvery: KILL_ALL_EVERY, ...fixed, ...options });
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

test("whatever the database holds after a kill at any instant is in the record, once, and what was interrupted says so", async () => {
  const { breaches, figures, kills, whole } = await campaign({ shards: 2 });
  expect(breaches).toEqual([]);
  expect(whole).toBe(figures.sessions);
  // The kills met a load: else nothing was tried.
  expect(kills.all).toBe(1);
  expect(kills.workerd).toBeGreaterThan(0);
  expect(figures.told.ready).toBeGreaterThan(TRIES);
  expect(figures.sameAnswers).toBeGreaterThan(TRIES);
  expect(figures.states["completed"]).toBeGreaterThan(TRIES);
  expect(figures.told.sent).toBeGreaterThan(0);
}, 240_000);

test("a gateway that records a few milliseconds late is found out", async () => {
  const { breaches } = await campaign({ main: FORGETFUL, tries: 4, killAllEvery: 0 });
  const unrecorded = expect.stringMatching(/^row \S+ is in the database and not in the record$/);
  expect(breaches).toContainEqual({ kind: "effect", what: unrecorded });
}, 240_000);
