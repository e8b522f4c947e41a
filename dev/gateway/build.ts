// Makes the bundle with wrangler itself. A process of its own, because loading wrangler takes a second and 100 MB that a
// stack which finds its bundle made need not spend; a part, so that it ends with the stack.

import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { withParent } from "../native.ts";
import { servePart } from "../part.ts";
import { UserError } from "../user-error.ts";
import { ASSETS_NAME, otherMain, ROOT, type Bundle } from "./bundle.ts";

export interface BuildSettings {
  /** Where the bundle goes: there when it is complete. */
  readonly directory: string;
}

/** Enough to go back and forth between a few branches. */
const KEPT_BUNDLES = 5;

const CONFIG = join(ROOT, "wrangler.toml");

/** Where wrangler's build command puts what browsers load ([assets]). */
const ASSETS = join(ROOT, "dist", "assets");

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
  readonly r2_buckets: readonly { readonly binding: string }[];
  readonly vars: Readonly<Record<string, unknown>>;
}

servePart<BuildSettings, null>(async ({ directory }) => {
  const unfinished = `${directory}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await runWrangler(unfinished);
    cpSync(ASSETS, join(unfinished, ASSETS_NAME), { recursive: true });
    writeFileSync(join(unfinished, "bundle.json"), JSON.stringify(await readBundle(), null, 2));
    if (!existsSync(directory)) renameSync(unfinished, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  removeOldest(dirname(directory));
  return { facts: null, stop: () => Promise.resolve() };
});

function removeOldest(cache: string): void {
  const paths = readdirSync(cache).map((name) => join(cache, name));
  const byAge = paths.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of byAge.slice(KEPT_BUNDLES)) rmSync(path, { recursive: true, force: true });
}

async function runWrangler(directory: string): Promise<void> {
  // Not bin/wrangler.js: it starts this in yet another process, which a signal to the first would not reach.
  const cli = join(
    dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
    "wrangler-dist",
    "cli.js",
  );
  const [program, ...before] = withParent("KILL", process.execPath);
  const other = otherMain();
  const main = other === undefined ? [] : [other];
  const flags = ["--config", CONFIG, "--dry-run", "--outdir", directory];
  const child = spawn(program, [...before, "--no-warnings", cli, "deploy", ...main, ...flags], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(directory, "log"),
      CI: "true",
      NO_COLOR: "1",
    },
  });
  process.once("exit", () => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
  const code = await new Promise<number | null>((done, reject) =>
    child.once("error", reject).once("close", done),
  );
  if (code !== 0) throw new UserError(`the Worker does not build\n${plain(errors)}`);
}

/** Without colours, and without the path of a log that is gone by the time anyone reads this. */
function plain(output: string): string {
  const lines = stripVTControlCharacters(output).split("\n");
  return lines.filter((line) => line.trim() !== "" && !line.includes("Logs were written to")).join("\n");
}

async function readBundle(): Promise<Bundle> {
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config: WranglerConfig = readConfig({ config: CONFIG });
  return {
    main: `${basename(otherMain() ?? config.main ?? "index", ".ts")}.js`,
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
    buckets: config.r2_buckets.map(({ binding }) => binding),
    vars: Object.fromEntries(
      Object.entries(config.vars).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  };
}
