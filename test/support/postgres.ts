// A real PostgreSQL for a test run: a cluster of its own in a temporary directory, on a free port of 127.0.0.1. It goes with
// stop(), and where that is not called, with the process. Shares with the local stack how to run under another account.

import { execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { withParent } from "../../dev/native.ts";
import { probePort } from "../../dev/ports.ts";
import { type Account, pickAccount } from "../../dev/postgres/account.ts";
import { preparePlace } from "../../dev/postgres/place.ts";

export interface PostgresOptions {
  /** Lines of pg_hba.conf; by default scram-sha-256 for all. The superuser comes in by a line before them. */
  readonly hba?: readonly string[];
  /** Settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Statements run once by the superuser, in the database postgres. */
  readonly sql?: readonly string[];
  /** Switches TLS on with these PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface TestPostgres {
  readonly port: number;
  /** Reaches the database postgres as a superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

const SUPERUSER = "superuser";
const PASSWORD = "test-superuser";
const START_MS = 60_000;

export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-postgres-"));
  chmodSync(directory, 0o711);
  const account = pickAccount();
  const place = preparePlace(directory, true, account);
  const remove = (): void => {
    for (const path of [directory, place.outside])
      if (path !== null) rmSync(path, { recursive: true, force: true });
  };
  try {
    const cluster = join(place.data, "cluster");
    await initialise(cluster, place.data, join(place.programs, "initdb"), account);
    const settings = { ...options.settings, ...installTls(cluster, options.tls, account) };
    const hba = options.hba ?? ["host all all 127.0.0.1/32 scram-sha-256"];
    const lines = [`host all ${SUPERUSER} 127.0.0.1/32 scram-sha-256`, ...hba, ""];
    writeFileSync(join(cluster, "pg_hba.conf"), lines.join("\n"));
    const server = await run(cluster, join(place.programs, "postgres"), settings, account, remove);
    await setUp(server.url, options.sql ?? []).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return server;
  } catch (error) {
    remove();
    throw error;
  }
}

async function initialise(
  cluster: string,
  data: string,
  initdb: string,
  account: Account | null,
): Promise<void> {
  const passwordFile = join(data, "password");
  writeFileSync(passwordFile, `${PASSWORD}\n`);
  const flags = [
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
  ];
  await promisify(execFile)(initdb, [`--pgdata=${cluster}`, "--no-sync", ...flags], {
    ...account,
    cwd: "/",
    env: { LC_ALL: "C" },
  });
}

function installTls(
  cluster: string,
  tls: PostgresOptions["tls"],
  account: Account | null,
): Readonly<Record<string, string>> {
  if (tls === undefined) return {};
  for (const [from, name] of [
    [tls.certificate, "server.crt"],
    [tls.key, "server.key"],
  ] as const) {
    const to = join(cluster, name);
    copyFileSync(from, to);
    chmodSync(to, 0o600);
    if (account !== null) chownSync(to, account.uid, account.gid);
  }
  return { ssl: "on" };
}

async function run(
  cluster: string,
  program: string,
  settings: Readonly<Record<string, string>>,
  account: Account | null,
  remove: () => void,
): Promise<TestPostgres> {
  const port = await probePort(0);
  if (port === null) throw new Error("no free port");
  const all = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: "off",
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command, ...before] = withParent("QUIT", program);
  const server = spawn(command, [...before, "-D", cluster, ...flags], {
    ...account,
    cwd: "/",
    env: { LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const atExit = (): void => {
    server.kill("SIGQUIT");
    remove();
  };
  process.once("exit", atExit);
  const stop = async (): Promise<void> => {
    server.kill("SIGINT");
    await exited;
    process.off("exit", atExit);
    remove();
  };
  let log = "";
  const ready = new Promise<boolean>((resolve) => {
    server.stderr.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString("utf8")).slice(-4000);
      if (log.includes("ready to accept connections")) resolve(true);
    });
    server.once("error", () => resolve(false));
    server.once("close", () => resolve(false));
    setTimeout(() => resolve(false), START_MS).unref();
  });
  if (!(await ready)) {
    await stop();
    throw new Error(`PostgreSQL did not start: ${log}`);
  }
  return { port, url: `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${port}/postgres`, stop };
}

async function setUp(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** One after the other, by a connection of its own to another database of the same server. */
export async function runInDatabase(
  url: string,
  database: string,
  statements: readonly string[],
): Promise<void> {
  const place = new URL(url);
  place.pathname = `/${database}`;
  await setUp(place.href, statements);
}
