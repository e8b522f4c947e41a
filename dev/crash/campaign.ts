// The tries: load, kill at a random instant, back up, again; then wait until D1 has everything, and judge. The next try begins
// while the sessions of the last are still being recovered, so recovery is interrupted too.

import pg from "pg";
import { probePort } from "../ports.ts";
import { countJournals, type RecordedSession, readSessions, readStatements } from "./record.ts";
import { gatewayAnswers, kill, pause, type StackProcess, startStackProcess } from "./stack-process.ts";
import { type Evidence, judge } from "./verdict.ts";
import { type Attempt, startWriter, TABLE, type Way, WAYS, type Writer } from "./writer.ts";

export interface CampaignOptions {
  readonly tries: number;
  /** State directory of the stack. */
  readonly state: string;
  /** In each `everyNth` try the whole gateway side is killed, not workerd alone. 0: never. */
  readonly killAllEvery: number;
  /** 0 to 1, like Math.random. */
  readonly random: () => number;
  readonly progress: (line: string) => void;
  /** The target's policy, a file; everything is allowed without it. */
  readonly policy?: string;
  /** Another main module for the Worker. */
  readonly main?: string;
}

export interface CampaignResult extends ReturnType<typeof judge> {
  /** Sessions whose chain verifies, of all. */
  readonly whole: number;
  readonly kills: { readonly workerd: number; readonly all: number };
  /** From the kill to the end that recovery wrote, for each lost session, in milliseconds, ascending. */
  readonly recoveredAfterMs: readonly number[];
  /** From the last kill until D1 had everything and no object held anything. */
  readonly drainedAfterMs: number;
}

/** Each try has one writer of each way, and two more of those that write fast. */
const WRITERS: readonly Way[] = [...WAYS, "simple", "pipelined"];
const KILL_WITHIN_MS = 800;
const KILL_EARLY_PART = 0.2;
/** An idle session's alarm stands a minute ahead (session-object.ts), and a busy machine is slow. */
const DRAIN_WITHIN_MS = 240_000;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const prefix = `crash-${Date.now().toString(36)}`;
  const ports = { port: (await probePort(0)) ?? 0, pgPort: (await probePort(0)) ?? 0 };
  const stackOptions = {
    state: options.state,
    ...ports,
    ...(options.main === undefined ? {} : { main: options.main }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  };
  let stack = await startStackProcess(stackOptions);
  try {
    await execute(stack, `CREATE TABLE IF NOT EXISTS ${TABLE} (id text PRIMARY KEY)`);
    const attempts: Attempt[] = [];
    const killedAt = new Map<number, number>();
    const kills = { workerd: 0, all: 0 };
    for (let n = 1; n <= options.tries; n++) {
      const writers = WRITERS.map((way, i) => startWriter(stack.dev.postgres, `${prefix}-${n}-${i}`, way));
      // Now and then while sessions are still being opened.
      if (options.random() > KILL_EARLY_PART) await Promise.all(writers.map(({ opened }) => opened));
      await pause(options.random() * KILL_WITHIN_MS);
      killedAt.set(n, Date.now());
      if (options.killAllEvery > 0 && n % options.killAllEvery === 0) {
        await stack.killAll();
        kills.all++;
        stack = await startStackProcess(stackOptions);
      } else if (stack.workerd().map(kill).includes(true)) {
        kills.workerd++;
        await gatewayAnswers(stack.dev.gateway);
      }
      attempts.push(...(await finish(writers)));
      options.progress(`try ${n} of ${options.tries}: ${attempts.length} statements so far`);
    }
    const drainedAfterMs = await drained(options.state, Math.max(...killedAt.values()));
    const evidence = await gather(stack, options.state, prefix, attempts);
    const recoveredAfterMs = evidence.sessions
      .filter(({ endReason }) => endReason === "gateway_lost")
      .map(({ name, endedAt }) => (endedAt ?? 0) - (killedAt.get(Number(name.split("-").at(-2))) ?? 0))
      .toSorted((a, b) => a - b);
    const judged = judge(evidence);
    const broken = await notWhole(stack, evidence.sessions);
    const breaches = [...judged.breaches, ...broken];
    const whole = evidence.sessions.length - broken.length;
    return { ...judged, breaches, whole, kills, recoveredAfterMs, drainedAfterMs };
  } finally {
    await stack.stop();
  }
}

/** A sentence for each session whose record, by the gateway's own word, is not whole. */
async function notWhole(stack: StackProcess, sessions: readonly RecordedSession[]): Promise<string[]> {
  const { gateway, tokens } = stack.dev;
  const headers = { authorization: `Bearer ${tokens.auditor}` };
  const found: string[] = [];
  for (const { id, name } of sessions) {
    const response = await fetch(`${gateway}/v1/sessions/${id}/verify`, { headers });
    const said = (await response.json()) as {
      readonly verdict?: string;
      readonly first_break?: { readonly entry: number | null; readonly what: string } | null;
    };
    if (said.verdict === "whole") continue;
    const { entry = null, what = "" } = said.first_break ?? {};
    found.push(
      `session ${name} is ${said.verdict ?? String(response.status)}: entry ${String(entry)}: ${what}`,
    );
  }
  return found;
}

/** A kill that came before a connection was open leaves a writer that goes on with the new process: it is ended. */
async function finish(writers: readonly Writer[]): Promise<Attempt[]> {
  await Promise.race([Promise.all(writers.map(({ over }) => over)), pause(2000)]);
  for (const writer of writers) writer.end();
  await Promise.all(writers.map(({ over }) => over));
  return writers.flatMap(({ attempts }) => attempts);
}

/** Waits until no object holds anything that D1 lacks; milliseconds since `from`. */
async function drained(state: string, from: number): Promise<number> {
  const deadline = Date.now() + DRAIN_WITHIN_MS;
  for (;;) {
    const left = countJournals(state);
    if (left === 0) return Date.now() - from;
    if (Date.now() > deadline)
      throw new Error(`${left} objects still hold a session after ${DRAIN_WITHIN_MS / 1000} s`);
    await pause(250);
  }
}

async function gather(
  stack: StackProcess,
  state: string,
  prefix: string,
  attempts: readonly Attempt[],
): Promise<Evidence> {
  const rows = await execute<{ id: string }>(stack, `SELECT id FROM ${TABLE} WHERE id LIKE '${prefix}%'`);
  const sessions = readSessions(state, prefix);
  const statements = sessions.flatMap(({ id }) => readStatements(state, id));
  return { attempts, rows: new Set(rows.map(({ id }) => id)), sessions, statements };
}

async function execute<Row extends pg.QueryResultRow>(stack: StackProcess, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.dev.upstream });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
