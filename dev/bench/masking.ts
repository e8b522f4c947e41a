// What masking costs a large result: the same 45 MB through one gateway twice, from a table with two masked columns of ten and
// from one without, by turns. Run by itself (`node dev/bench/masking.ts`) it prints the rows; `npm run bench` has them too.

import { readFileSync } from "node:fs";
import type { StackProcess } from "../crash/stack-process.ts";
import { openStack } from "./paths.ts";
import { median } from "./workloads.ts";
import { WireClient } from "./wire-client.ts";
import { bind, execute, parse, query, sync } from "./wire-messages.ts";

/** Seconds, by the clock and of workerd's processor time: the latter says more where others work beside. */
interface Took {
  readonly clock: number;
  readonly processor: number;
}

export interface MaskCost {
  readonly what: string;
  /** One a round. */
  readonly clear: readonly Took[];
  readonly masked: readonly Took[];
}

const ROUNDS = 5;
const ROWS = 45_000;
const LEAST_BYTES = 40_000_000;
const FILLERS = Array.from({ length: 7 }, (_, i) => `f${i}`);

/** Of the columns email and card: masks that look at the value, and HMACs, the dearest of all. */
const TABLES = {
  masked: ["email", "partial"],
  hashed: ["hash", "hash"],
} as const;
type Table = keyof typeof TABLES;

const POLICY = `extends: agent
limits: { rows_returned: 1000000, bytes_returned: 1GiB, statement_time: 10min }
mask:
${Object.entries(TABLES)
  .flatMap(([name, [email, card]]) => [
    `  public.bench_${name}.email: ${email}`,
    `  public.bench_${name}.card: ${card === "partial" ? "{ mask: partial, last: 4 }" : card}`,
  ])
  .join("\n")}
`;

/** Ten columns, some 1000 bytes a row. */
const SET_UP = ["clear", ...Object.keys(TABLES)].map(
  (name) => `
  DROP TABLE IF EXISTS bench_${name};
  CREATE TABLE bench_${name} AS SELECT i AS id, 'person' || i || '@host' || i % 100 || '.example.org' AS email,
    '4' || lpad((i::bigint * 7919)::text, 15, '0') AS card, ${FILLERS.map((filler) => `repeat('x', 130) AS ${filler}`).join(", ")}
    FROM generate_series(1, ${ROWS}) i;
  ANALYZE bench_${name}`,
);

const WAYS = {
  text: (table) => query(`SELECT * FROM ${table}`),
  binary: (table) => Buffer.concat([parse("", `SELECT * FROM ${table}`), bind("", [], 1), execute(), sync()]),
  "COPY, text": (table) => query(`COPY ${table} TO STDOUT`),
  "COPY, binary": (table) => query(`COPY ${table} TO STDOUT (FORMAT binary)`),
} as const satisfies Record<string, (table: string) => Buffer>;

const MEASURED: readonly { readonly way: keyof typeof WAYS; readonly table: Table }[] = [
  { way: "text", table: "masked" },
  { way: "text", table: "hashed" },
  { way: "binary", table: "masked" },
  { way: "COPY, text", table: "masked" },
  { way: "COPY, binary", table: "masked" },
];

export async function measureMasking(rounds: number = ROUNDS): Promise<MaskCost[]> {
  const stack = await openStack({ policy: POLICY });
  try {
    const admin = await WireClient.connect(stack.dev.upstream);
    for (const statements of SET_UP) await admin.exchange(query(statements));
    await admin.end();
    const costs = MEASURED.map(({ way, table }) => ({
      what: `${way}: ${TABLES[table].join(" and ")}`,
      asks: [WAYS[way]("bench_clear"), WAYS[way](`bench_${table}`)] as const,
      clear: [] as Took[],
      masked: [] as Took[],
    }));
    for (let round = 0; round < rounds; round++) {
      for (const { asks, clear, masked } of costs) {
        const turns = [[asks[0], clear] as const, [asks[1], masked] as const];
        if (round % 2 === 1) turns.reverse();
        for (const [bytes, figures] of turns) figures.push(await slice(stack, bytes));
      }
      console.error(`masking: round ${round + 1} of ${rounds}`);
    }
    return costs.map(({ what, clear, masked }) => ({ what, clear, masked }));
  } finally {
    await stack.stop();
  }
}

async function slice(stack: StackProcess, asked: Buffer): Promise<Took> {
  const client = await WireClient.connect(stack.dev.postgres);
  const [from, spent] = [performance.now(), processorSeconds(stack)];
  const bytes = await client.exchange(asked);
  const took = { clock: (performance.now() - from) / 1000, processor: processorSeconds(stack) - spent };
  await client.end();
  if (bytes < LEAST_BYTES) throw new Error(`the result has ${bytes} bytes`);
  return took;
}

/** Of workerd so far: utime and stime, proc_pid_stat(5), after the name in parentheses. */
function processorSeconds(stack: StackProcess): number {
  const [pid] = stack.workerd();
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** USER_HZ of Linux. */
const TICKS_A_SECOND = 100;

/** Throughput masked to not masked is the ratio of times turned over: of each round, and then its median. */
export function maskingTable(costs: readonly MaskCost[]): string {
  const row = ({ what, clear, masked }: MaskCost): string => {
    const ratio = (of: keyof Took): string => {
      const ratios = clear.map((took, round) => took[of] / (masked[round]?.[of] ?? Number.NaN));
      return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
    };
    const seconds = [clear, masked].map((all) => median(all.map(({ clock }) => clock)).toFixed(2));
    return `| ${[what, ...seconds, ratio("clock"), ratio("processor")].join(" | ")} |`;
  };
  return [
    "| 45 MB, two masked columns of ten | not masked (s) | masked (s) | masked : not masked | by processor time |",
    "|---|---:|---:|---:|---:|",
    ...costs.map(row),
  ].join("\n");
}

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  console.log(maskingTable(await measureMasking()));
}
