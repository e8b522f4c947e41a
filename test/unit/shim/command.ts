// The `sluice` command as a child process: its output, its exit, and what it costs.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ENTRY = fileURLToPath(new URL("../../../client-shim/bin/sluice.js", import.meta.url));

export class Command {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<unknown[]>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [ENTRY, ...args], {
      env: { PATH: process.env["PATH"], ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#ended = once(this.child, "close");
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#ended;
    return code;
  }

  /** The first match in standard output, waited for. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`ended without ${pattern}: ${this.stderr}`);
      await Promise.race([this.child.stdout ? once(this.child.stdout, "data") : null, this.#ended]);
    }
  }

  /** `connect`'s port, once it listens. */
  async port(): Promise<number> {
    const match = await this.says(/listening on \S+:(\d+)/);
    return Number(match[1]);
  }

  /** Most memory ever held, in KiB. Linux tells; elsewhere null. */
  peakMemory(): number | null {
    if (process.platform !== "linux") return null;
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))?.[1]);
  }
}
