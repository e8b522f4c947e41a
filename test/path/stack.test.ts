// The contract of the local stack (dev/README.md): what people, tests and tools may rely on.

import { rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { decodeJwt } from "jose";
import pg from "pg";
import { afterAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { ROLES } from "../../dev/state.ts";
import {
  descendants,
  hasDev,
  makeState,
  readDev,
  run,
  startStackProcess,
  survivors,
  type Started,
  until,
  untilReady,
} from "./stack-process.ts";

const states: string[] = [];
const state = (): string => {
  const directory = makeState();
  states.push(directory);
  return directory;
};
afterAll(() => states.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

async function query(connectionString: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("dev.json", () => {
  test("has the fields of the contract and no other", () => {
    const dev = readDev(inject("stateDirectory"));
    expect(Object.keys(dev)).toEqual("gateway connect postgres upstream target issuer tokens pid".split(" "));
    expect(Object.keys(dev.tokens)).toEqual([...ROLES]);
    expect(dev.target).toBe("demo");
    expect(new URL(dev.postgres).password).toBe("");
    expect(new URL(dev.connect).password).toBe(dev.tokens.agent);
    expect(new URL(dev.connect).host).toBe(new URL(dev.gateway).host);
  });

  test("is for its owner alone, since it holds tokens", () => {
    expect(statSync(join(inject("stateDirectory"), "dev.json")).mode & 0o777).toBe(0o600);
  });

  test("leads to the database, directly and through the shim", async () => {
    const { postgres, upstream } = inject("stack");
    const rows = [{ count: "10" }];
    expect(await query(upstream, "SELECT count(*) FROM customers")).toEqual(rows);
    expect(await query(postgres, "SELECT count(*) FROM customers")).toEqual(rows);
  });

  test("leads to PostgreSQL 18 that loses nothing on a crash and knows its user by SCRAM", async () => {
    const { upstream } = inject("stack");
    const rows = await query(
      upstream,
      "SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('fsync') AS fsync",
    );
    expect(rows).toEqual([{ major: 18, fsync: "on" }]);
    const wrong = new URL(upstream);
    wrong.password = "wrong";
    await expect(query(wrong.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  });

  test("connects as a role that cannot run programs on this machine", async () => {
    const { upstream } = inject("stack");
    await expect(query(upstream, "COPY (SELECT 1) TO PROGRAM 'true'")).rejects.toMatchObject({
      code: "42501",
    });
  });
});

describe("the issuer", () => {
  test("publishes discovery and keys, and issues tokens of a role by client credentials", async () => {
    const { issuer, tokens } = inject("stack");
    const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({ issuer, jwks_uri: `${issuer}/jwks` });
    const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(keys.map((key) => key["alg"])).toEqual(["RS256"]);
    expect(Object.keys(keys[0] ?? {})).not.toContain("d");
    expect(decodeJwt(tokens.auditor)).toMatchObject({ iss: issuer, aud: "sluice", roles: ["auditor"] });
  });
});

describe("npm run token", () => {
  test("prints a token that has what was asked for, and nothing else", async () => {
    const words = ["run", "-s", "token", "--", "--role", "agent", "--sub", "bot-1", "--ttl", "10m"];
    const claims = ["--claim", "aud=elsewhere", "--claim", 'groups=["a","b"]'];
    const { code, stdout } = await run("npm", ...words, ...claims, "--state", inject("stateDirectory"))
      .finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const token = decodeJwt(stdout.trim());
    expect(token).toMatchObject({ sub: "bot-1", roles: ["agent"], aud: "elsewhere", groups: ["a", "b"] });
    expect(token.iss).toBe(inject("stack").issuer);
    expect((token.exp ?? 0) - (token.iat ?? 0)).toBe(600);
  });

  test.for([
    { words: ["--role", "king"], code: 2, says: "--role takes one of agent, approver, auditor, admin" },
    { words: [], code: 2, says: "--role is missing" },
    { words: ["--role", "agent", "--ttl", "soon"], code: 2, says: "--ttl takes a number and a unit" },
    { words: ["--role", "agent", "--claim", "x"], code: 2, says: "--claim takes NAME=VALUE" },
    { words: ["--rôle", "agent"], code: 2, says: "Unknown option" },
    { words: ["--role", "agent", "--state", "/nowhere"], code: 1, says: "run npm start first" },
  ])("says what is wrong with $words", async ({ words, code, says }) => {
    const finished = await run("node", "dev/token.ts", ...words).finished;
    expect(finished).toMatchObject({ code, stdout: "" });
    expect(finished.stderr).toContain(says);
  });
});

describe("npm start", () => {
  test.for([
    { words: ["--port", "70000"], says: "--port takes a port from 0 to 65535" },
    { words: ["--target", "No Name"], says: "--target takes a name" },
    { words: ["--upstream", "mysql://x"], says: "--upstream takes a URL like postgres://" },
    { words: ["--policy", "/nowhere.json"], says: "/nowhere.json does not exist or cannot be read" },
    { words: ["--state", "/etc/passwd"], says: "/etc/passwd is not a directory" },
    { words: ["--fast"], says: "Unknown option '--fast'" },
    { words: ["extra"], says: "Unexpected argument 'extra'" },
  ])("says what is wrong with $words", async ({ words, says }) => {
    const finished = await run("node", "dev/start.ts", ...words).finished;
    expect(finished).toMatchObject({ code: 2, stdout: "" });
    expect(finished.stderr).toContain(says);
  });

  test("names the port that is taken, and the flag", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await until(() => server.listening, 1000);
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const words = ["--state", state(), "--pg-port", "0", "--port", String(port)];
    const { code, stderr } = await run("node", "dev/start.ts", ...words).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(`port ${port} (gateway) is in use`);
    expect(stderr).toMatch("--port N");
  });

  test("says that an upstream cannot be reached without saying its password, and leaves no process", async () => {
    const words = ["--state", state(), "--port", "0", "--pg-port", "0"];
    const started = run("node", "dev/start.ts", ...words, "--upstream", "postgres://u:canary@127.0.0.1:1/db");
    const processes = new Map<number, string>();
    const watch = setInterval(
      () => descendants(started.process.pid ?? 0).forEach((command, pid) => processes.set(pid, command)),
      20,
    );
    onTestFinished(() => clearInterval(watch));
    const { code, stdout, stderr } = await started.finished;
    expect(code).toBe(1);
    expect(stderr).toContain("--upstream: cannot connect to 127.0.0.1:1 as u");
    expect(stdout + stderr).not.toContain("canary");
    expect(survivors(processes)).toEqual([]);
  });

  test("refuses a second stack on the same state, and says who has it", async () => {
    const { code, stderr } = await run("node", "dev/start.ts", "--state", inject("stateDirectory")).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/another stack \(process \d+\) runs on/);
  });

  test("shows what its agents did from the record, and finds the same data at the next start", async () => {
    const directory = state();
    const words = ["start", "--silent", "--", "--state", directory, "--port", "0", "--pg-port", "0"];
    for (const start of ["first", "second"]) {
      const npm = run("npm", ...words);
      onTestFinished(() => void npm.process.kill("SIGTERM"));
      await untilReady(npm);
      const shown = npm.output();
      expect(shown, start).not.toContain("sluice: demonstration");
      for (const part of [
        "SELECT name, email FROM customers WHERE id = $1",
        "$1 = '3'",
        "Chloé Durand  chloe.durand@example.net",
        'ERROR 42703: column "mail" does not exist',
        "INSERT 0 1",
        "COMMIT",
        "DELETE 1",
      ]) {
        expect(shown, start).toContain(part);
      }
      expect(shown, "secrets stay in dev.json").not.toContain("eyJ");
      const counts = `SELECT (SELECT count(*) FROM customers) AS customers, (SELECT count(*) FROM orders) AS orders,
        (SELECT count(*) FROM order_items) AS items`;
      const dev = readDev(directory);
      expect(shown).not.toContain(new URL(dev.upstream).password);
      expect(await query(dev.upstream, counts), start).toEqual([
        { customers: "10", orders: "24", items: "48" },
      ]);
      npm.process.kill("SIGTERM");
      await npm.finished;
    }
  });

  test("runs on an upstream that is given, beside other stacks, with a policy of its own", async () => {
    const directory = state();
    const { upstream } = inject("stack");
    const given = new URL(upstream);
    given.search = "";
    const policy = join(directory, "policy.yaml");
    writeFileSync(
      policy,
      "extends: owner\nrules: [{ id: no-drop, when: { kind: drop_table }, then: deny }]\n",
    );
    const words = [
      "--state",
      directory,
      "--port=0",
      "--pg-port=0",
      "--upstream",
      given.href,
      "--policy",
      policy,
    ];
    const started = run("node", "dev/start.ts", ...words);
    onTestFinished(() => stop(started));
    await untilReady(started);
    const dev = readDev(directory);
    expect(dev.upstream).toBe(upstream);
    expect(await query(dev.postgres, "SELECT count(*) FROM customers")).toEqual([{ count: "10" }]);
    expect([...descendants(dev.pid).values()].filter((command) => command.includes("postgres"))).toEqual([]);
    await expect(query(dev.postgres, "DROP TABLE customers")).rejects.toMatchObject({ code: "42501" });
    expect(started.output()).toContain("DELETE 1");
  });

  test("leaves tables alone that are not the demonstration's", async () => {
    const { upstream } = inject("stack");
    await query(upstream, "CREATE DATABASE theirs");
    const theirs = new URL(upstream);
    theirs.pathname = "/theirs";
    await query(theirs.href, "CREATE TABLE orders AS SELECT 1 AS n");
    const words = ["--state", state(), "--port=0", "--pg-port=0", "--upstream", theirs.href];
    const started = run("node", "dev/start.ts", ...words);
    onTestFinished(() => stop(started));
    await untilReady(started);
    expect(started.output()).toContain("the database has tables of its own named orders");
    const tables = "SELECT string_agg(tablename, ',') AS names FROM pg_tables WHERE schemaname = 'public'";
    expect(await query(theirs.href, tables)).toEqual([{ names: "orders" }]);
  });

  test("on SIGTERM ends with 0, leaves no process and no dev.json, and keeps its state", async () => {
    const directory = state();
    const words = ["start", "--silent", "--", "--state", directory, "--port", "0", "--pg-port", "0"];
    const npm = run("npm", ...words, "--no-demo", "--target", "shop-2");
    await untilReady(npm);
    const dev = readDev(directory);
    expect(dev.target).toBe("shop-2");
    const processes = descendants(npm.process.pid ?? 0);
    expect([...processes.values()].some((command) => command.includes("workerd"))).toBe(true);
    expect([...processes.values()].some((command) => command.includes("bin/postgres"))).toBe(true);
    await query(dev.postgres, "CREATE TABLE kept AS SELECT 7 AS n");

    npm.process.kill("SIGTERM");
    expect((await npm.finished).code).toBe(0);
    expect(survivors(processes)).toEqual([]);
    expect(hasDev(directory)).toBe(false);

    const again = await startStackProcess(directory);
    onTestFinished(() => stop(again));
    const { upstream, issuer } = readDev(directory);
    expect(await query(upstream, "SELECT n FROM kept")).toEqual([{ n: 7 }]);
    expect(issuer).toBe(dev.issuer);
  });

  test("killed with SIGKILL leaves no process, and the next start finds what was written", async () => {
    const directory = state();
    const first = await startStackProcess(directory);
    const processes = descendants(first.process.pid ?? 0);
    await query(readDev(directory).postgres, "CREATE TABLE kept AS SELECT 8 AS n");
    first.process.kill("SIGKILL");
    await first.finished;
    const second = await startStackProcess(directory);
    onTestFinished(() => stop(second));
    expect(survivors(processes)).toEqual([]);
    const dev = readDev(directory);
    expect(dev.pid).toBe(second.process.pid);
    expect(await query(dev.postgres, "SELECT n FROM kept")).toEqual([{ n: 8 }]);
  });

  test.for([
    "workerd serve",
    "bin/postgres",
    "gateway/main.ts",
    "postgres/main.ts",
    "issuer/main.ts",
    "shim/main.ts",
  ])("brings %s back on the same addresses after SIGKILL, and says so", async (part) => {
    const started = await sharedStack();
    const dev = readDev(started.state);
    const [pid] = [...descendants(dev.pid)].find(([, command]) => command.includes(part)) ?? [];
    expect(pid).toBeDefined();
    const before = started.output().length;
    process.kill(pid ?? 0, "SIGKILL");
    await until(() => /is back/.test(started.output().slice(before)), 20_000);
    expect(await query(dev.postgres, "SELECT 1 AS n")).toEqual([{ n: 1 }]);
  });

  afterAll(async () => {
    if (shared !== null) await stop(await shared);
  });
});

type Running = Started;

/** One stack for the tests that kill parts of it. */
let shared: Promise<Running & { readonly state: string }> | null = null;
function sharedStack(): Promise<Running & { readonly state: string }> {
  const directory = shared === null ? state() : "";
  shared ??= startStackProcess(directory).then((started) => ({ ...started, state: directory }));
  return shared;
}

async function stop(started: Running): Promise<void> {
  started.process.kill("SIGTERM");
  await started.finished;
}
