// The promise "recorded before it counts", tried on the real thing: workerd and the whole gateway side are killed under a
// write load, a few times; `npm run crash` does it as often as one likes. Needs a stack of its own, since it kills it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCampaign } from "../../dev/crash/campaign.ts";

const TRIES = 5;

test("whatever the database holds after a kill at any instant is in the record, once, and what was interrupted says so", async () => {
  const state = mkdtempSync(join(tmpdir(), "sluice-crash-"));
  try {
    const { breaches, figures, kills } = await runCampaign({
      tries: TRIES,
      state,
      killAllEvery: TRIES,
      random: Math.random,
      progress: () => undefined,
    });
    expect(breaches).toEqual([]);
    // The kills met a load: else nothing was tried.
    expect(kills.all).toBe(1);
    expect(kills.workerd).toBeGreaterThan(0);
    expect(figures.told.ready).toBeGreaterThan(TRIES);
    expect(figures.states["completed"]).toBeGreaterThan(TRIES);
    expect(figures.told.sent).toBeGreaterThan(0);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}, 240_000);
