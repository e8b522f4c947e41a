// The part "postgres": makes the cluster if there is none, runs the server on loopback with SCRAM, and makes the role and
// database that the gateway connects to. The role is no superuser: who can run COPY … TO PROGRAM has the whole account.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { withParent } from "../native.ts";
import { servePart, type PartContext } from "../part.ts";
import { LOOPBACK } from "../ports.ts";
import { UserError } from "../user-error.ts";
import { pickAccount, type Account } from "./account.ts";
import { endOrphan } from "./orphan.ts";
import { preparePlace, type Place } from "./place.ts";

export interface PostgresSettings {
  /** The state directory. */
  readonly state: string;
  readonly fresh: boolean;
  readonly port: number;
  readonly superuserPassword: string;
  readonly upstream: { readonly user: string; readonly password: string; readonly database: string };
}

export interface PostgresFacts {
  readonly version: string;
  /** Where the files are when they cannot be in the state directory. */
  readonly outside: string | null;
}

/** Room for load tests: 200 sessions through the gateway and as many beside it. */
const MAX_CONNECTIONS = 450;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const SUPERUSER = "postgres";

servePart<PostgresSettings, PostgresFacts>(async (settings, context) => {
  const account = pickAccount();
  const place = preparePlace(settings.state, settings.fresh, account);
  const cluster = join(place.data, "18");
  if (!existsSync(cluster)) await makeCluster(cluster, place, settings, account);
  await endOrphan(cluster);
  const stop = await runServer(cluster, place, settings, account, context);
  const version = await prepareDatabase(settings);
  return { facts: { version, outside: place.outside }, stop };
});

/** Made beside its place and then moved, since initdb that was killed half-way leaves what looks like a cluster. */
async function makeCluster(
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
    await promisify(execFile)(
      join(place.programs, "initdb"),
      [
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

async function runServer(
  cluster: string,
  place: Place,
  settings: PostgresSettings,
  account: Account | null,
  context: PartContext,
): Promise<() => Promise<void>> {
  const options = {
    port: settings.port,
    listen_addresses: LOOPBACK,
    unix_socket_directories: "",
    max_connections: MAX_CONNECTIONS,
    password_encryption: "scram-sha-256",
    log_min_messages: "fatal",
    logging_collector: "off",
    // A statement that takes more than 32 MB to sort is not what this is measured with.
    shared_buffers: "128MB",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // SIGQUIT ends the server's children too; SIGKILL would leave those that are busy.
  const [program, ...before] = [...withParent("QUIT"), join(place.programs, "postgres")];
  if (program === undefined) throw new Error("no program");
  const server = spawn(program, [...before, "-D", cluster, ...flags], {
    ...account,
    cwd: "/",
    env: serverEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log = keepTail(server);
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  let stopping = false;
  let listening = false;
  if (server.pid !== undefined) context.native(server.pid);
  server.once("error", () => undefined);
  server.once("close", (code, signal) => {
    if (listening && !stopping) context.fail(`the server ended with ${signal ?? `exit code ${code}`}`);
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    server.kill("SIGINT");
    const late = setTimeout(() => server.kill("SIGQUIT"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(late);
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    if (await answers(settings)) {
      listening = true;
      return stop;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new UserError(`the server does not start: ${log().trim() || "no message"}`);
}

/** The last lines of the server's log: what a failed start is explained with. */
function keepTail(server: ChildProcess): () => string {
  let tail = "";
  server.stderr?.on("data", (chunk: Buffer) => (tail = (tail + chunk.toString("utf8")).slice(-4000)));
  return () => tail;
}

/** True once the server takes the superuser in: it listens before it has recovered. */
async function answers(settings: PostgresSettings): Promise<boolean> {
  const client = superuser(settings, "postgres");
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function prepareDatabase(settings: PostgresSettings): Promise<string> {
  const { user, password, database } = settings.upstream;
  const client = superuser(settings, "postgres");
  await client.connect();
  try {
    const name = client.escapeIdentifier(user);
    const known = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [user]);
    if (known.rowCount === 0) {
      await client.query(
        `CREATE ROLE ${name} LOGIN CREATEDB CREATEROLE PASSWORD ${client.escapeLiteral(password)};
         GRANT pg_monitor, pg_signal_backend TO ${name}`,
      );
    }
    const there = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (there.rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${name}`);
    }
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return rows[0]?.server_version ?? "";
  } finally {
    await client.end();
  }
}

function superuser(settings: PostgresSettings, database: string): pg.Client {
  const { port, superuserPassword: password } = settings;
  const client = new pg.Client({ host: LOOPBACK, port, user: SUPERUSER, password, database });
  client.on("error", () => undefined);
  return client;
}

/** LC_ALL from outside would make messages, and so tests, depend on the machine. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
