// The bundle that the local gateway runs, and where it is kept: what `wrangler deploy` would upload and the bindings that
// wrangler.toml declares, so that the stack cannot drift from a deployment. Not the making of it: build.ts.

import { createHash, type Hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
/** Whatever the Worker may be built of; node_modules by its lock file. */
const SOURCES = [
  "worker",
  "durable-objects",
  "core",
  "migrations",
  "client-shim/src",
  "dev/build-console.mjs",
  "wrangler.toml",
  "package.json",
  "package-lock.json",
];

/** The part of wrangler's configuration that the local gateway is set up with; bundle.json in the bundle's directory. */
export interface Bundle {
  /** File name of the main module, in the directory. */
  readonly main: string;
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  /** Binding name -> class name. */
  readonly objects: Readonly<Record<string, string>>;
  /** Binding name -> database id and absolute path of its migrations. */
  readonly databases: Readonly<Record<string, { readonly id: string; readonly migrations: string }>>;
  /** Bindings of R2 buckets. */
  readonly buckets: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
}

/** In the bundle's directory: what Workers assets serves. */
export const ASSETS_NAME = "assets";

/** Bundles by the hash of their sources. */
export const BUNDLE_CACHE = join(ROOT, "node_modules", ".cache", "sluice-bundles");

/** Names the bundle of the sources as they are now. */
export function hashSources(): string {
  const main = otherMain();
  const hash = createHash("sha256").update(main ?? "");
  if (main !== undefined) hashTree(resolve(ROOT, main), hash);
  for (const source of SOURCES) hashTree(join(ROOT, source), hash);
  return hash.digest("hex").slice(0, 16);
}

/** Another main module for the Worker than wrangler.toml's: dev/crash tries itself on one that is broken on purpose. */
export function otherMain(): string | undefined {
  return process.env["SLUICE_DEV_MAIN"];
}

function hashTree(path: string, hash: Hash): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
    return;
  }
  for (const name of readdirSync(path).toSorted()) {
    if (name !== "node_modules" && name !== "dist") hashTree(join(path, name), hash);
  }
}
