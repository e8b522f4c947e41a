// How a session is interrupted and how it ends: cancelled, its database lost, its agent lost, its token expired, its result
// too large. PostgreSQL is asked directly what still runs; the record has to say what happened.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Pool, neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PROTOCOL_3_2 } from "#core/wire";
import { startBridge } from "../../client-shim/src/index.ts";
import { endedSession, liveSession, statementsOf, waitFor } from "../support/auditor.ts";
import {
  describe as words,
  errorFields,
  query,
  sendCancel,
  WireClient,
  type WireOptions,
} from "../support/wire-client.ts";

const TERMINATED_MS = 5_000;
let observer: pg.Client;
let named = 0;

beforeAll(async () => {
  observer = new pg.Client({ connectionString: inject("stack").upstream });
  await observer.connect();
});
afterAll(() => observer.end());

function connect(name: string, options: WireOptions = {}): Promise<WireClient> {
  return WireClient.connect(inject("stack").postgres, { ...options, parameters: { application_name: name } });
}

const unique = (what: string): string => `${what} ${Date.now()} ${named++}`;

async function backendOf(
  applicationName: string,
): Promise<{ pid: number; state: string; query: string } | undefined> {
  const found = await observer.query<{ pid: number; state: string; query: string }>(
    "SELECT pid, state, query FROM pg_stat_activity WHERE application_name = $1",
    [applicationName],
  );
  return found.rows[0];
}

/** A question of the gateway's own for names is active too. */
const running = (name: string, called = "pg_sleep"): Promise<true> =>
  waitFor(`a running ${called} of ${name}`, async () => {
    const backend = await backendOf(name);
    return backend?.state === "active" && backend.query.includes(called) ? true : undefined;
  });

const gone = (name: string): Promise<true> =>
  waitFor(`the end of ${name} in PostgreSQL`, async () =>
    (await backendOf(name)) === undefined ? true : undefined,
  );

async function outcomesOf(
  name: string,
): Promise<{ readonly reason: unknown; readonly statements: unknown[] }> {
  const session = await endedSession(name);
  const statements = await statementsOf(session.id);
  return {
    reason: session.end_reason,
    statements: statements.map(({ outcome, error }) => [outcome, error?.sqlstate ?? null]),
  };
}

describe("CancelRequest", () => {
  it("cancels the statement of its own session and of no other, which goes on", async () => {
    const [mine, other] = [unique("cancel"), unique("bystander")];
    const [client, bystander] = [await connect(mine), await connect(other)];
    client.send(query("SELECT pg_sleep(20)"));
    bystander.send(query("SELECT pg_sleep(2), 'slept well'"));
    await Promise.all([running(mine), running(other)]);
    await sendCancel(inject("stack").postgres, client.key);
    expect(errorFields(await client.ready()).get("C")).toBe("57014");
    expect((await bystander.ready()).map(words).join()).toContain("slept well");
    expect((await client.query("SELECT 'alive'")).map(words).join()).toContain("alive");
    await client.end();
    await bystander.end();
    expect(await outcomesOf(mine)).toEqual({
      reason: "agent_terminated",
      statements: [
        ["failed", "57014"],
        ["completed", null],
      ],
    });
  });

  it("does nothing with a wrong key, a wrong process id, or half a key", async () => {
    const name = unique("wrong key");
    const client = await connect(name);
    client.send(query("SELECT pg_sleep(1.5), 'not cancelled'"));
    await running(name);
    const { processId, secretKey } = client.key;
    const wrong = secretKey.map((byte, i) => (i === secretKey.length - 1 ? byte ^ 1 : byte));
    await sendCancel(inject("stack").postgres, { processId, secretKey: wrong });
    await sendCancel(inject("stack").postgres, { processId: (processId ^ 1) >>> 0, secretKey });
    await sendCancel(inject("stack").postgres, { processId, secretKey: new Uint8Array(4) });
    expect((await client.ready()).map(words).join()).toContain("not cancelled");
    await client.end();
  });

  it("works with the long key of protocol 3.2, and with no shorter part of it", async () => {
    const name = unique("long key");
    const client = await connect(name, { protocol: PROTOCOL_3_2 });
    expect(client.startup.some(({ code }) => code === "v".charCodeAt(0))).toBe(false);
    expect(client.key.secretKey.length).toBeGreaterThan(4);
    client.send(query("SELECT pg_sleep(20)"));
    await running(name);
    await sendCancel(inject("stack").postgres, {
      ...client.key,
      secretKey: client.key.secretKey.subarray(0, 4),
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await backendOf(name))?.state).toBe("active");
    await sendCancel(inject("stack").postgres, client.key);
    expect(errorFields(await client.ready()).get("C")).toBe("57014");
    expect((await liveSession(name))["protocol_version"]).toBe("3.2");
    await client.end();
  });

  it("of a session that is idle or over is harmless", async () => {
    const client = await connect(unique("idle"));
    await sendCancel(inject("stack").postgres, client.key);
    expect((await client.query("SELECT 'still here'")).map(words).join()).toContain("still here");
    await client.end();
    await sendCancel(inject("stack").postgres, client.key);
  });
});

