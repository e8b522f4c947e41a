// `npm run crash -- --tries N`: kills the gateway under a mixed load, N times, and checks the record against the database and
// against what the clients were told. Prints figures, and every breach; exit code 1 if there is one. The last line sums up.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readOptions } from "../options.ts";
import { runCampaign } from "./campaign.ts";
import type { BreachKind } from "./verdict.ts";

const values = readOptions({
  tries: { type: "string", default: "20" },
  "kill-all-every": { type: "string", default: "20" },
  seed: { type: "string", default: `${Date.now() % 1_000_000}` },
  state: { type: "string" },
  policy: { type: "string" },
  shards: { type: "string", default: "1" },
});

/** mulberry32: the instants of a run can be had again, as far as the machine allows. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function at(sorted: readonly number[], part: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return value === undefined ? "none" : `${(value / 1000).toFixed(1)} s`;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const state =
  values.state === undefined ? mkdtempSync(join(tmpdir(), "sluice-crash-")) : resolve(values.state);
const began = Date.now();
console.log(`seed ${values.seed}, state in ${state}`);
const result = await runCampaign({
  tries: Number(values.tries),
  state,
  shards: Number(values.shards),
  killAllEvery: Number(values["kill-all-every"]),
  random: randomFrom(Number(values.seed)),
  ...(values.policy === undefined ? {} : { policy: resolve(values.policy) }),
  progress: (line) => console.log(line),
});
const { figures, breaches, whole, kills, approved, recoveredAfterMs, drainedAfterMs, verifiedInMs } = result;
const { told, states, ways } = figures;
const minutes = (Date.now() - began) / 60_000;
console.log(`
${kills.workerd} kills of workerd, ${kills.all} of the whole gateway side, in ${minutes.toFixed(1)} min
clients were told: ${told.ready} ready, ${told.failed} failed, ${told.sent} nothing (interrupted); ${approved} were approved
load: ${JSON.stringify(ways)}
database: ${figures.rows} rows; record: ${figures.sessions} sessions, ${figures.statements} statements ${JSON.stringify(states)}
statements whose outcome was lost and whose effect is there, marked unknown: ${figures.effectsUnknown}
answers whose bytes are those of the record: ${figures.sameAnswers}
recovery wrote the end after ${at(recoveredAfterMs, 0.5)} (median), ${at(recoveredAfterMs, 1)} (worst), ${recoveredAfterMs.length} sessions
D1 had everything ${(drainedAfterMs / 1000).toFixed(1)} s after the last kill; chains were verified in ${(verifiedInMs / 1000).toFixed(0)} s`);
for (const { kind, what } of breaches.slice(0, 50)) console.log(`  ${kind}: ${what}`);
const of = (kind: BreachKind): number => breaches.filter((breach) => breach.kind === kind).length;
console.log(
  `crash: ${values.tries} tries: effects without intent ${of("effect")}, entries lost ${of("lost")}, duplicates ${of("duplicate")}, chains that verify ${whole} of ${figures.sessions}, other breaches ${of("other") + of("chain")}`,
);
if (breaches.length > 0) process.exitCode = 1;
else if (values.state === undefined) rmSync(state, { recursive: true, force: true });
