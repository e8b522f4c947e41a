// Keeps the parts alive: forks each as a process of its own, waits until it says it is ready, starts it anew with the
// same settings when it dies, and leaves none behind. Knows nothing of what the parts do.
//
// Parts are detached: a Ctrl-C reaches the supervisor alone, which then stops them in order.

import { fork, type ChildProcess } from "node:child_process";
import type { FromPart, ToPart } from "./part.ts";
import { UserError } from "./user-error.ts";

const STOP_TIMEOUT_MS = 15_000;
/** Restarts grow slower up to this, so that a part that cannot start does not spin. */
const RESTART_DELAY_MAX_MS = 5000;
const RESTART_DELAY_MS = 50;
/** A part that gives up by itself this often without having been ready between is given up. */
const RESTART_TRIES = 8;

export interface PartSpec {
  readonly name: string;
  /** Path of the part's main.ts. */
  readonly main: string;
  readonly settings: unknown;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SupervisorEvents {
  readonly note: (part: string, text: string) => void;
  /** The stack cannot go on without this part. */
  readonly lost: (error: UserError) => void;
}

export class Supervisor {
  readonly #events: SupervisorEvents;
  readonly #parts: Part[] = [];
  #stopping = false;

  constructor(events: SupervisorEvents) {
    this.#events = events;
  }

  /** Resolves with the part's facts once it is ready. The first start is tried once: its error is the user's. */
  async start<Facts>(spec: PartSpec): Promise<Facts> {
    const part = this.#add(spec);
    // The part is our own program: its facts have the type that its main.ts declares.
    return (await part.start()) as Facts;
  }

  /** For a part whose work is done once it is ready. */
  async run(spec: PartSpec): Promise<void> {
    const part = this.#add(spec);
    await part.start();
    await part.stop();
  }

  /** Stops all, the last started first, and resolves when no process is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const part of this.#parts.toReversed()) await part.stop();
  }

  /** Whoever is still bringing parts up while all go down gets an error in place of one that nobody would stop. */
  #add(spec: PartSpec): Part {
    if (this.#stopping) throw new UserError("the stack is stopping");
    const part = new Part(spec, this.#events);
    this.#parts.push(part);
    return part;
  }
}

class Part {
  readonly #spec: PartSpec;
  readonly #events: SupervisorEvents;
  #child: ChildProcess | null = null;
  #native: number | null = null;
  #stopping = false;
  #failures = 0;
  #exited: Promise<void> = Promise.resolve();

  constructor(spec: PartSpec, events: SupervisorEvents) {
    this.#spec = spec;
    this.#events = events;
  }

  start(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let ready = false;
      let reason = "";
      const child = fork(this.#spec.main, [], {
        detached: true,
        stdio: ["ignore", "inherit", "inherit", "ipc"],
        env: { ...process.env, ...this.#spec.environment },
        execArgv: [],
      });
      this.#child = child;
      this.#exited = new Promise((exited) => child.once("close", () => exited()));
      child.on("error", () => undefined);
      child.on("message", (message: FromPart) => {
        if (message.kind === "native") this.#native = message.pid;
        if (message.kind === "note") this.#events.note(this.#spec.name, message.text);
        if (message.kind === "failed") reason = message.message;
        if (message.kind !== "ready") return;
        ready = true;
        this.#failures = 0;
        resolve(message.facts);
      });
      child.once("close", (code, signal) => {
        this.#child = null;
        this.#killNative();
        const how = reason !== "" ? reason : `ended with ${signal ?? `exit code ${code}`}`;
        // Killed from outside is nothing that another try would not put right.
        if (!ready && signal === null) this.#failures += 1;
        if (!ready) reject(new UserError(`${this.#spec.name}: ${how}`));
        else if (!this.#stopping) void this.#restart(how);
      });
      send(child, { kind: "start", settings: this.#spec.settings });
    });
  }

  async #restart(how: string): Promise<void> {
    this.#events.note(this.#spec.name, `${how}; restarting it`);
    while (!this.#stopping) {
      const started = Date.now();
      try {
        await this.start();
        this.#events.note(this.#spec.name, `is back after ${((Date.now() - started) / 1000).toFixed(1)} s`);
        return;
      } catch (error) {
        if (this.#stopping) return;
        if (this.#failures >= RESTART_TRIES) {
          const message = error instanceof Error ? error.message : this.#spec.name;
          this.#events.lost(new UserError(`${message} (${RESTART_TRIES} tries)`));
          return;
        }
        await delay(Math.min(RESTART_DELAY_MS * 2 ** this.#failures, RESTART_DELAY_MAX_MS));
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === null) return;
    send(child, { kind: "stop" });
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(late);
  }

  /** The part died without ending its native process (native.ts asks the kernel for the same; not all kernels can). */
  #killNative(): void {
    const pid = this.#native;
    this.#native = null;
    if (pid === null) return;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone already: what was wanted.
    }
  }
}

function send(child: ChildProcess, message: ToPart): void {
  if (child.connected) child.send(message, () => undefined);
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
