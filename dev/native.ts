// Native programs (postgres, workerd) that must not outlive the process that started them, SIGKILL included.
// Linux can promise that (prctl(2), PR_SET_PDEATHSIG); util-linux's setpriv asks for it without native code of ours.

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The command, wrapped so that it gets `signal` when its parent dies; as it is where that is not to be had. */
export function withParent(signal: "KILL" | "QUIT", program: string): [string, ...string[]] {
  const setpriv = findProgram("setpriv");
  if (setpriv === null) return [program];
  // BusyBox has a setpriv that does not know the option.
  const probe = spawnSync(setpriv, ["--pdeathsig", signal, "true"], { stdio: "ignore", timeout: 5000 });
  return probe.status === 0 ? [setpriv, "--pdeathsig", signal, program] : [program];
}

function findProgram(name: string): string | null {
  for (const directory of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/bin"]) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}
