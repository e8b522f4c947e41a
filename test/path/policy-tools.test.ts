// pg_dump and psql themselves under a policy: what may be read is dumped and described as it is directly. pg_dump refuses a
// server that is newer than itself, so PostgreSQL of its own version is the upstream; skipped where the two are not installed.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probePort } from "../../dev/ports.ts";
import { pickAccount } from "../../dev/postgres/account.ts";
import { type PolicyGateway, startPolicyGateway } from "../policy/gateway.ts";

const run = promisify(execFile);
/** Where Debian puts a version. */
const VERSIONS = "/usr/lib/postgresql";
const NEEDED = ["initdb", "postgres", "pg_dump", "psql"] as const;

const SCHEMA = `
CREATE SCHEMA app;
CREATE TABLE app.customers (id int PRIMARY KEY, name text NOT NULL, vip boolean DEFAULT false);
CREATE TABLE app.orders (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, customer int REFERENCES app.customers ON DELETE CASCADE, total numeric CHECK (total >= 0), doc jsonb);
CREATE INDEX orders_by_customer ON app.orders (customer);
CREATE VIEW app.vips AS SELECT * FROM app.customers WHERE vip;
CREATE FUNCTION app.total(c int) RETURNS numeric STABLE LANGUAGE sql AS 'SELECT sum(total) FROM app.orders WHERE customer = c';
CREATE TYPE app.mood AS ENUM ('sad', 'happy');
COMMENT ON TABLE app.orders IS 'what was ordered';
INSERT INTO app.customers SELECT n, 'customer ' || n, n % 2 = 0 FROM generate_series(1, 20) n;
INSERT INTO app.orders (customer, total) SELECT 1 + n % 20, n FROM generate_series(1, 50) n;
`;

function findPrograms(): string | null {
  if (!existsSync(VERSIONS)) return null;
  const places = readdirSync(VERSIONS).map((version) => join(VERSIONS, version, "bin"));
  return places.find((place) => NEEDED.every((name) => existsSync(join(place, name)))) ?? null;
}

const programs = findPrograms();

describe.skipIf(programs === null)("under a read-only document", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-policy-tools-"));
  let server: ChildProcess;
  let gateway: PolicyGateway;
  let direct: string;

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
      server.stderr?.on("data", (chunk: Buffer) => chunk.includes("ready to accept") && resolve());
      server.once("close", () => reject(new Error("PostgreSQL did not start")));
    });
    direct = `postgres://owner@127.0.0.1:${port}/postgres?sslmode=disable`;
    const client = new pg.Client({ connectionString: direct });
    await client.connect();
    await client.query(SCHEMA);
    await client.end();
    gateway = await startPolicyGateway({ url: direct }, "extends: read-only\n");
  }, 60_000);

  afterAll(async () => {
    await gateway?.stop();
    const exited = new Promise((resolve) => server.once("close", resolve));
    server.kill("SIGINT");
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });

  async function ask(program: string, url: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(join(programs ?? "", program), [...args, "-d", url], {
      maxBuffer: 64 * 1024 * 1024,
    });
    // A random key of each dump.
    return stdout.replaceAll(/^\\(un)?restrict .*$/gm, "");
  }

  it.each([
    ["whole", []],
    ["as INSERTs", ["--inserts"]],
    ["its schema alone", ["--schema-only", "--schema=app"]],
  ])("pg_dump writes the database %s", async (_, words) => {
    // As a superuser it would read the subscriptions' connection strings, which no wildcard reaches.
    const args = ["--no-subscriptions", ...words];
    const expected = await ask("pg_dump", direct, args);
    expect(expected).toContain("CREATE TABLE app.customers");
    expect(await ask("pg_dump", gateway.url, args)).toBe(expected);
  });

  it.each([
    "\\d",
    "\\d+ app.orders",
    "\\dt+ app.*",
    "\\df+ app.*",
    "\\l",
    "\\du",
    "\\dn+",
    "\\dx",
    "\\dp app.*",
    "\\dT+ app.*",
    "\\di+ app.*",
    "\\dv+ app.*",
    "\\sf app.total",
  ])("psql answers %s", async (command) => {
    const args = ["-X", "-A", "-c", command];
    expect(await ask("psql", gateway.url, args)).toBe(await ask("psql", direct, args));
  });
});
