// Runs `npm start` and the like as processes for the tests of the local stack, and finds what they leave behind.

import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DevFile } from "../../dev/state.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const START_TIMEOUT_MS = 40_000;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it wrote so far. */
  readonly output: () => string;
}

/** A state directory that other accounts may pass through, as PostgreSQL may have to run under another one. */
export function makeState(): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-stack-"));
  chmodSync(directory, 0o711);
  return directory;
}

export function readDev(state: string): DevFile {
  return JSON.parse(readFileSync(join(state, "dev.json"), "utf8")) as DevFile;
}

export function hasDev(state: string): boolean {
  return existsSync(join(state, "dev.json"));
}

/** `npm ARGUMENTS`, or with `node` as the command a program of the repository. */
export function run(command: "npm" | "node", ...words: readonly string[]): Started {
  const program = command === "node" ? process.execPath : command;
  const child = spawn(program, words, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const finished = new Promise<Finished>((done, reject) => {
    child.once("error", reject);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
  return { process: child, finished, output: () => stdout + stderr };
}

/** `node dev/start.ts` without the demonstration, on free ports unless `flags` say otherwise; resolves when it is ready. */
export async function startStackProcess(state: string, ...flags: readonly string[]): Promise<Started> {
  const started = run(
    "node",
    "dev/start.ts",
    "--state",
    state,
    "--no-demo",
    "--quiet",
    "--port=0",
    "--pg-port=0",
    ...flags,
  );
  await untilReady(started);
  return started;
}

export async function untilReady(started: Started): Promise<void> {
  await until(
    () => started.output().includes("sluice: ready") || started.process.exitCode !== null,
    START_TIMEOUT_MS,
  );
  if (!started.output().includes("sluice: ready")) throw new Error(`not ready:\n${started.output()}`);
}

/** Waits until `condition` holds, looking every 20 ms. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Every process below `pid`, by id and command line; empty once it is gone. */
export function descendants(pid: number): Map<number, string> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = readParent(Number(name));
    if (parent !== null) parents.set(Number(name), parent);
  }
  const found = new Map<number, string>();
  for (const candidate of parents.keys()) {
    for (let above = parents.get(candidate); above !== undefined; above = parents.get(above)) {
      if (above === pid) found.set(candidate, commandLine(candidate));
    }
  }
  return found;
}

/** Which of these are still there; a process id that another program has by now does not count. */
export function survivors(processes: ReadonlyMap<number, string>): string[] {
  return [...processes]
    .filter(([pid, command]) => command !== "" && commandLine(pid) === command)
    .map(([, it]) => it);
}

function readParent(pid: number): number | null {
  try {
    // The command name stands in parentheses and may hold anything: fields count from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
