// `node dev/bench/replay.ts`: what reading the record costs: pages of a session of many statements, and the exact bytes of one
// large result, with what workerd holds in memory meanwhile. Prints one line each. It measures and does not judge, but for the
// bytes: other ones than the client received are a fault.
//
//   --statements N  of the session that is read page by page (10000)
//   --megabytes N   size of the result (1024); 0 leaves it out

import { createHash } from "node:crypto";
import { readOptions } from "../options.ts";
import { pause } from "../crash/stack-process.ts";
import { processorMs } from "./cpu.ts";
import { openStack } from "./paths.ts";
import { watchMemory } from "./rss.ts";
import { WireClient } from "./wire-client.ts";
import { query } from "./wire-messages.ts";

const values = readOptions({
  statements: { type: "string", default: "10000" },
  megabytes: { type: "string", default: "1024" },
});
const ROW_BYTES = 1000;
/** Statements under way at a time. */
const PIPELINED = 100;
const READS = 101;
/** Requests under way at a time. */
const AT_ONCE = 16;
/** What a session recorded may be on its way to D1 for so long. */
const PATIENCE_MS = 1_200_000;

interface Page {
  readonly data: readonly {
    readonly id: string;
    readonly state: string;
    readonly application_name: string;
  }[];
  readonly next_cursor: string | null;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const stack = await openStack();
try {
  await many(Number(values.statements));
  if (Number(values.megabytes) > 0) console.log(await wire(Number(values.megabytes)));
} finally {
  await stack.stop();
}

async function many(count: number): Promise<void> {
  const received = createHash("sha256");
  const id = await session("many", async (client) => {
    client.socket.on("data", (chunk) => received.update(chunk));
    for (let done = 0; done < count; done += PIPELINED) {
      const some = Array.from({ length: Math.min(PIPELINED, count - done) }, (_, i) => done + i);
      await Promise.all(some.map((n) => client.exchange(query(`SELECT ${n}, 'a statement of the session'`))));
    }
  });
  const first = `/v1/sessions/${id}/statements`;
  const times: number[] = [];
  const health: number[] = [];
  const before = processorMs(stack.workerd());
  for (let i = 0; i < READS; i++) times.push(await timed(() => get<Page>(first)));
  const processor = (processorMs(stack.workerd()) - before) / READS;
  for (let i = 0; i < READS; i++) health.push(await timed(() => get("/v1/healthz")));
  const walked = performance.now();
  let seen = 0;
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Page = await get<Page>(`${first}?limit=200${cursor === "" ? "" : `&cursor=${cursor}`}`);
    seen += page.data.length;
    cursor = page.next_cursor;
  }
  const all = performance.now() - walked;
  const csv = await timed(async () => (await read(`${first}?format=csv`)).text());
  console.log(
    `${seen} statements: first page ${spread(times)} ms, ${processor.toFixed(1)} ms of workerd's processor time (a health check then ${spread(health)} ms), all by pages of 200 ${all.toFixed(0)} ms, as CSV ${csv.toFixed(0)} ms`,
  );
  const same = await timed(async () => {
    const bytes = createHash("sha256");
    for (let seq = 1; seq <= count; seq += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - seq + 1) }, (_, i) => seq + i);
      const all = await Promise.all(
        some.map(async (one) => (await read(`${first}/${one}/result?format=wire`)).arrayBuffer()),
      );
      for (const one of all) bytes.update(new Uint8Array(one));
    }
    if (bytes.digest("hex") !== received.digest("hex")) throw new Error("the bytes are not those that came");
  });
  console.log(`format=wire of each of them: the same bytes, in ${(same / 1000).toFixed(0)} s`);
}

async function wire(megabytes: number): Promise<string> {
  const received = createHash("sha256");
  let bytes = 0;
  const id = await session("large", async (client) => {
    client.socket.on("data", (chunk) => received.update(chunk));
    const rows = (megabytes * 1e6) / ROW_BYTES;
    bytes = await client.exchange(
      query(`SELECT repeat('x', ${ROW_BYTES - 11}) FROM generate_series(1, ${rows})`),
    );
    client.socket.removeAllListeners("data").resume();
  });
  const stop = watchMemory(stack.workerd());
  const began = performance.now();
  const { body } = await read(`/v1/sessions/${id}/statements/1/result?format=wire`);
  const read_ = createHash("sha256");
  let came = 0;
  for await (const piece of body ?? []) {
    came += piece.length;
    read_.update(piece);
  }
  const seconds = (performance.now() - began) / 1000;
  const { start, max, firstThird, lastThird } = stop();
  const mb = (value: number): string => `${value.toFixed(0)} MB`;
  if (received.digest("hex") !== read_.digest("hex"))
    throw new Error(`${came} bytes of ${bytes} are not those that came`);
  return `format=wire of ${mb(came / 1e6)}: the same bytes, in ${seconds.toFixed(1)} s; workerd ${mb(start)} at the start, ${mb(max)} at most (medians of the first third ${mb(firstThird)}, of the last ${mb(lastThird)})`;
}

/** Holds a session, and resolves with its id when all of it is in D1. */
async function session(name: string, work: (client: WireClient) => Promise<void>): Promise<string> {
  const client = await WireClient.connect(stack.dev.postgres, { application_name: name });
  await work(client);
  client.socket.end();
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(500)) {
    const { data } = await get<Page>("/v1/sessions?limit=20");
    const found = data.find((one) => one.application_name === name && one.state === "ended");
    if (found !== undefined) return found.id;
  }
  throw new Error(`session ${name} did not come to its end`);
}

async function read(path: string): Promise<Response> {
  const { gateway, tokens } = stack.dev;
  const response = await fetch(`${gateway}${path}`, {
    headers: { authorization: `Bearer ${tokens.auditor}` },
  });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  return response;
}

async function get<T>(path: string): Promise<T> {
  return (await (await read(path)).json()) as T;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Median, and the time that 95 of 100 keep. */
function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return `${at(0.5)} (p95 ${at(0.95)}, least ${at(0)})`;
}
