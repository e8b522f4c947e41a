// What is measured, each as a function from a path to one figure per slice. A slice is short, so that the paths can take turns
// and share whatever else the machine is doing.

import { WireClient } from "./wire-client.ts";
import { bind, describePortal, execute, parse, query, sync } from "./wire-messages.ts";

export interface Workload {
  readonly name: string;
  readonly unit: "ms" | "per second" | "s";
  /** One slice. */
  measure(url: string): Promise<number>;
}

export const TABLE = "bench_accounts";
export const ACCOUNTS = 10_000;
export const SET_UP = `
  DROP TABLE IF EXISTS ${TABLE};
  CREATE TABLE ${TABLE} (id integer PRIMARY KEY, balance integer NOT NULL);
  INSERT INTO ${TABLE} SELECT i, i * 7 FROM generate_series(1, ${ACCOUNTS}) i;
  ANALYZE ${TABLE}`;

const LARGE_ROWS = 45_000;
const LARGE_ROW_BYTES = 1000;
/** LARGE_ROWS of about LARGE_ROW_BYTES: 45 MB. */
const LARGE_RESULT = `SELECT i, repeat('x', ${LARGE_ROW_BYTES - 15}) FROM generate_series(1, ${LARGE_ROWS}) i`;
const COPY_CHUNK_ROWS = 64;

const PROTOCOLS = ["simple", "extended", "prepared"] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** The preparation of a connection, then a statement for each id. */
const STATEMENTS: Readonly<
  Record<Protocol, { readonly first: Buffer | null; readonly one: (id: string) => Buffer }>
> = {
  simple: { first: null, one: (id) => query(`SELECT balance FROM ${TABLE} WHERE id = ${id}`) },
  extended: {
    first: null,
    one: (id) =>
      Buffer.concat([
        parse("", `SELECT balance FROM ${TABLE} WHERE id = $1`),
        bind("", [id]),
        describePortal(),
        execute(),
        sync(),
      ]),
  },
  prepared: {
    first: Buffer.concat([parse("balance", `SELECT balance FROM ${TABLE} WHERE id = $1`), sync()]),
    one: (id) => Buffer.concat([bind("balance", [id]), execute(), sync()]),
  },
};

export function workloads(sliceMs: number): Workload[] {
  return [
    ...PROTOCOLS.flatMap((protocol): Workload[] => [
      {
        name: `SELECT, ${protocol}, 1 client: latency`,
        unit: "ms",
        measure: async (url) => median((await select(url, protocol, 1, sliceMs)).latencies),
      },
      {
        name: `SELECT, ${protocol}, 8 clients: latency`,
        unit: "ms",
        measure: async (url) => median((await select(url, protocol, 8, sliceMs)).latencies),
      },
      {
        name: `SELECT, ${protocol}, 8 clients: throughput`,
        unit: "per second",
        measure: async (url) => (await select(url, protocol, 8, sliceMs)).perSecond,
      },
    ]),
    { name: "connection set-up", unit: "ms", measure: (url) => connections(url, 10) },
    { name: "45 MB result", unit: "s", measure: largeResult },
    { name: "45 MB COPY in", unit: "s", measure: largeCopy },
  ];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function select(
  url: string,
  protocol: Protocol,
  clients: number,
  sliceMs: number,
): Promise<{ readonly latencies: number[]; readonly perSecond: number }> {
  const { first, one } = STATEMENTS[protocol];
  const open = await Promise.all(Array.from({ length: clients }, () => WireClient.connect(url)));
  for (const client of open) {
    if (first !== null) await client.exchange(first);
    // What a first statement costs (plans, caches, a lazy compile) is not what is asked here.
    for (let i = 0; i < 20; i++) await client.exchange(one("1"));
  }
  const latencies: number[] = [];
  const began = performance.now();
  const until = began + sliceMs;
  await Promise.all(
    open.map(async (client, n) => {
      for (let i = n; performance.now() < until; i += 97) {
        const bytes = one(`${(i % ACCOUNTS) + 1}`);
        const from = performance.now();
        await client.exchange(bytes);
        latencies.push(performance.now() - from);
      }
    }),
  );
  const perSecond = (latencies.length * 1000) / (performance.now() - began);
  await Promise.all(open.map((client) => client.end()));
  return { latencies, perSecond };
}

async function connections(url: string, count: number): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const from = performance.now();
    const client = await WireClient.connect(url);
    took.push(performance.now() - from);
    await client.end();
  }
  return median(took);
}

async function largeResult(url: string): Promise<number> {
  const client = await WireClient.connect(url);
  const from = performance.now();
  const bytes = await client.exchange(query(LARGE_RESULT));
  const took = (performance.now() - from) / 1000;
  await client.end();
  if (bytes < 0.99 * LARGE_ROWS * LARGE_ROW_BYTES) throw new Error(`the result has ${bytes} bytes`);
  return took;
}

async function largeCopy(url: string): Promise<number> {
  const client = await WireClient.connect(url);
  await client.exchange(query("CREATE TEMP TABLE copied (id integer, filler text)"));
  const row = `1\t${"x".repeat(LARGE_ROW_BYTES - 3)}\n`;
  const chunk = Buffer.from(row.repeat(COPY_CHUNK_ROWS));
  const chunks = Array.from(
    { length: Math.ceil((LARGE_ROWS * LARGE_ROW_BYTES) / chunk.length) },
    () => chunk,
  );
  const from = performance.now();
  await client.copyIn("COPY copied FROM STDIN", chunks);
  const took = (performance.now() - from) / 1000;
  await client.end();
  return took;
}
