// What the policy does to a session, as transcripts: refusals leave PostgreSQL's state as an error of its own would, limits
// take back what passed them, questions of the gateway's are not seen, and a new policy reaches a session that is open.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encodeFrontend, type FrontendMessage } from "#core/wire";
import { failureOf, HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const POLICY = `
extends: owner
rules:
  - { id: no-drop, when: { kind: [drop_table, truncate] }, then: deny }
  - { id: bounded, when: { kind: [update, delete], bounded: false }, then: deny }
limits:
  rows_changed: { statement: 10, session: 25 }
  rows_returned: 50
  statement_time: 2s
`;

let role: Role;
let gateway: Gateway;
let agent: HostileAgent;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA gate_test AUTHORIZATION ${role.name}`);
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: POLICY });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA gate_test CASCADE`);
  await role?.drop();
});

beforeEach(async () => {
  await role.query(`DROP TABLE IF EXISTS gate_test.t, gate_test.u CASCADE`);
  await role.query(`CREATE TABLE gate_test.t (id int PRIMARY KEY, v int)`);
  await role.query(`CREATE TABLE gate_test.u (id int)`);
  await role.query(`ALTER TABLE gate_test.t OWNER TO ${role.name}`);
  await role.query(`ALTER TABLE gate_test.u OWNER TO ${role.name}`);
  await role.query(`INSERT INTO gate_test.t SELECT i, 0 FROM generate_series(1, 100) i`);
  agent?.close();
  agent = await HostileAgent.open(gateway.url, "demo", await mint(), "gate");
  await say("SET search_path = gate_test");
});

/** A simple Query, as the letters of its answer and the SQLSTATE of an error. */
async function say(text: string): Promise<string> {
  agent.query(text);
  return transcript();
}

async function transcript(): Promise<string> {
  const frames = await agent.ready();
  const failed = frames.find(({ code }) => code === 0x45);
  const status = String.fromCharCode(frames.at(-1)?.bytes[5] ?? 63);
  return `${letters(frames)}${status}${failed === undefined ? "" : ` ${failureOf([failed])?.sqlstate}`}`;
}

async function pipeline(...messages: readonly FrontendMessage[]): Promise<string> {
  agent.send(...messages.map(encodeFrontend), encodeFrontend({ kind: "sync" }));
  return transcript();
}

function run(text: string, maxRows = 0): readonly FrontendMessage[] {
  return [
    { kind: "parse", statement: "", text: Buffer.from(text), parameterTypes: [] },
    { kind: "bind", portal: "", statement: "", parameterFormats: [], parameters: [], resultFormats: [] },
    { kind: "execute", portal: "", maxRows },
  ];
}

async function value(text: string): Promise<unknown> {
  return Object.values((await role.query(text))[0] ?? {})[0];
}

const changed = (): Promise<unknown> => value("SELECT count(*)::int FROM gate_test.t WHERE v <> 0");

describe("a refusal", () => {
  test("leaves a session idle, and a transaction failed", async () => {
    expect(await say("DROP TABLE t")).toBe("EZI 42501");
    expect(await say("BEGIN")).toBe("CZT");
    expect(await say("DROP TABLE t")).toBe("EZE 42501");
    expect(await say("SELECT 1")).toBe("EZE 25P02");
    expect(await say("ROLLBACK")).toBe("CZI");
    expect(await say("SELECT 1")).toBe("TDCZI");
  });

  test("names the rule, the version and the next step", async () => {
    agent.query("DELETE FROM t");
    const failure = failureOf(await agent.ready());
    expect(failure?.message).toContain("bounded");
    expect(failure?.hint).not.toBe("");
  });

  test("of a part takes back what came before it in the message, and runs nothing behind it", async () => {
    expect(await say("UPDATE t SET v = 1 WHERE id = 1; DROP TABLE t; UPDATE t SET v = 1 WHERE id = 2")).toBe(
      "CEZI 42501",
    );
    expect(await changed()).toBe(0);
    expect(await say("SELECT 1")).toBe("TDCZI");
  });

  test("skips a pipeline up to its Sync, and no further", async () => {
    agent.send(
      ...[
        ...run("UPDATE t SET v = 1 WHERE id = 1"),
        ...run("DROP TABLE t"),
        ...run("UPDATE t SET v = 1 WHERE id = 2"),
      ].map(encodeFrontend),
      encodeFrontend({ kind: "sync" }),
      ...run("UPDATE t SET v = 1 WHERE id = 3").map(encodeFrontend),
      encodeFrontend({ kind: "sync" }),
    );
    expect(await transcript()).toBe("12CEZI 42501");
    expect(await transcript()).toBe("12CZI");
    expect(await changed()).toBe(1);
  });

  test("of a prepared statement that meanwhile means something else", async () => {
    await say("CREATE TEMP TABLE u (id int); INSERT INTO u VALUES (1)");
    expect(
      await pipeline({
        kind: "parse",
        statement: "p",
        text: Buffer.from("SELECT * FROM u"),
        parameterTypes: [],
      }),
    ).toBe("1ZI");
    await say("DEALLOCATE p");
    const bound: readonly FrontendMessage[] = [
      { kind: "bind", portal: "", statement: "p", parameterFormats: [], parameters: [], resultFormats: [] },
      { kind: "execute", portal: "", maxRows: 0 },
    ];
    // Nothing runs yet.
    expect(await say("PREPARE p AS DELETE FROM t")).toBe("CZI");
    expect(await say("EXECUTE p")).toBe("EZI 42501");
    expect(await pipeline(...bound)).toBe("EZI 42501");
    expect(await say("DEALLOCATE ALL; PREPARE p AS SELECT id FROM t WHERE id < 4")).toBe("CCZI");
    expect(await pipeline(...bound)).toBe("2DDDCZI");
  });
});

