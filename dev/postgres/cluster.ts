// Makes the data directory with initdb, whole or not at all, and says in which environment its programs run.

import { execFile } from "node:child_process";
import { chownSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withParent } from "../native.ts";
import { UserError } from "../user-error.ts";
import type { Account } from "./account.ts";
import { SUPERUSER } from "./database.ts";
import type { Place } from "./place.ts";
import type { PostgresSettings } from "./settings.ts";

/** Made beside its place and then moved, since initdb that was killed half-way leaves what looks like a cluster. */
export async function makeCluster(
  cluster: string,
  place: Place,
  settings: PostgresSettings,
  account: Account | null,
): Promise<void> {
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const passwordFile = join(place.data, "password.tmp");
  writeFileSync(passwordFile, `${settings.superuserPassword}\n`, { mode: 0o600 });
  if (account !== null) chownSync(passwordFile, account.uid, account.gid);
  try {
    const [program, ...before] = withParent("KILL", join(place.programs, "initdb"));
    await promisify(execFile)(
      program,
      [
        ...before,
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        // Nothing is in it yet that a power cut could take; the server itself runs with fsync.
        "--no-sync",
      ],
      { ...account, cwd: "/", env: serverEnvironment() },
    );
  } catch (error) {
    const detail = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new UserError(`initdb failed: ${detail}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, cluster);
}

/** LC_ALL from outside would make messages, and so tests, depend on the machine. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
