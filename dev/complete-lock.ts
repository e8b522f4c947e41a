// Completes package-lock.json with the platform packages that npm left out: where a registry does not have a build for some
// other platform, `npm install` drops the entry and `npm ci` then refuses the lock. `--check` only says so.
// Run after each change of dependencies: node dev/complete-lock.ts

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  packages: Record<string, object>;
}

/** What the last part of a platform package's name says. Longer names first: `openharmony` holds `arm`. */
const SYSTEMS = ["darwin", "win32", "windows", "android", "freebsd", "openharmony", "linux"] as const;
const PROCESSORS = ["arm64", "aarch64", "ia32", "ppc64", "riscv64", "s390x", "arm", "x64", "64"] as const;

const file = resolve(import.meta.dirname, "..", "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8")) as Lock;
const missing = new Map<string, object>();
for (const [path, locked] of Object.entries<LockedPackage>(lock.packages)) {
  for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const entry = platformEntry(name, version, locked.dev === true);
    if (entry !== null) missing.set(`node_modules/${name}`, entry);
  }
}

if (process.argv.includes("--check")) {
  if (missing.size > 0) {
    console.error(`package-lock.json lacks ${missing.size} platform packages: run node dev/complete-lock.ts`);
    process.exitCode = 1;
  }
} else {
  const all = [...Object.entries(lock.packages), ...missing];
  lock.packages = Object.fromEntries(all.toSorted(([a], [b]) => a.localeCompare(b, "en")));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${missing.size} platform packages added`);
}

/** Node's way of finding a package: next to who asks, then one folder up each time. */
function isLocked(from: string, name: string): boolean {
  let at = from;
  for (;;) {
    if (`${at === "" ? "" : `${at}/`}node_modules/${name}` in lock.packages) return true;
    if (at === "") return false;
    const up = at.lastIndexOf("/node_modules/");
    at = up === -1 ? "" : at.slice(0, up);
  }
}

function platformEntry(name: string, version: string, dev: boolean): object | null {
  const build = name.slice(name.lastIndexOf("/") + 1);
  const system = SYSTEMS.find((known) => build.includes(known));
  if (system === undefined) return null;
  const processor = PROCESSORS.find((known) => build.replace("openharmony", "").includes(known));
  const cpu = processor === "64" ? "x64" : processor === "aarch64" ? "arm64" : processor;
  const libc = build.includes("musl") ? "musl" : build.includes("gnu") ? "glibc" : null;
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(libc === null ? {} : { libc: [libc] }),
    optional: true,
    os: [system === "windows" ? "win32" : system],
  };
}
