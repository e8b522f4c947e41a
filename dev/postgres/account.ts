// Under which account the embedded PostgreSQL runs. PostgreSQL refuses root, so root hands it to `postgres` where that
// account exists and to `nobody` elsewhere: nothing is added to the machine.

import { execFileSync, spawnSync } from "node:child_process";
import { UserError } from "../user-error.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** null: PostgreSQL can run as who we are. */
export function pickAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const uid = identify("-u", name);
    const gid = identify("-g", name);
    if (uid !== null && gid !== null && uid !== 0) return { uid, gid };
  }
  throw new UserError(
    "PostgreSQL cannot run as root, and there is neither a user postgres nor nobody: add one of them",
  );
}

/** Whether the account gets to `path`, every directory above it included. */
export function canReach(account: Account | null, path: string): boolean {
  if (account === null) return true;
  return spawnSync("test", ["-x", path], { ...account, cwd: "/", stdio: "ignore" }).status === 0;
}

function identify(flag: "-u" | "-g", name: string): number | null {
  try {
    return Number(
      execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
  } catch {
    return null;
  }
}
