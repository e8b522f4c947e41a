// The local stack as a process of its own, to be killed: starts `dev/start.ts`, reads dev.json, finds the processes below it.
// Reads /proc, so it is for Linux. Holds no stack together: that is what is tried.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DevFile, readJson } from "../state.ts";

const START = join(import.meta.dirname, "..", "start.ts");
const START_MS = 120_000;
const POLL_MS = 20;

export interface StackProcess {
  readonly dev: DevFile;
  /** The process ids of workerd: one, or none while it restarts. */
  workerd(): number[];
  /** SIGKILL to everything of the gateway's side at once: supervisor, gateway, workerd, shim. PostgreSQL is told to stop. */
  killAll(): Promise<void>;
  /** As Ctrl-C does. */
  stop(): Promise<void>;
}

export interface StackOptions {
  readonly state: string;
  /** Kept over restarts, so that addresses stay. */
  readonly port: number;
  readonly pgPort: number;
  /** Another main module for the Worker (gateway/bundle.ts). */
  readonly main?: string;
  /** --policy */
  readonly policy?: string;
  /** The var SHARDS: for each name a D1 database beside the first (dev/shards.ts). */
  readonly shards?: string;
  /** The var WEBHOOKS (dev/webhooks.ts). */
  readonly webhooks?: string;
  /** Port for workerd's inspector. */
  readonly inspector?: number;
  /** R2 buckets to bind, by their bindings. */
  readonly buckets?: readonly string[];
  /** More of `npm start`'s. */
  readonly flags?: readonly string[];
}

export async function startStackProcess({
  state,
  port,
  pgPort,
  main,
  policy,
  shards,
  webhooks,
  inspector,
  buckets = [],
  flags: more = [],
}: StackOptions): Promise<StackProcess> {
  const ports = ["--port", `${port}`, "--pg-port", `${pgPort}`];
  const flags = ["--no-demo", "--quiet", ...ports, "--state", state, ...more];
  if (policy !== undefined) flags.push("--policy", policy);
  const child = spawn(process.execPath, [START, ...flags], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...(main === undefined ? {} : { SLUICE_DEV_MAIN: main }),
      ...(shards === undefined ? {} : { SLUICE_DEV_SHARDS: shards }),
      ...(webhooks === undefined ? {} : { SLUICE_DEV_WEBHOOKS: webhooks }),
      ...(buckets.length === 0 ? {} : { SLUICE_DEV_BUCKETS: buckets.join(",") }),
      ...(inspector === undefined ? {} : { SLUICE_DEV_INSPECTOR: `${inspector}` }),
    },
  });
  let output = "";
  const note = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-4000);
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  // In a group of its own: a Ctrl-C does not reach it.
  const end = (): boolean => child.kill("SIGTERM");
  process.once("exit", end);
  child.once("close", () => process.off("exit", end));
  const exited = once(child, "close");
  const file = join(state, "dev.json");
  const deadline = Date.now() + START_MS;
  while (!output.includes("sluice: ready")) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill("SIGTERM");
      throw new Error(`the stack did not start: ${output.trim()}`);
    }
    await pause(POLL_MS);
  }
  const supervisor = child.pid ?? 0;
  return {
    dev: readJson<DevFile>(file),
    workerd: () => workerdBelow(supervisor),
    async killAll(): Promise<void> {
      const parts = descendants(supervisor).filter(
        (pid) => !/postgres/.test(`${commandOf(pid)} ${mainOf(pid)}`),
      );
      // The supervisor first, or it would start again what goes before it.
      for (const pid of [supervisor, ...parts]) kill(pid);
      await exited;
    },
    async stop(): Promise<void> {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** True when the process was there to be killed. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** Resolves once the gateway's HTTP side answers, whatever it answers. */
export async function gatewayAnswers(gateway: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(`${gateway}/v1/healthz`).catch(() => null);
    await answer?.body?.cancel();
    if (answer !== null) return;
    await pause(POLL_MS);
  }
  throw new Error("the gateway does not answer");
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Process ids of workerd among all that a process has started. */
export function workerdBelow(pid: number): number[] {
  return descendants(pid).filter((one) => commandOf(one).endsWith("/workerd"));
}

function descendants(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
  return [...children, ...children.flatMap(descendants)];
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).split("\0")[0] ?? "";
}

function mainOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).split("\0")[1] ?? "";
}

function read(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, "latin1") : "";
  } catch {
    // It ended between the look and the read.
    return "";
  }
}
