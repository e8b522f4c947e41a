// A load that goes on while what the gateway stands on is taken away, episode by episode (workers/outage-gateway.ts): D1 that
// fails, hangs or is full, a bucket that fails, the object's own storage that fails, a clock that steps. Then everything is given back,
// and the record judged as after a crash.

import { join } from "node:path";
import { readHeap } from "../bench/heap.ts";
import { WireClient } from "../bench/wire-client.ts";
import { query } from "../bench/wire-messages.ts";
import { type Curve, watchMemory } from "../bench/rss.ts";
import { probePort } from "../ports.ts";
import { verifyChains } from "./chains.ts";
import type { Conditions } from "./conditions.ts";
import { drained, execute, gather } from "./evidence.ts";
import { countSettled, readSessions } from "./record.ts";
import { pause, type StackProcess, startStackProcess } from "./stack-process.ts";
import { type Breach, judge } from "./verdict.ts";
import { TABLES, type Way } from "./ways.ts";
import { startWriter, type Writer } from "./writer.ts";

export interface Episode {
  readonly name: string;
  readonly conditions: Partial<Conditions>;
  readonly seconds: number;
}

export interface EpisodeResult {
  readonly name: string;
  /** Statements that were answered meanwhile. */
  readonly answered: number;
  /** Calls to what was away, which it did not answer. */
  readonly refused: number;
  /** The longest that a client waited for an answer: while it was away, and until D1 had caught up. */
  readonly longestMs: { readonly away: number; readonly after: number };
  /** What is alive in the heap of the gateway's isolate, in MB: before it was away, at the end of that, and when D1 had caught up. */
  readonly heapMb: { readonly before: number; readonly away: number; readonly after: number };
  /** What connections of the load broke with. */
  readonly lost: readonly string[];
  /** What a session that began meanwhile was told: `ok`, or an SQLSTATE with its message. */
  readonly beginner: string;
  /** From when everything was back until D1 had all that had been answered; null where the load was lost. */
  readonly caughtUpMs: number | null;
}

export interface SurroundingsResult {
  readonly episodes: readonly EpisodeResult[];
  readonly breaches: readonly Breach[];
  readonly figures: ReturnType<typeof judge>["figures"];
  readonly whole: number;
  readonly memory: Curve;
}

export interface SurroundingsOptions {
  readonly episodes: readonly Episode[];
  readonly state: string;
  /** Overrides of the gateway's limits. */
  readonly limits: Readonly<Record<string, number>>;
  /** Between an answer and the next step of each client. */
  readonly restMs: number;
  readonly progress: (line: string) => void;
}

const LOAD: readonly Way[] = [
  "simple",
  "pipelined",
  "batch",
  "several",
  "transaction",
  "failing",
  "copy-in",
  "result",
  "large",
];
/** These move megabytes: what waits for D1 is to be many statements, not many bytes. */
const HEAVY: ReadonlySet<Way> = new Set(["copy-in", "result", "large"]);
const HEAVY_REST = 20;
const UP: Partial<Conditions> = { d1: "up", bucket: "up", object: "up", clockMs: 0 };
/** Longer than a policy that was read is good for (durable-objects/policies/in-force.ts). */
const STALE_MS = 2_000;
const CATCH_UP_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 50;

