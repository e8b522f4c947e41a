// `npm run bench:memory`: what workerd holds in memory while a large result goes to a slow reader, to a fast one, and while
// many sessions are open. Prints one line each. It samples and does not judge.
//
//   --megabytes N  size of the result (1024)        --rate N      MB/s of the slow reader (1)
//   --seconds N    how long the slow reader reads (120; 1100 is all of 1 GB)
//   --sessions N   open at once (200)               --only slow|fast|sessions
//   --governed     under the bench's document for agents, statements over tables and the catalog
//   --collect      collects garbage every 5 s and says what the gateway's isolate keeps alive

import { readOptions } from "../options.ts";
import { pause } from "../crash/stack-process.ts";
import { probePort } from "../ports.ts";
import { type Heap, readHeap } from "./heap.ts";
import { openStack } from "./paths.ts";
import { AGENT_POLICY } from "./policy.ts";
import { type Curve, watchMemory } from "./rss.ts";
import { WireClient } from "./wire-client.ts";
import { query } from "./wire-messages.ts";

const values = readOptions({
  megabytes: { type: "string", default: "1024" },
  rate: { type: "string", default: "1" },
  seconds: { type: "string", default: "120" },
  sessions: { type: "string", default: "200" },
  only: { type: "string" },
  collect: { type: "boolean", default: false },
  governed: { type: "boolean", default: false },
});
const ROW_BYTES = 1000;
const TICK_MS = 50;
const LOOK_MS = 5000;
const samples: Heap[] = [];
const result = query(
  `SELECT repeat('x', ${ROW_BYTES - 11}) FROM generate_series(1, ${(Number(values.megabytes) * 1e6) / ROW_BYTES})`,
);

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const inspector = (await probePort(0)) ?? 0;
const stack = await openStack({ inspector, ...(values.governed ? { policy: AGENT_POLICY } : {}) });
try {
  const workerd = stack.workerd();
  const url = stack.dev.postgres;
  // What a first session loads is not what a result costs.
  await (await WireClient.connect(url)).end();
  const parts = { slow: readSlowly, fast: readFast, sessions: openMany };
  for (const [name, part] of Object.entries(parts)) {
    if (values.only !== undefined && values.only !== name) continue;
    const before = await readHeap(inspector, values.collect);
    const stop = watchMemory(workerd);
    const what = await (values.collect ? lookWhile(part(url)) : part(url));
    console.log(`${what}
  ${describe(stop())}
  heap of the gateway's isolate ${mb(before.used)} before, ${describeHeap()}`);
    await pause(3000);
  }
} finally {
  await stack.stop();
}

function mb(value: number): string {
  return `${value.toFixed(0)} MB`;
}

function describeHeap(): string {
  const alive = samples.splice(0).map(({ used }) => used);
  return alive.length === 0
    ? "and was not looked at meanwhile"
    : `${mb(Math.max(...alive))} at most meanwhile`;
}

/** What is alive while the part is at it: collects garbage each time, so that the part is slowed down a little. */
async function lookWhile<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const look = async (): Promise<void> => {
    while (!over) {
      await pause(LOOK_MS);
      if (!over) samples.push(await readHeap(inspector, true));
    }
  };
  const looking = look();
  try {
    return await work;
  } finally {
    over = true;
    await looking;
  }
}

function describe({ start, max, end, firstThird, lastThird }: Curve): string {
  return `workerd ${mb(start)} at the start, ${mb(max)} at most, ${mb(end)} at the end (medians of the first third ${mb(firstThird)}, of the last ${mb(lastThird)})`;
}

async function readSlowly(url: string): Promise<string> {
  const rate = Number(values.rate) * 1e6;
  const client = await WireClient.connect(url);
  const { socket } = client;
  const from = client.received;
  const began = performance.now();
  const budget = (): number => ((performance.now() - began) / 1000) * rate;
  socket.on("data", () => {
    if (client.received - from > budget()) socket.pause();
  });
  const timer = setInterval(() => {
    if (client.received - from <= budget()) socket.resume();
  }, TICK_MS);
  const done = client.exchange(result).catch(() => undefined);
  await Promise.race([done, pause(Number(values.seconds) * 1000)]);
  clearInterval(timer);
  const seconds = (performance.now() - began) / 1000;
  const megabytes = (client.received - from) / 1e6;
  socket.destroy();
  await done;
  return `slow reader, ${megabytes.toFixed(0)} MB in ${seconds.toFixed(0)} s`;
}

async function readFast(url: string): Promise<string> {
  const client = await WireClient.connect(url);
  const began = performance.now();
  const bytes = await client.exchange(result);
  const seconds = (performance.now() - began) / 1000;
  await client.end();
  return `fast reader, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(0)} s`;
}

/** Of several names, in texts that are each session's own. */
function statement(round: number, session: number): string {
  return values.governed
    ? `SELECT relname, relkind FROM pg_class AS c${session} JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c${session}.oid = ${round}`
    : "SELECT 1";
}

async function openMany(url: string): Promise<string> {
  const began = performance.now();
  const count = Number(values.sessions);
  const clients = await Promise.all(Array.from({ length: count }, () => WireClient.connect(url)));
  const opened = (performance.now() - began) / 1000;
  const rounds = values.governed ? 100 : 5;
  const from = performance.now();
  for (let i = 0; i < rounds; i++)
    await Promise.all(clients.map((client, n) => client.exchange(query(statement(i, n)))));
  const perSecond = (rounds * count * 1000) / (performance.now() - from);
  // They stay for a while: what is idle must not grow.
  await pause(10_000);
  await Promise.all(clients.map((client) => client.exchange(query("SELECT 1"))));
  await Promise.all(clients.map((client) => client.end()));
  return `${count} sessions, open after ${opened.toFixed(1)} s, ${perSecond.toFixed(0)} statements a second`;
}
