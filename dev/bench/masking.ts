// What masking costs a large result: the same 45 MB through one gateway twice, from a table with two masked columns of ten and
// from one without, by turns. Run by itself (`node dev/bench/masking.ts`) it prints the rows; `npm run bench` has them too.

import { openStack } from "./paths.ts";
import { median } from "./workloads.ts";
import { WireClient } from "./wire-client.ts";
import { bind, execute, parse, query, sync } from "./wire-messages.ts";

export interface MaskCost {
  readonly what: string;
  /** Seconds, one a round. */
  readonly clear: readonly number[];
  readonly masked: readonly number[];
}

const ROUNDS = 7;
const ROWS = 45_000;
const LEAST_BYTES = 40_000_000;
const FILLERS = Array.from({ length: 7 }, (_, i) => `f${i}`);

/** Masks of which one looks at the ends of a value; and HMACs, the dearest of all. */
const TABLES = { masked: ["email", "{ mask: partial, last: 4 }"], hashed: ["hash", "hash"] } as const;
type Table = keyof typeof TABLES;

const POLICY = `extends: agent
limits: { rows_returned: 1000000, bytes_returned: 1GiB, statement_time: 10min }
mask:
${Object.entries(TABLES)
  .flatMap(([name, [email, card]]) => [
    `  public.bench_${name}.email: ${email}`,
    `  public.bench_${name}.card: ${card}`,
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
  "COPY, CSV": (table) => query(`COPY ${table} TO STDOUT (FORMAT csv)`),
  "COPY, binary": (table) => query(`COPY ${table} TO STDOUT (FORMAT binary)`),
} as const satisfies Record<string, (table: string) => Buffer>;

export async function measureMasking(rounds: number = ROUNDS): Promise<MaskCost[]> {
  const stack = await openStack({ policy: POLICY });
  try {
    const admin = await WireClient.connect(stack.dev.upstream);
    for (const statements of SET_UP) await admin.exchange(query(statements));
    await admin.end();
    const costs = Object.entries(WAYS).flatMap(([way, ask]) =>
      (Object.keys(TABLES) as Table[]).map((table) => ({
        what: `${way}: ${table === "hashed" ? "hash, hash" : "email, partial"}`,
        asks: [ask("bench_clear"), ask(`bench_${table}`)] as const,
        clear: [] as number[],
        masked: [] as number[],
      })),
    );
    for (let round = 0; round < rounds; round++) {
      for (const { asks, clear, masked } of costs) {
        const turns = [[asks[0], clear] as const, [asks[1], masked] as const];
        if (round % 2 === 1) turns.reverse();
        for (const [bytes, figures] of turns) figures.push(await slice(stack.dev.postgres, bytes));
      }
      console.error(`masking: round ${round + 1} of ${rounds}`);
    }
    return costs.map(({ what, clear, masked }) => ({ what, clear, masked }));
  } finally {
    await stack.stop();
  }
}

async function slice(url: string, asked: Buffer): Promise<number> {
  const client = await WireClient.connect(url);
  const from = performance.now();
  const bytes = await client.exchange(asked);
  const took = (performance.now() - from) / 1000;
  await client.end();
  if (bytes < LEAST_BYTES) throw new Error(`the result has ${bytes} bytes`);
  return took;
}

/** Throughput masked to not masked is the ratio of times turned over: of each round, and then its median. */
export function maskingTable(costs: readonly MaskCost[]): string {
  return [
    "| 45 MB, two masked columns of ten | not masked (s) | masked (s) | masked : not masked |",
    "|---|---:|---:|---:|",
    ...costs.map(({ what, clear, masked }) => {
      const ratios = clear.map((seconds, round) => seconds / (masked[round] ?? Number.NaN));
      const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
      return `| ${what} | ${median(clear).toFixed(2)} | ${median(masked).toFixed(2)} | ${median(ratios).toFixed(2)} (${range}) |`;
    }),
  ].join("\n");
}

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  console.log(maskingTable(await measureMasking()));
}