describe("several statements in one message", () => {
  test("see what those before them made", async () => {
    expect(
      await say("CREATE TEMP TABLE fresh (a int); INSERT INTO fresh VALUES (1); SELECT * FROM fresh"),
    ).toBe("CCTDCZI");
  });

  test("are one transaction, as without the gateway", async () => {
    expect(await say("INSERT INTO u VALUES (1); SELECT 1/0; INSERT INTO u VALUES (2)")).toBe(
      "CTEZI 22012".replace("T", ""),
    );
    expect(await value("SELECT count(*)::int FROM gate_test.u")).toBe(0);
    expect(await say("INSERT INTO u VALUES (1); BEGIN; INSERT INTO u VALUES (2)")).toBe("CCCZT");
    expect(await say("ROLLBACK")).toBe("CZI");
    expect(await value("SELECT count(*)::int FROM gate_test.u")).toBe(0);
    expect(await say("INSERT INTO u VALUES (1); COMMIT; SELECT 1/0")).toBe("CNCEZI 22012");
    expect(await value("SELECT count(*)::int FROM gate_test.u")).toBe(1);
  });
});

describe("rows changed", () => {
  test("past the limit are taken back, outside of a transaction and inside", async () => {
    expect(await say("UPDATE t SET v = 1 WHERE id <= 10")).toBe("CZI");
    expect(await changed()).toBe(10);
    expect(await say("UPDATE t SET v = 2 WHERE id <= 11")).toBe("EZI 54000");
    expect(await value("SELECT count(*)::int FROM gate_test.t WHERE v = 2")).toBe(0);
    await say("BEGIN");
    expect(await say("UPDATE t SET v = 2 WHERE id <= 5")).toBe("CZT");
    expect(await say("UPDATE t SET v = 2 WHERE id BETWEEN 20 AND 40")).toBe("EZE 54000");
    expect(await say("COMMIT")).toBe("CZI");
    expect(await value("SELECT count(*)::int FROM gate_test.t WHERE v = 2")).toBe(0);
  });

  test("by the extended protocol, with RETURNING, by CTE and by trigger", async () => {
    expect(await pipeline(...run("UPDATE t SET v = 1 WHERE id <= 5"))).toBe("12CZI");
    expect(await pipeline(...run("UPDATE t SET v = 2 WHERE id <= 50"))).toBe("12EZI 54000");
    expect(await pipeline(...run("UPDATE t SET v = 2 WHERE id <= 50 RETURNING id", 1))).toMatch(/54000$/);
    expect(
      await say(
        "WITH gone AS (DELETE FROM t WHERE id BETWEEN 1 AND 50 RETURNING 1) SELECT count(*) FROM gone",
      ),
    ).toMatch(/EZI 54000$/);
    expect(await value("SELECT count(*)::int FROM gate_test.t WHERE v = 2 OR v IS NULL")).toBe(0);
    expect(await value("SELECT count(*)::int FROM gate_test.t")).toBe(100);
    await role.query(`CREATE FUNCTION gate_test.many() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO gate_test.u SELECT generate_series(1, 30); RETURN NEW; END'`);
    await role.query(`CREATE TRIGGER many AFTER UPDATE ON gate_test.t EXECUTE FUNCTION gate_test.many()`);
    agent.close();
    agent = await HostileAgent.open(gateway.url, "demo", await mint(), "gate");
    expect(await say("UPDATE gate_test.t SET v = 3 WHERE id = 1")).toBe("EZI 54000");
    expect(await value("SELECT count(*)::int FROM gate_test.u")).toBe(0);
    await role.query(`DROP FUNCTION gate_test.many() CASCADE`);
  });

  test("add up over the session", async () => {
    expect(await say("UPDATE t SET v = 1 WHERE id <= 10")).toBe("CZI");
    expect(await say("UPDATE t SET v = 1 WHERE id BETWEEN 11 AND 20")).toBe("CZI");
    expect(await say("UPDATE t SET v = 1 WHERE id BETWEEN 21 AND 30")).toBe("EZI 54000");
    expect(await say("UPDATE t SET v = 1 WHERE id BETWEEN 21 AND 25")).toBe("CZI");
    expect(await changed()).toBe(25);
  });

  test("that leave no row untouched are no bounded change, however the WHERE is written", async () => {
    await role.query("DELETE FROM gate_test.t WHERE id > 5");
    expect(await say("UPDATE t SET v = 1 WHERE id > 0")).toBe("EZI 42501");
    expect(await say("DELETE FROM t WHERE id > 0")).toBe("EZI 42501");
    expect(await say("UPDATE t SET v = 1 WHERE id > 2")).toBe("CZI");
    expect(await changed()).toBe(3);
  });
});

