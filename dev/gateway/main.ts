// The part "gateway": the bundle in real workerd, through miniflare, with Durable Object and D1 storage on disk below the
// state directory. miniflare starts workerd anew when it dies; this part says so, and ends itself if that fails.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { withParent } from "../native.ts";
import { servePart, type PartContext } from "../part.ts";
import { LOOPBACK } from "../ports.ts";
import { readJson } from "../state.ts";
import { ASSETS_NAME, type Bundle } from "./bundle.ts";
import { migrate } from "./migrate.ts";
import { readModules } from "./modules.ts";
import { applyPolicy } from "./policy.ts";

export interface GatewaySettings {
  /** The state directory. */
  readonly state: string;
  /** Where bundle.ts put the bundle. */
  readonly bundle: string;
  readonly port: number;
  /** Vars and secrets: over those of wrangler.toml. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Bindings of D1 databases beside those of wrangler.toml, for the record as LEDGER is. */
  readonly shards?: readonly string[];
  /** The policy to put in force; null where the var DEFAULT_POLICY says it. */
  readonly policy: { readonly target: string; readonly document: string; readonly asked: boolean } | null;
  /** How often the Worker's crons come; as wrangler.toml has it unless said. */
  readonly roundMs?: number;
}

export interface GatewayFacts {
  readonly url: string;
  readonly policyVersion: string;
}

/** As the trigger in wrangler.toml says. */
const ROUND_MS = 10 * 60_000;

servePart<GatewaySettings, GatewayFacts>(async (settings, context) => {
  bindWorkerdToThisProcess(settings.state);
  const bundle = readJson<Bundle>(join(settings.bundle, "bundle.json"));
  const databases = withShards(bundle.databases, settings.shards ?? []);
  const options = convertV4MiniflareOptions({
    name: "sluice",
    host: LOOPBACK,
    port: settings.port,
    cf: false,
    logRequests: false,
    telemetry: { enabled: false },
    // Off unless asked for: whoever reaches it can run code in the gateway (bench/memory.ts looks at heaps by it).
    ...(process.env["SLUICE_DEV_INSPECTOR"] === undefined
      ? {}
      : { inspectorPort: Number(process.env["SLUICE_DEV_INSPECTOR"]) }),
    log: new FaultLog(context),
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error" || level === "warn") context.note(message);
    },
    unsafeHandleRuntimeRestart: () => {
      reportWorkerd(context);
      context.note("workerd is back");
    },
    resourcePersistencePath: join(settings.state, "gateway"),
    // As `[assets]` does where it is deployed: what is there is served before the Worker is asked.
    assets: {
      directory: join(settings.bundle, ASSETS_NAME),
      routerConfig: { has_user_worker: true },
      assetConfig: { html_handling: "none", not_found_handling: "none" },
    },
    modules: readModules(settings.bundle, bundle.main),
    modulesRoot: settings.bundle,
    compatibilityDate: bundle.compatibility_date,
    compatibilityFlags: [...bundle.compatibility_flags],
    bindings: { ...bundle.vars, ...settings.bindings },
    durableObjects: Object.fromEntries(
      Object.entries(bundle.objects).map(([name, className]) => [name, { className, useSQLite: true }]),
    ),
    // wrangler.toml has none until somebody makes one; dev/crash tries what happens where there is.
    r2Buckets: [...bundle.buckets, ...(process.env["SLUICE_DEV_BUCKETS"]?.split(",") ?? [])],
    d1Databases: Object.fromEntries(Object.entries(databases).map(([name, { id }]) => [name, id])),
  });
  const miniflare = new Miniflare(options);
  await miniflare.ready;
  reportWorkerd(context);
  for (const [name, { migrations }] of Object.entries(databases)) {
    await migrate(await miniflare.getD1Database(name), migrations);
  }
  const policyVersion =
    settings.policy === null
      ? "default"
      : String(await applyPolicy(await miniflare.getD1Database("LEDGER"), settings.policy));
  const rounds = setInterval(() => void round(miniflare, context), settings.roundMs ?? ROUND_MS);
  return {
    facts: { url: `http://${LOOPBACK}:${settings.port}`, policyVersion },
    stop: () => {
      clearInterval(rounds);
      return miniflare.dispose();
    },
  };
});

/** miniflare calls no crons by itself. */
async function round(miniflare: Miniflare, context: PartContext): Promise<void> {
  try {
    const worker = await miniflare.getWorker();
    await worker.scheduled({});
  } catch (fault) {
    context.note(`a round of the cron failed: ${fault instanceof Error ? fault.message : "unknown"}`);
  }
}

function withShards(databases: Bundle["databases"], shards: readonly string[]): Bundle["databases"] {
  const migrations = databases["LEDGER"]?.migrations ?? "";
  return { ...Object.fromEntries(shards.map((name) => [name, { id: name, migrations }])), ...databases };
}

/** miniflare's own words are for wrangler's users: only what means that the gateway is gone is of interest here. */
class FaultLog extends Log {
  readonly #context: PartContext;

  constructor(context: PartContext) {
    super(LogLevel.WARN);
    this.#context = context;
  }

  override logWithLevel(level: LogLevel, message: string): void {
    if (message.includes("crashed unexpectedly")) this.#context.note("workerd ended; restarting it");
    else if (message.includes("failed to restart")) this.#context.fail("workerd does not come back");
    else if (level <= LogLevel.WARN && level > LogLevel.NONE) this.#context.note(message);
  }
}

/** miniflare takes one path for workerd, so what has to stand before it goes into a script. */
function bindWorkerdToThisProcess(state: string): void {
  const command = withParent("KILL", findWorkerd());
  if (command.length === 1) return;
  const script = join(state, "workerd.sh");
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  writeFileSync(script, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o700 });
  process.env["MINIFLARE_WORKERD_PATH"] = script;
}

/** workerd is this process's only child; miniflare does not tell its process id. */
function reportWorkerd(context: PartContext): void {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "latin1");
    const pid = Number.parseInt(children, 10);
    if (Number.isSafeInteger(pid)) context.native(pid);
  } catch {
    // No such file on this kernel: the parent-death signal has to do.
  }
}

/** The program that miniflare would take; the package has no types. */
function findWorkerd(): string {
  const miniflare = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  return (miniflare("workerd") as { readonly default: string }).default;
}
