// Processor time that workerd uses for a small statement and for a GB of results, by what is kept of them, beside that of a relay
// that does nothing (workers/null-relay.ts). All of workerd: the Worker, its objects, the local D1 and every sync. It is time of
// the processor and not of the clock, so a busy machine matters little. `node dev/bench/cpu-cost.ts` prints it.

import { workerdBelow, pause } from "../crash/stack-process.ts";
import { LOOPBACK } from "../ports.ts";
import { Supervisor } from "../supervisor.ts";
import { processorMs } from "./cpu.ts";
import { openStack, startNullRelay } from "./paths.ts";
import { WireClient } from "./wire-client.ts";
import { query } from "./wire-messages.ts";

export interface CpuCost {
  readonly what: string;
  /** Of a small statement; null where it was not measured. */
  readonly statementMs: number | null;
  /** Of 10^9 bytes of results. */
  readonly gigabyteSeconds: number;
}

const STATEMENTS = 2_000;
const RESULT_ROWS = 100_000;
/** With what a DataRow has beside its value. */
const ROW_BYTES = 1_000;
const ROW_OVERHEAD_BYTES = 11;
/** What is carried to D1 behind the answer belongs to it. */
const SETTLE_MS = 3_000;

/** Tables are of one row, and say by their name what is kept of what is read from them. */
const TABLES = ["as_rows", "as_digest", "as_counts"] as const;
const GOVERNED = `extends: owner
rules:
  - { id: digest, when: { kind: select, relation: public.as_digest }, then: observe, record: digest }
  - { id: counts, when: { kind: select, relation: public.as_counts }, then: observe, record: counts }
`;

type Workload = (client: WireClient) => Promise<unknown>;

const statements: Workload = async (client) => {
  for (let i = 0; i < STATEMENTS; i++) await client.exchange(query("SELECT 1"));
};

function result(table: (typeof TABLES)[number]): Workload {
  const columns = `repeat('x', ${ROW_BYTES - ROW_OVERHEAD_BYTES})`;
  return (client) =>
    client.exchange(query(`SELECT ${columns} FROM ${table}, generate_series(1, ${RESULT_ROWS})`));
}

/** Milliseconds of all `pids`, a session's beginning and end included. */
async function spent(pids: readonly number[], url: string, work: Workload): Promise<number> {
  const before = processorMs(pids);
  const client = await WireClient.connect(url);
  await work(client);
  await client.end();
  await pause(SETTLE_MS);
  return processorMs(pids) - before;
}

async function cost(
  what: string,
  pids: readonly number[],
  url: string,
  table: (typeof TABLES)[number],
  alone = false,
): Promise<CpuCost> {
  const bytes = RESULT_ROWS * ROW_BYTES;
  return {
    what,
    statementMs: alone ? null : (await spent(pids, url, statements)) / STATEMENTS,
    gigabyteSeconds: ((await spent(pids, url, result(table))) / 1000) * (1e9 / bytes),
  };
}

export async function measureCpu(): Promise<CpuCost[]> {
  const supervisor = new Supervisor({
    note: (part, text) => console.error(`${part}: ${text}`),
    lost: (error) => console.error(error.message),
  });
  const open = await openStack();
  const governed = await openStack({ policy: GOVERNED, flags: ["--upstream", open.dev.upstream] });
  try {
    const admin = await WireClient.connect(open.dev.upstream);
    for (const table of TABLES) await admin.exchange(query(`CREATE TABLE ${table} AS SELECT 1 AS one`));
    await admin.end();
    const others = new Set(workerdBelow(process.pid));
    const direct = new URL(open.dev.upstream);
    const { port } = await startNullRelay(supervisor, Number(direct.port));
    direct.host = `${LOOPBACK}:${port}`;
    const relay = workerdBelow(process.pid).filter((pid) => !others.has(pid));
    const { postgres } = governed.dev;
    return [
      await cost("a relay that does nothing", relay, direct.href, "as_rows"),
      await cost("an open document, rows kept", open.workerd(), open.dev.postgres, "as_rows"),
      await cost("a governed one, rows kept", governed.workerd(), postgres, "as_rows"),
      await cost("a governed one, digest and counts kept", governed.workerd(), postgres, "as_digest", true),
      await cost("a governed one, counts kept", governed.workerd(), postgres, "as_counts", true),
    ];
  } finally {
    await supervisor.stop();
    await governed.stop();
    await open.stop();
  }
}

export function cpuTable(costs: readonly CpuCost[]): string {
  return [
    "| processor time of workerd | a small statement | a GB of results |",
    "|---|---:|---:|",
    ...costs.map(
      ({ what, statementMs, gigabyteSeconds }) =>
        `| ${what} | ${statementMs === null ? "" : `${statementMs.toFixed(2)} ms`} | ${gigabyteSeconds.toFixed(1)} s |`,
    ),
  ].join("\n");
}

if (import.meta.main) console.log(cpuTable(await measureCpu()));
