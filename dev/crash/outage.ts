// `node dev/crash/outage.ts --minutes N`: D1 away for so long under load, failing and hanging by turns, then the shorter episodes of
// episodes.ts. Prints figures, and every breach; exit code 1 if there is one.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { episodesOf } from "./episodes.ts";
import { runSurroundings } from "./surroundings.ts";

const values = readOptions({ minutes: { type: "string", default: "10" } });
const REST_MS = 200;

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const state = mkdtempSync(join(tmpdir(), "sluice-outage-"));
const { breaches, figures, whole, memory } = await runSurroundings({
  episodes: episodesOf(Number(values.minutes) * 60, 10),
  state,
  limits: {},
  restMs: REST_MS,
  progress: (line) => console.log(line),
});
const { told, states } = figures;
console.log(`
clients were told: ${told.ready} ready, ${told.failed} failed, ${told.sent} nothing (interrupted)
record: ${figures.sessions} sessions, ${figures.statements} statements ${JSON.stringify(states)}; answers whose bytes are those of the record: ${figures.sameAnswers}
workerd: ${memory.start.toFixed(0)} MB at the start, ${memory.max.toFixed(0)} MB at most (medians of the first third ${memory.firstThird.toFixed(0)} MB, of the last ${memory.lastThird.toFixed(0)} MB)`);
for (const { kind, what } of breaches.slice(0, 50)) console.log(`  ${kind}: ${what}`);
console.log(
  `outage: ${figures.statements} statements: breaches ${breaches.length}, chains that verify ${whole}, sessions of the load among them ${figures.sessions}`,
);
if (breaches.length > 0) process.exitCode = 1;
else rmSync(state, { recursive: true, force: true });