describe("the database is lost", () => {
  it("pg_terminate_backend while idle: PostgreSQL's own 57P01, and the end", async () => {
    const name = unique("terminated idle");
    const client = await connect(name);
    await client.query("SELECT 1");
    await observer.query("SELECT pg_terminate_backend($1)", [(await backendOf(name))?.pid]);
    const rest = await client.ready();
    expect(errorFields(rest).get("C")).toBe("57P01");
    expect(rest).toHaveLength(1);
    expect(client.closed).toBe(true);
    expect(await outcomesOf(name)).toEqual({ reason: "upstream_lost", statements: [["completed", null]] });
  });

  it("pg_terminate_backend while a statement runs: it has failed, by the record too", async () => {
    const name = unique("terminated busy");
    const client = await connect(name);
    client.send(query("SELECT pg_sleep(20)"));
    await running(name);
    await observer.query("SELECT pg_terminate_backend($1)", [(await backendOf(name))?.pid]);
    expect(errorFields(await client.ready()).get("C")).toBe("57P01");
    expect(client.closed).toBe(true);
    expect(await outcomesOf(name)).toEqual({ reason: "upstream_lost", statements: [["failed", "57P01"]] });
  });
});

describe("the agent is lost", () => {
  it("mid-statement: the statement is cancelled within five seconds, and the record says so", async () => {
    const name = unique("agent lost");
    const client = await connect(name);
    client.send(query("SELECT pg_sleep(60)"));
    await running(name);
    const since = Date.now();
    client.destroy();
    await gone(name);
    expect(Date.now() - since).toBeLessThan(TERMINATED_MS);
    expect(await outcomesOf(name)).toEqual({ reason: "agent_lost", statements: [["failed", "57014"]] });
  });

  it("in a transaction: it is rolled back", async () => {
    const name = unique("agent lost in transaction");
    await observer.query("CREATE TABLE IF NOT EXISTS agent_lost (a integer)");
    const client = await connect(name);
    await client.query("BEGIN");
    await client.query("INSERT INTO agent_lost VALUES (1)");
    client.destroy();
    await gone(name);
    expect((await observer.query("SELECT FROM agent_lost")).rowCount).toBe(0);
    await observer.query("DROP TABLE agent_lost");
    expect((await endedSession(name)).end_reason).toBe("agent_lost");
  });

  it("in the middle of a large result: PostgreSQL does not go on producing it", async () => {
    const name = unique("agent lost reading");
    const client = await connect(name);
    client.send(query("SELECT repeat('x', 10000) FROM generate_series(1, 200000)"));
    await client.until("D".charCodeAt(0));
    client.pause();
    await running(name, "repeat");
    client.destroy();
    await gone(name);
    expect(await outcomesOf(name)).toEqual({ reason: "agent_lost", statements: [["failed", "57014"]] });
    const session = await endedSession(name);
    // No more is recorded than can have been on its way to the client.
    expect((await statementsOf(session.id))[0]?.rows).toBeLessThan(2_000);
  });

  it("in the middle of a COPY in: nothing of it is kept", async () => {
    const name = unique("agent lost copying");
    await observer.query("CREATE TABLE IF NOT EXISTS half_copied (a integer)");
    const client = await connect(name);
    client.send(query("COPY half_copied FROM STDIN"), { kind: "copy_data", data: Buffer.from("1\n2\n") });
    await client.until("G".charCodeAt(0));
    client.destroy();
    await gone(name);
    expect((await observer.query("SELECT FROM half_copied")).rowCount).toBe(0);
    await observer.query("DROP TABLE half_copied");
    expect((await endedSession(name)).end_reason).toBe("agent_lost");
  });

  it("that says Terminate behind a statement has it finished, as PostgreSQL would", async () => {
    const name = unique("terminate behind");
    await observer.query("CREATE TABLE IF NOT EXISTS finished (a integer)");
    const client = await connect(name);
    client.send(query("INSERT INTO finished SELECT 1 FROM pg_sleep(0.3)"), { kind: "terminate" });
    await gone(name);
    expect((await observer.query("SELECT FROM finished")).rowCount).toBe(1);
    await observer.query("DROP TABLE finished");
    expect(await outcomesOf(name)).toEqual({ reason: "agent_terminated", statements: [["completed", null]] });
  });
});

