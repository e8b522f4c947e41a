// pg_dump through the gateway writes what it writes directly, decided on or not. It refuses a server that is newer than itself, so this runs
// PostgreSQL of pg_dump's own version as the upstream of a stack of its own; skipped where the two are not installed.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seed } from "../../dev/demo/seed.ts";
import { probePort } from "../../dev/ports.ts";
import { pickAccount } from "../../dev/postgres/account.ts";
import { createReporter } from "../../dev/report.ts";
import { startStack } from "../../dev/stack.ts";
import { GOVERNED } from "./compat-governed.ts";

const run = promisify(execFile);
/** Where Debian puts a version. */
const VERSIONS = "/usr/lib/postgresql";

function findPrograms(): string | null {
  if (!existsSync(VERSIONS)) return null;
  const places = readdirSync(VERSIONS).map((version) => join(VERSIONS, version, "bin"));
  return (
    places.find((place) =>
      ["initdb", "postgres", "pg_dump"].every((name) => existsSync(join(place, name))),
    ) ?? null
  );
}

const programs = findPrograms();

const DOCUMENTS: readonly (readonly [name: string, document: string])[] = [
  ["that is open", "extends: owner\n"],
  ["that is governed and allows everything", GOVERNED],
];

describe.skipIf(programs === null).each(DOCUMENTS)("pg_dump under a document %s", (_, document) => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-dump-"));
  const abort = new AbortController();
  let server: ChildProcess;
  let stopped: Promise<void> | undefined;
  let direct: string;
  let shim: string;

  beforeAll(async () => {
    chmodSync(directory, 0o711);
    const account = pickAccount();
    if (account !== null) chownSync(directory, account.uid, account.gid);
    const options = { ...account, cwd: "/", env: { LC_ALL: "C.UTF-8" } };
    const cluster = join(directory, "cluster");
    await run(join(programs ?? "", "initdb"), ["-D", cluster, "-U", "owner", "-A", "trust", "-N"], options);
    const port = await probePort(0);
    const settings = ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", `port=${port}`];
    const flags = ["-D", cluster, ...settings.flatMap((setting) => ["-c", setting])];
    server = spawn(join(programs ?? "", "postgres"), flags, {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      server.stderr?.on(
        "data",
        (chunk: Buffer) => chunk.includes("ready to accept connections") && resolve(),
      );
      server.once("close", () => reject(new Error("PostgreSQL did not start")));
    });
    direct = `postgres://owner@127.0.0.1:${port}/postgres?sslmode=disable`;
    await seed(direct);
    const policy = join(directory, "policy.yaml");
    writeFileSync(policy, document);
    const stack = await startStack(
      {
        upstream: new URL(direct),
        policy,
        target: "demo",
        port: 0,
        pgPort: 0,
        state: join(directory, "state"),
        demo: false,
        quiet: true,
      },
      createReporter("silent"),
      abort.signal,
    );
    stopped = stack?.stopped;
    shim = stack?.dev.postgres ?? "";
  }, 60_000);

  afterAll(async () => {
    abort.abort();
    await stopped;
    const exited = new Promise((resolve) => server.once("close", resolve));
    server.kill("SIGINT");
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });

  async function dump(url: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(join(programs ?? "", "pg_dump"), [...args, "-d", url], {
      maxBuffer: 64 * 1024 * 1024,
    });
    // A random key of each dump.
    return stdout.replaceAll(/^\\(un)?restrict .*$/gm, "");
  }

  it.each([
    ["a script with COPY", []],
    ["a script with INSERT", ["--inserts", "--rows-per-insert=10"]],
    ["the schema alone", ["--schema-only"]],
  ])("writes what it writes directly: %s", async (_, args) => {
    const expected = await dump(direct, ...args);
    expect(expected).toContain("CREATE TABLE public.customers");
    expect(await dump(shim, ...args)).toBe(expected);
  });

  it("restores through the gateway what it wrote", async () => {
    const script = await dump(direct, "--clean", "--if-exists");
    const psql = execFile(join(programs ?? "", "psql"), ["-X", "-q", "-v", "ON_ERROR_STOP=1", shim]);
    let errors = "";
    psql.stderr?.on("data", (chunk: string) => (errors += chunk));
    const exited = new Promise((resolve) => psql.once("close", resolve));
    psql.stdin?.end(script);
    expect([await exited, errors]).toEqual([0, ""]);
    expect(await dump(direct, "--clean", "--if-exists")).toBe(script);
  });
});
