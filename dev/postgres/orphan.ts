// A server that outlived its stack (a kernel without parent-death signals, or one that is still on its way down) holds the
// data directory. The state's lock says that no other stack runs on it, so the server is ours to end.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const QUIT_MS = 5000;
const POLL_MS = 25;

/** Resolves when no server runs on `cluster`. */
export async function endOrphan(cluster: string): Promise<void> {
  const pid = readServerPid(cluster);
  if (pid === null) return;
  const started = Date.now();
  let signal: NodeJS.Signals = "SIGQUIT";
  while (runsOn(pid, cluster)) {
    process.kill(pid, signal);
    if (Date.now() - started > QUIT_MS) signal = "SIGKILL";
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function readServerPid(cluster: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(cluster, "postmaster.pid"), "utf8"), 10);
    return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

/** The number may meanwhile belong to another process: only one that was started on this directory counts. */
function runsOn(pid: number, cluster: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").includes(cluster);
  } catch {
    return false;
  }
}