describe("the token expires", () => {
  it("ends the session with 57P01 at exp, cancelling what runs", async () => {
    const name = unique("expiry");
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(import.meta.dirname, "../../dev/token.ts"),
      "--role",
      "agent",
      "--ttl",
      "4s",
      "--state",
      inject("stateDirectory"),
    ]);
    const until = Date.now() + 4_000;
    const token = stdout.trim();
    const { gateway, target } = inject("stack");
    const bridge = await startBridge({
      gateway,
      target,
      listen: "127.0.0.1:0",
      token: async () => token,
      report: () => undefined,
    });
    const client = await WireClient.connect(
      `postgres://agent@127.0.0.1:${bridge.port}/${target}?sslmode=disable`,
      {
        parameters: { application_name: name },
      },
    );
    client.send(query("SELECT pg_sleep(30)"));
    // To the end of the connection.
    const rest = await client.ready(Number.POSITIVE_INFINITY);
    expect(errorFields(rest).get("C")).toBe("57P01");
    expect(errorFields(rest).get("S")).toBe("FATAL");
    // As when PostgreSQL ends a connection: one error, no word of a cancel, no ReadyForQuery.
    expect(rest.filter(({ code }) => code === 0x45 || code === 0x5a)).toHaveLength(1);
    expect(Math.abs(Date.now() - until)).toBeLessThan(2_000);
    expect(client.closed).toBe(true);
    await gone(name);
    expect(await outcomesOf(name)).toEqual({ reason: "token_expired", statements: [["failed", "57P01"]] });
    await bridge.close();
  });
});

describe("an admin ends the session", () => {
  it("ends what runs with 57P01 alone, and the record says who", async () => {
    const { postgres, gateway, tokens } = inject("stack");
    const name = unique("ended");
    const client = await WireClient.connect(postgres, { parameters: { application_name: name } });
    client.send(query("SELECT pg_sleep(30)"));
    const { id } = await liveSession(name);
    const answer = await fetch(`${gateway}/v1/sessions/${id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${tokens.admin}` },
    });
    expect(answer.status).toBe(204);
    const rest = await client.ready(Number.POSITIVE_INFINITY);
    expect(rest.map(({ code }) => String.fromCharCode(code)).join("")).toBe("E");
    expect(errorFields(rest).get("C")).toBe("57P01");
    await gone(name);
    expect(await outcomesOf(name)).toEqual({
      reason: "terminated_by_admin",
      statements: [["failed", "57P01"]],
    });
  });
});

describe("a client without flow control", () => {
  it("gets a clear error for a result over its ceiling, and goes on", async () => {
    const name = unique("ceiling");
    neonConfig.useSecureWebSocket = false;
    neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
    const pool = new Pool({ connectionString: inject("stack").connect, application_name: name, max: 1 });
    const client = await pool.connect();
    const error = await client.query("SELECT repeat('x', 10000) FROM generate_series(1, 100000)").then(
      () => null,
      (reason: unknown) => reason as { code?: string; message: string; hint?: string },
    );
    expect(error).toMatchObject({ code: "54000" });
    const text = `${error?.message} ${error?.hint}`;
    for (const way of ["cursor", "LIMIT", "shim"]) expect(text).toContain(way);
    expect((await client.query("SELECT 'alive' AS a")).rows).toEqual([{ a: "alive" }]);
    client.release();
    await pool.end();
    expect((await outcomesOf(name)).statements).toEqual([
      ["failed", "54000"],
      ["completed", null],
    ]);
  });
});
