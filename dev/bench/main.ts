// `npm run bench`: one run, all paths, interleaved: in each round every path does a slice of every workload, so that whatever
// else the machine does hits all of them. Prints the table, writes it and the figures to dev/bench/results/. No thresholds of time;
// what docs/cost.md says of rows and bytes has to be what was counted.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { type GateCost, gateTable, measureGate } from "./gate-cost.ts";
import { maskingTable, measureMasking } from "./masking.ts";
import { disagreements } from "./cost-document.ts";
import { cpuTable, measureCpu } from "./cpu-cost.ts";
import { openWays } from "./paths.ts";
import { type Measured, toTable } from "./report.ts";
import { measureRowsWritten } from "./rows-written.ts";
import { WireClient } from "./wire-client.ts";
import { query } from "./wire-messages.ts";
import { SET_UP, type Workload, workloads } from "./workloads.ts";

const RESULTS = join(import.meta.dirname, "results");

const values = readOptions({
  rounds: { type: "string", default: "5" },
  "slice-ms": { type: "string", default: "1000" },
  /** Only workloads whose name holds this. */
  only: { type: "string", default: "" },
  "no-rows": { type: "boolean", default: false },
  "no-gate": { type: "boolean", default: false },
  "no-cpu": { type: "boolean", default: false },
  "no-masking": { type: "boolean", default: false },
});

async function measure(
  rounds: number,
  chosen: readonly Workload[],
): Promise<{ measured: Measured[]; names: string[]; gate: GateCost[] }> {
  const ways = await openWays();
  try {
    const admin = await WireClient.connect(ways.stack.dev.upstream);
    await admin.exchange(query(SET_UP));
    await admin.end();
    const figures = chosen.map((): Record<string, number[]> => ({}));
    for (let round = 0; round < rounds; round++) {
      for (const [i, workload] of chosen.entries()) {
        // Another path begins each round: none is always the one after the noisy one.
        for (let turn = 0; turn < ways.paths.length; turn++) {
          const path = ways.paths[(turn + round) % ways.paths.length];
          if (path === undefined) continue;
          const figure = await workload.measure(path.url);
          ((figures[i] ??= {})[path.name] ??= []).push(figure);
        }
      }
      console.error(`round ${round + 1} of ${rounds}`);
    }
    const measured = chosen.map(({ name, unit }, i) => ({
      workload: { name, unit },
      figures: figures[i] ?? {},
    }));
    const gate = values["no-gate"] ? [] : await measureGate(ways.stack.dev.upstream);
    return { measured, names: ways.paths.map(({ name }) => name), gate };
  } finally {
    await ways.stop();
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const chosen = workloads(Number(values["slice-ms"])).filter(({ name }) => name.includes(values.only));
const { measured, names, gate } = await measure(Number(values.rounds), chosen);
const rows = values["no-rows"] ? [] : await measureRowsWritten();
const cpu = values["no-cpu"] ? [] : await measureCpu();
const masking = values["no-masking"] ? [] : await measureMasking();
const machine = `${availableParallelism()} CPUs (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.version}`;
const text = [
  `${values.rounds} rounds; median (least–greatest). ${machine}.`,
  toTable(measured, names),
  ...(gate.length === 0 ? [] : [gateTable(gate)]),
  ...(masking.length === 0 ? [] : [maskingTable(masking)]),
  ...(rows.length === 0
    ? []
    : [
        [
          "| rows written | object | D1 | bytes in D1 |",
          "|---|---:|---:|---:|",
          ...rows.map(
            ({ what, object, d1, storedBytes }) =>
              `| ${what} | ${object.toFixed(2)} | ${d1.toFixed(2)} | ${storedBytes.toFixed(0)} |`,
          ),
        ].join("\n"),
      ]),
  ...(cpu.length === 0 ? [] : [cpuTable(cpu)]),
  "",
].join("\n\n");
mkdirSync(RESULTS, { recursive: true });
const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
writeFileSync(join(RESULTS, `${stamp}.md`), text);
writeFileSync(
  join(RESULTS, `${stamp}.json`),
  `${JSON.stringify({ machine, measured, gate, masking, rows, cpu }, null, 2)}\n`,
);
console.log(text);
const document = readFileSync(join(import.meta.dirname, "../../docs/cost.md"), "utf8");
const wrong = disagreements(document, rows);
for (const what of wrong) console.log(what);
// Of rows and bytes: they are counted, and the same on every machine.
if (wrong.length > 0) process.exitCode = 1;