export async function runSurroundings(options: SurroundingsOptions): Promise<SurroundingsResult> {
  const { state, restMs, progress } = options;
  const prefix = `crash-${Date.now().toString(36)}`;
  const inspector = (await probePort(0)) ?? 0;
  const stack = await startStackProcess({
    state,
    inspector,
    port: (await probePort(0)) ?? 0,
    pgPort: (await probePort(0)) ?? 0,
    main: join(import.meta.dirname, "workers", "outage-gateway.ts"),
    buckets: ["RECORDS"],
  });
  const memory = watchMemory(stack.workerd());
  try {
    await execute(stack, TABLES);
    await set(stack, { limits: options.limits });
    const all: Writer[] = [];
    let load: Writer[] = [];
    const episodes: EpisodeResult[] = [];
    for (const [n, episode] of options.episodes.entries()) {
      if (load.length === 0) {
        load = LOAD.map((way, i) =>
          startWriter(stack.dev.postgres, `${prefix}-${n}-${i}`, way, {
            governed: false,
            restMs: HEAVY.has(way) ? restMs * HEAVY_REST : restMs,
          }),
        );
        all.push(...load);
        await Promise.all(load.map(({ opened }) => opened));
      }
      const result = await play(stack, inspector, state, prefix, episode, load, all);
      episodes.push(result);
      progress(JSON.stringify(result));
      if (load.some(({ lost }) => lost !== null)) {
        for (const writer of load) writer.end();
        load = [];
      }
    }
    for (const writer of load) writer.end();
    await Promise.all(all.map(({ over }) => over));
    await drained(state, Date.now());
    const attempts = all.flatMap((writer) => writer.attempts);
    const evidence = await gather(stack, state, prefix, attempts, new Set());
    const { breaches, figures } = judge(evidence);
    const chains = await verifyChains(stack.dev, readSessions(state, ""), join(state, "exports"));
    return {
      episodes,
      breaches: [...breaches, ...chains.breaches],
      figures,
      whole: chains.whole,
      memory: memory(),
    };
  } finally {
    // Before the process that it looks at is gone.
    memory();
    await stack.stop();
  }
}

async function play(
  stack: StackProcess,
  inspector: number,
  state: string,
  prefix: string,
  { name, conditions, seconds }: Episode,
  load: readonly Writer[],
  all: readonly Writer[],
): Promise<EpisodeResult> {
  const count = (): number => all.reduce((sum, { statements }) => sum + statements, 0);
  const longest = (): number => Math.round(Math.max(...load.map((writer) => writer.takeLongestMs())));
  const alive = async (): Promise<number> => Math.round((await readHeap(inspector, true)).used);
  const had = count();
  const heapBefore = await alive();
  const before = await set(stack, conditions);
  await pause(Math.min(STALE_MS, seconds * 1000));
  const beginner = await begin(stack);
  await pause(Math.max(0, seconds * 1000 - STALE_MS));
  const answered = count() - had;
  const [longestAway, heapAway] = [longest(), await alive()];
  const lost = load.flatMap((writer) => writer.lost ?? []);
  const after = await set(stack, UP);
  const back = Date.now();
  const caughtUp = lost.length > 0 || (await caughtUpWith(count(), state, prefix));
  const refused = (Object.keys(after) as (keyof Refused)[]).reduce(
    (sum, key) => sum + after[key] - before[key],
    0,
  );
  if (!caughtUp) throw new Error(`after ${name} D1 lacks statements that were answered`);
  return {
    name,
    answered,
    refused,
    longestMs: { away: longestAway, after: longest() },
    heapMb: { before: heapBefore, away: heapAway, after: await alive() },
    lost,
    beginner,
    caughtUpMs: lost.length > 0 ? null : Date.now() - back,
  };
}

async function caughtUpWith(statements: number, state: string, prefix: string): Promise<boolean> {
  const deadline = Date.now() + CATCH_UP_WITHIN_MS;
  while (countSettled(state, prefix) < statements) {
    if (Date.now() > deadline) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}

/** A session that begins now. */
async function begin(stack: StackProcess): Promise<string> {
  let client: WireClient | null = null;
  try {
    client = await WireClient.connect(stack.dev.postgres, { application_name: "beginner" });
    await client.exchange(query("SELECT 1"));
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  } finally {
    await client?.end();
  }
}

interface Refused {
  readonly d1Refused: number;
  readonly bucketRefused: number;
  readonly objectRefused: number;
}

async function set({ dev }: StackProcess, conditions: Partial<Conditions>): Promise<Refused> {
  const answer = await fetch(`${dev.gateway}/outage`, { method: "POST", body: JSON.stringify(conditions) });
  const { calls } = (await answer.json()) as { readonly calls: Refused };
  const { d1Refused, bucketRefused, objectRefused } = calls;
  return { d1Refused, bucketRefused, objectRefused };
}
