// The database dies: a backend is killed, the server is stopped, the server is not there. On a PostgreSQL and a stack of its
// own, since a killed backend takes all others with it.

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createReporter } from "../../dev/report.ts";
import { startStack } from "../../dev/stack.ts";
import type { DevFile } from "../../dev/state.ts";
import { endedSession, statementsOf } from "../support/auditor.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { errorFields, query, WireClient } from "../support/wire-client.ts";

describe("the database dies", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-lost-"));
  const abort = new AbortController();
  let server: TestPostgres;
  let stopped: Promise<void> | undefined;
  let dev: DevFile;

  beforeAll(async () => {
    chmodSync(directory, 0o711);
    server = await startPostgres();
    const flags = {
      upstream: new URL(`${server.url}?sslmode=disable`),
      policy: null,
      target: "demo",
      port: 0,
      pgPort: 0,
      state: join(directory, "state"),
      demo: false,
      quiet: true,
    };
    const stack = await startStack(flags, createReporter("silent"), abort.signal);
    if (stack === null) throw new Error("the stack did not come up");
    ({ dev, stopped } = stack);
  }, 60_000);

  afterAll(async () => {
    abort.abort();
    await stopped;
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const connect = (name: string): Promise<WireClient> =>
    WireClient.connect(dev.postgres, { parameters: { application_name: name } });

  async function killBackendOf(name: string): Promise<void> {
    const observer = new pg.Client({ connectionString: server.url });
    observer.on("error", () => undefined);
    await observer.connect();
    const sql = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
    const { rows } = await observer.query<{ pid: number }>(sql, [name]);
    process.kill(rows[0]?.pid ?? 0, "SIGKILL");
    await observer.end().catch(() => undefined);
  }

  async function recorded(name: string): Promise<unknown> {
    const session = await endedSession(name, dev);
    const statements = await statementsOf(session.id, dev);
    return { reason: session.end_reason, outcomes: statements.map(({ outcome }) => outcome) };
  }

  it("a backend killed while idle: 08006, and the next connection works", async () => {
    const client = await connect("killed idle");
    await client.query("SELECT 1");
    await killBackendOf("killed idle");
    const rest = await client.ready();
    expect(errorFields(rest).get("C")).toBe("08006");
    expect(errorFields(rest).get("S")).toBe("FATAL");
    expect(client.closed).toBe(true);
    expect(await recorded("killed idle")).toEqual({ reason: "upstream_lost", outcomes: ["completed"] });
  });

  it("a backend killed while a statement runs: its outcome is unknown, and the agent is told so", async () => {
    // PostgreSQL starts anew after a backend was killed.
    const client = await eventually(() => connect("killed busy"));
    client.send(query("SELECT pg_sleep(30)"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await killBackendOf("killed busy");
    const rest = await client.ready();
    expect(errorFields(rest).get("C")).toBe("08006");
    expect(errorFields(rest).get("H")).toContain("may or may not have taken effect");
    expect(await recorded("killed busy")).toEqual({ reason: "upstream_lost", outcomes: ["unknown"] });
  });

  it("a server that stops says so itself, and is refused clearly once it is gone", async () => {
    const client = await eventually(() => connect("stopped"));
    const ended = client.ready();
    await server.stop();
    expect(errorFields(await ended).get("C")).toBe("57P01");
    expect(await recorded("stopped")).toEqual({ reason: "upstream_lost", outcomes: [] });
    const refused = await connect("nobody there").then(
      () => "connected",
      (error: unknown) => String(error),
    );
    expect(refused).toContain('"C":"08001"');
    expect(refused).not.toContain("test-superuser");
  });

  async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
    for (let left = 20; ; left--) {
      try {
        return await attempt();
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  }
});
