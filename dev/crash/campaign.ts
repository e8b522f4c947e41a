// The tries: load, kill at a random instant, back up, again; then wait until D1 has everything, and judge. The next try begins
// while the sessions of the last are still being recovered, so recovery is interrupted too.

import { join, resolve } from "node:path";
import { probePort } from "../ports.ts";
import { type Approver, startApprover } from "./approver.ts";
import { verifyChains } from "./chains.ts";
import { drained, execute, gather } from "./evidence.ts";
import { readSessions } from "./record.ts";
import { gatewayAnswers, kill, pause, type StackProcess, startStackProcess } from "./stack-process.ts";
import { type Breach, judge } from "./verdict.ts";
import { type Attempt, TABLES, type Way, WAYS } from "./ways.ts";
import { startWriter, type Writer } from "./writer.ts";

export interface CampaignOptions {
  readonly tries: number;
  /** State directory of the stack. */
  readonly state: string;
  /** In each `everyNth` try the whole gateway side is killed, not workerd alone. 0: never. */
  readonly killAllEvery: number;
  /** 0 to 1, like Math.random. */
  readonly random: () => number;
  readonly progress: (line: string) => void;
  /** The target's policy, a file; without it the open one and policy.yaml take turns, each until all is killed. */
  readonly policy?: string;
  /** Another main module for the Worker. */
  readonly main?: string;
  /** D1 databases that hold the record together; one unless said. */
  readonly shards?: number;
}

export interface CampaignResult {
  readonly breaches: readonly Breach[];
  readonly figures: ReturnType<typeof judge>["figures"];
  /** Sessions whose chain verifies, by /verify and offline, of all. */
  readonly whole: number;
  readonly kills: { readonly workerd: number; readonly all: number };
  readonly approved: number;
  /** From the kill to the end that recovery wrote, for each lost session, in milliseconds, ascending. */
  readonly recoveredAfterMs: readonly number[];
  /** From the last kill until D1 had everything and no object held anything. */
  readonly drainedAfterMs: number;
  readonly verifiedInMs: number;
}

interface Stretch {
  readonly policy: string;
  /** policy.yaml is in force. */
  readonly governed: boolean;
}

/** In each try, beside some of the others by turns. */
const ALWAYS: readonly Way[] = ["simple", "pipelined"];
const BY_TURNS = 4;
/** The kill comes behind a random number of answers, up to this one, and no later than that time on a slow machine. */
const KILL_WITHIN_ANSWERS = 150;
const KILL_WITHIN_MS = 1_500;
/** Between two answers is an instant, too. */
const KILL_JITTER_MS = 20;
const LOOK_EVERY_MS = 5;
const KILL_EARLY_PART = 0.2;
/** A connection that the kill broke says so at once. */
const BROKEN_WITHIN_MS = 300;
const OPEN = resolve(import.meta.dirname, "../demo/policy.yaml");
const GOVERNED = join(import.meta.dirname, "policy.yaml");

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const prefix = `crash-${Date.now().toString(36)}`;
  const ports = { port: (await probePort(0)) ?? 0, pgPort: (await probePort(0)) ?? 0 };
  const { state, main, random, progress, shards = 1 } = options;
  const start = ({ policy }: Stretch): Promise<StackProcess> =>
    startStackProcess({
      state,
      ...ports,
      policy,
      ...(main === undefined ? {} : { main }),
      ...(shards === 1 ? {} : { shards: shardsVar(shards) }),
    });
  const stretches = stretchesOf(options);
  let stretch = stretches(0);
  let stack = await start(stretch);
  let approver: Approver | null = null;
  try {
    await execute(stack, TABLES);
    approver = startApprover(() => stack.dev);
    const attempts: Attempt[] = [];
    const killedAt = new Map<number, number>();
    const kills = { workerd: 0, all: 0 };
    for (let n = 1; n <= options.tries; n++) {
      const writers = waysOf(n).map((way, i) =>
        startWriter(stack.dev.postgres, `${prefix}-${n}-${i}`, way, { governed: stretch.governed }),
      );
      // Now and then while sessions are still being opened.
      if (random() > KILL_EARLY_PART) await Promise.all(writers.map(({ opened }) => opened));
      await answered(writers, random() * KILL_WITHIN_ANSWERS);
      await pause(random() * KILL_JITTER_MS);
      killedAt.set(n, Date.now());
      if (options.killAllEvery > 0 && n % options.killAllEvery === 0) {
        await stack.killAll();
        kills.all++;
        stretch = stretches(kills.all);
        stack = await start(stretch);
      } else if (stack.workerd().map(kill).includes(true)) {
        kills.workerd++;
        await gatewayAnswers(stack.dev.gateway);
      }
      attempts.push(...(await finish(writers)));
      progress(`try ${n} of ${options.tries}: ${attempts.length} statements so far`);
    }
    const drainedAfterMs = await drained(state, Math.max(...killedAt.values()));
    const evidence = await gather(stack, state, prefix, attempts, approver.approved);
    const recoveredAfterMs = evidence.sessions
      .filter(({ endReason }) => endReason === "gateway_lost")
      .map(({ name, endedAt }) => (endedAt ?? 0) - (killedAt.get(Number(name.split("-").at(-2))) ?? 0))
      .toSorted((a, b) => a - b);
    const { breaches, figures } = judge(evidence);
    progress(`everything is in D1: verifying ${evidence.sessions.length} chains`);
    const began = Date.now();
    // All that the state directory has: the log has them, too.
    const chains = await verifyChains(stack.dev, readSessions(state, "crash-"), join(state, "exports"));
    return {
      breaches: [...breaches, ...chains.breaches],
      figures,
      whole: chains.whole,
      kills,
      approved: approver.approved.size,
      recoveredAfterMs,
      drainedAfterMs,
      verifiedInMs: Date.now() - began,
    };
  } finally {
    await approver?.stop();
    await stack.stop();
  }
}

/** All of them open. */
function shardsVar(count: number): string {
  const names = Array.from({ length: count - 1 }, (_, i) => [`RECORD_${i + 1}`, {}] as const);
  return JSON.stringify(Object.fromEntries(names));
}

/** The policy of the nth stretch, which ends when all is killed. */
function stretchesOf({ policy }: CampaignOptions): (n: number) => Stretch {
  if (policy !== undefined) return () => ({ policy, governed: resolve(policy) === GOVERNED });
  return (n) => (n % 2 === 0 ? { policy: OPEN, governed: false } : { policy: GOVERNED, governed: true });
}

/** Those of the nth try: every way comes in turn. */
function waysOf(n: number): readonly Way[] {
  const others = WAYS.filter((way) => !ALWAYS.includes(way));
  return [
    ...ALWAYS,
    ...Array.from({ length: BY_TURNS }, (_, i) => others[(n * BY_TURNS + i) % others.length] ?? "simple"),
  ];
}

async function answered(writers: readonly Writer[], answers: number): Promise<void> {
  const deadline = Date.now() + KILL_WITHIN_MS;
  const count = (): number => writers.reduce((sum, writer) => sum + writer.answers, 0);
  while (count() < answers && Date.now() < deadline) await pause(LOOK_EVERY_MS);
}

/** A kill that came before a connection was open leaves a writer that goes on with the new process: it is ended. */
async function finish(writers: readonly Writer[]): Promise<Attempt[]> {
  await Promise.race([Promise.all(writers.map(({ over }) => over)), pause(BROKEN_WITHIN_MS)]);
  for (const writer of writers) writer.end();
  await Promise.all(writers.map(({ over }) => over));
  return writers.flatMap(({ attempts }) => attempts);
}
