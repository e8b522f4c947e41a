// What `wrangler deploy` would upload, made by wrangler itself, and the bindings that wrangler.toml declares: the stack runs
// these and nothing of its own, so the two cannot drift. Kept in the state directory while no source changed.
// A program of its own (`node bundle.ts OUT_DIR`), since loading wrangler takes a second that a second start need not spend.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const CONFIG = join(ROOT, "wrangler.toml");
/** Whatever the Worker may be built of; node_modules by its lock file. */
const SOURCES = [
  "worker",
  "durable-objects",
  "core",
  "migrations",
  "client-shim/src",
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
  readonly vars: Readonly<Record<string, string>>;
}

/** What is read of wrangler's own configuration type, which does not resolve here (it names uninstalled packages). */
interface WranglerConfig {
  readonly main?: string | undefined;
  readonly compatibility_date?: string | undefined;
  readonly compatibility_flags: readonly string[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly d1_databases: readonly {
    readonly binding: string;
    readonly database_id?: string | undefined;
    readonly migrations_dir?: string | undefined;
  }[];
  readonly vars: Readonly<Record<string, unknown>>;
}

/** The directory in `parent` for the sources as they are now; complete if it exists. */
export function bundleDirectory(parent: string): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) hashTree(join(ROOT, source), hash);
  return join(parent, hash.digest("hex").slice(0, 16));
}

function hashTree(path: string, hash: ReturnType<typeof createHash>): void {
  if (!existsSync(path)) return;
  let names: string[];
  try {
    names = readdirSync(path).toSorted();
  } catch {
    hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
    return;
  }
  for (const name of names) {
    if (name !== "node_modules" && name !== "dist") hashTree(join(path, name), hash);
  }
}

async function build(directory: string): Promise<void> {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const unfinished = `${directory}.${process.pid}.tmp`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const cli = join(
    dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
    "bin",
    "wrangler.js",
  );
  const stub = process.env["SLUICE_DEV_MAIN"];
  execFileSync(
    process.execPath,
    [
      cli,
      "deploy",
      ...(stub === undefined ? [] : [stub]),
      "--config",
      CONFIG,
      "--dry-run",
      "--outdir",
      unfinished,
    ],
    {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_SEND_ERROR_REPORTS: "false",
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_LOG_PATH: join(unfinished, "log"),
        CI: "true",
        NO_COLOR: "1",
      },
    },
  );
  const config: WranglerConfig = readConfig({ config: CONFIG });
  const bundle: Bundle = {
    main: `${basename(stub ?? config.main ?? "index", ".ts")}.js`,
    compatibility_date: config.compatibility_date ?? "",
    compatibility_flags: config.compatibility_flags,
    objects: Object.fromEntries(
      config.durable_objects.bindings.map((object) => [object.name, object.class_name]),
    ),
    databases: Object.fromEntries(
      config.d1_databases.map((database) => [
        database.binding,
        {
          id: database.database_id ?? database.binding,
          migrations: resolve(ROOT, database.migrations_dir ?? "migrations"),
        },
      ]),
    ),
    vars: Object.fromEntries(
      Object.entries(config.vars).map(([k, v]) => [k, typeof v === "string" ? v : JSON.stringify(v)]),
    ),
  };
  writeFileSync(join(unfinished, "bundle.json"), JSON.stringify(bundle, null, 2));
  rmSync(directory, { recursive: true, force: true });
  renameSync(unfinished, directory);
}

if (import.meta.main) {
  const directory = process.argv[2];
  if (directory === undefined) throw new Error("usage: node bundle.ts OUT_DIR");
  try {
    await build(directory);
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? `${String(error.stderr)}` : String(error);
    process.stderr.write(output);
    process.exit(1);
  }
}