describe("rows returned", () => {
  test("are cut at the limit, and the transaction fails as the agent was told", async () => {
    expect(await say("SELECT generate_series(1, 50)")).toBe(`T${"D".repeat(50)}CZI`);
    expect(await say("SELECT generate_series(1, 51)")).toBe(`T${"D".repeat(50)}EZI 54000`);
    expect(await pipeline(...run("SELECT generate_series(1, 51)"))).toBe(`12${"D".repeat(50)}EZI 54000`);
    await say("BEGIN");
    expect(await say("SELECT generate_series(1, 51)")).toBe(`T${"D".repeat(50)}EZE 54000`);
    expect(await say("ROLLBACK")).toBe("CZI");
    expect(await say("SELECT generate_series(1, 100000000)")).toBe(`T${"D".repeat(50)}EZI 54000`);
    expect(await say("SELECT 1")).toBe("TDCZI");
  });

  test("of a cursor or a portal are counted over its fetches", async () => {
    await say("BEGIN");
    await say("DECLARE c CURSOR FOR SELECT generate_series(1, 1000)");
    expect(await say("FETCH 30 FROM c")).toBe(`T${"D".repeat(30)}CZT`);
    expect(await say("FETCH 30 FROM c")).toBe(`T${"D".repeat(20)}EZE 54000`);
    await say("ROLLBACK");
    await say("BEGIN");
    agent.send(
      ...[
        ...run("SELECT generate_series(1, 1000)", 40),
        { kind: "execute", portal: "", maxRows: 40 } as const,
      ].map(encodeFrontend),
      encodeFrontend({ kind: "sync" }),
    );
    expect(await transcript()).toBe(`12${"D".repeat(40)}s${"D".repeat(10)}EZE 54000`);
  });
});

describe("time", () => {
  test("of a statement is bounded, and SET lowers it only", async () => {
    expect(await say("SELECT pg_sleep(10)")).toBe("TEZI 57014");
    expect(await say("SET statement_timeout = 0")).toBe("CZI");
    expect(await say("SELECT pg_sleep(10)")).toMatch(/57014$/);
    expect(await say("SET statement_timeout = '100ms'")).toBe("CZI");
    const began = Date.now();
    expect(await say("SELECT pg_sleep(10)")).toMatch(/57014$/);
    expect(Date.now() - began).toBeLessThan(1_500);
  });
});

describe("the gateway's own questions", () => {
  test("leave no prepared statement, no portal and the agent's unnamed statement alone", async () => {
    await pipeline({ kind: "parse", statement: "", text: Buffer.from("SELECT 7"), parameterTypes: [] });
    expect(
      await pipeline({
        kind: "parse",
        statement: "mine",
        text: Buffer.from("SELECT count(*) FROM pg_prepared_statements"),
        parameterTypes: [],
      }),
    ).toBe("1ZI");
    expect(
      await pipeline(
        { kind: "bind", portal: "", statement: "", parameterFormats: [], parameters: [], resultFormats: [] },
        { kind: "execute", portal: "", maxRows: 0 },
      ),
    ).toBe("2DCZI");
    agent.query("SELECT string_agg(name, ',') FROM pg_prepared_statements");
    const frames = await agent.ready();
    expect(Buffer.from(frames.find(({ code }) => code === 0x44)?.bytes ?? []).toString()).toContain("mine");
    expect(Buffer.concat(frames.map(({ bytes }) => bytes)).toString()).not.toContain("sluice");
  });
});

describe("a new policy", () => {
  test("reaches an open session within 5 s, and the record says so", async () => {
    expect(await say("SELECT v FROM t WHERE id = 1")).toBe("TDCZI");
    const response = await fetch(`${gateway.url}/v1/targets/demo/policy`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${await mint({ roles: ["admin"] })}`,
        "content-type": "application/yaml",
        "if-none-match": "*",
      },
      body: `${POLICY}\nrelations: { deny: [gate_test.t] }\n`,
    });
    expect(response.status).toBe(201);
    await expect.poll(() => say("SELECT v FROM t WHERE id = 1"), { timeout: 5_000 }).toBe("EZI 42501");
  });
});
