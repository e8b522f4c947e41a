// One stack per state directory. The lock is a listening local socket, because the kernel drops it with the process
// however that ends: a file with a process id would have to be guessed about after SIGKILL. Whoever finds it taken can
// ask it for the holder's process id.

import { createHash } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "./user-error.ts";

const ANSWER_TIMEOUT_MS = 2000;

/** Held until the process ends. */
export async function lockState(directory: string): Promise<Server> {
  const name = `sluice-${createHash("sha256").update(realpathSync(directory)).digest("hex").slice(0, 32)}`;
  // Linux's abstract namespace has no file that could be left behind; elsewhere a file is, so ask before removing it.
  const path = process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  const held = await listen(path);
  if (held !== null) return held;
  const holder = await askHolder(path);
  if (holder === null && process.platform !== "linux") {
    rmSync(path, { force: true });
    const second = await listen(path);
    if (second !== null) return second;
  }
  throw new UserError(
    `another stack${holder === null ? "" : ` (process ${holder})`} runs on ${directory}. ` +
      "Stop it first, or give this one its own --state DIR, --port N and --pg-port N.",
  );
}

/** The process id of the stack that runs on this state, or null. */
function askHolder(path: string): Promise<number | null> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(path);
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => resolve(null));
    socket.on("close", () => resolve(/^\d+$/.test(answer) ? Number(answer) : null));
  });
}

function listen(path: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on("error", () => undefined).end(String(process.pid)));
    server.once("error", () => resolve(null));
    server.listen({ path }, () => resolve(server.unref()));
  });
}
