// Limits of grants on real sessions: of one statement, and over a grant's life for all sessions of its subject; what an approver gives
// less than was asked for; and what the agent is told.

import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBackend, encodeFrontend } from "#core/wire";
import { unnamedExecute } from "../support/wire-client.ts";
import { failureOf, HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

interface GrantItem {
  readonly id: string;
  readonly state: string;
  readonly used: {
    readonly statements: number;
    readonly rows_returned: number;
    readonly rows_changed: number;
  };
  readonly used_up: string | null;
  readonly limits: Readonly<Record<string, unknown>>;
  readonly relations: readonly string[];
  readonly duration_seconds: number;
}

let role: Role;
let gateway: Gateway;
let closed: string;
let other: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
  [closed, other] = [`${role.name}.closed`, `${role.name}.other`];
  for (const table of [closed, other]) {
    await role.query(`CREATE TABLE ${table} AS SELECT i AS id, 0 AS n FROM generate_series(1, 100) i`);
    await role.query(`ALTER TABLE ${table} OWNER TO ${role.name}`);
  }
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: `
extends: agent
relations: { read: [${role.name}.open], write: [${role.name}.open] }
grants:
  relations: ["${role.name}.*"]
  kinds: [select, update, delete]
  auto: [select]
  limits: { rows_returned: { statement: 50, grant: 80 }, rows_changed: { statement: 10, grant: 15 }, statement_time: 20s, statements: 30 }
  defaults: { rows_returned: 20 }
`,
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${role.name} CASCADE`);
  await role?.drop();
});

async function call(
  method: string,
  path: string,
  claims: Readonly<Record<string, unknown>>,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${await mint(claims)}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${gateway.url}/v1${path}`, { method, headers, ...sent });
  return { status: response.status, body: await response.json() };
}

function want(subject: string, wish: Readonly<Record<string, unknown>>): ReturnType<typeof call> {
  const whole = { target: "demo", relations: [closed], duration: "30min", reason: "a ticket", ...wish };
  return call("POST", "/grants", { sub: subject }, whole);
}

async function wanted(subject: string, wish: Readonly<Record<string, unknown>>): Promise<GrantItem> {
  const { status, body } = await want(subject, wish);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as GrantItem;
}

async function read(id: string): Promise<GrantItem> {
  return (await call("GET", `/grants/${id}`, { sub: "ada", roles: ["auditor"] })).body as GrantItem;
}

async function open(subject: string): Promise<HostileAgent> {
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: subject }), subject);
}

/** Rows, and how it ended: `CZ`, or the SQLSTATE and the message. */
async function run(agent: HostileAgent, text: string): Promise<string> {
  agent.query(text);
  const frames = await agent.ready();
  const failure = failureOf(frames);
  const rows = letters(frames).split("D").length - 1;
  return failure === null ? `${rows} rows` : `${rows} rows, ${failure.sqlstate} ${failure.message}`;
}

function select(rows: number, table = closed): string {
  return `SELECT id FROM ${table} WHERE id <= ${rows}`;
}

test("what is asked for is within the policy's ceilings, and as its defaults say where nothing is", async () => {
  expect(await want("greedy", { limits: { rows_returned: 51 } })).toMatchObject({
    status: 422,
    body: { detail: "rows_returned 50 is the most that can be asked for" },
  });
  expect((await want("greedy", { limits: { statements: 0 } })).status).toBe(400);
  expect((await want("greedy", { limits: { statement_time: "soon" } })).status).toBe(400);
  expect((await want("greedy", { limits: { rows: 1 } })).status).toBe(400);
  expect((await wanted("modest", {})).limits).toEqual({
    rows_returned: { statement: 20, grant: 80 },
    bytes_returned: null,
    rows_changed: { statement: 10, grant: 15 },
    statement_time_ms: 20_000,
    statements: 30,
  });
});

test("a statement returns no more than its grant lets it, in time, and the error says which limit of which grant", async () => {
  const { id } = await wanted("reader", { limits: { rows_returned: 5, statement_time: "1s" } });
  const agent = await open("reader");
  expect(await run(agent, select(5))).toBe("5 rows");
  agent.query(select(6));
  const told = (await agent.ready()).flatMap((frame) => {
    const message = decodeBackend(frame);
    return message.ok && message.value.kind === "error_response" ? [message.value.fields.get("D")] : [];
  });
  expect(told).toEqual([`limit "rows_returned" of grant ${id}`]);
  // By the extended protocol, and by a cursor over its fetches.
  agent.send(...unnamedExecute(select(6)).map(encodeFrontend), encodeFrontend({ kind: "sync" }));
  expect(failureOf(await agent.ready())?.sqlstate).toBe("54000");
  expect(await run(agent, `SELECT pg_sleep(10) FROM ${closed} WHERE id = 1`)).toContain(
    "57014 canceling statement because it ran longer than 1000 ms, the most that one may run by this grant",
  );
  expect(await run(agent, "SELECT 1")).toBe("1 rows");
  agent.leave();
});

test("over its life a grant is counted for all sessions of its subject, and over when it is used up", async () => {
  const { id } = await wanted("counted", {
    limits: { rows_returned: { statement: 20, grant: 30 }, statements: 6 },
  });
  const [a, b] = [await open("counted"), await open("counted")];
  expect(await run(a, select(10))).toBe("10 rows");
  expect(await run(b, select(10))).toBe("10 rows");
  expect(await run(a, "SELECT 1")).toBe("1 rows");
  // What is left is ten.
  expect(await run(a, select(11))).toMatch(
    /^10 rows, 54000 the result has more rows than the grant has left of its 30/,
  );
  expect(await run(b, select(1))).toMatch(
    /^0 rows, 54000 grant \S+ is used up: 30 is the most of its limit rows_returned\.grant/,
  );
  await expect.poll(() => run(a, select(1)), { timeout: 5_000 }).toContain("42501");
  expect(await read(id)).toMatchObject({
    state: "ended",
    used_up: "rows_returned.grant",
    used: { rows_returned: 30, statements: 3 },
  });
  a.leave();
  b.leave();
});

test("two sessions at once never get more statements out of a grant than it has", async () => {
  const { id } = await wanted("raced", { limits: { statements: 7 } });
  const agents = [await open("raced"), await open("raced"), await open("raced")];
  const outcomes = await Promise.all(
    agents.map(async (agent) => {
      const ran: string[] = [];
      for (let i = 0; i < 4; i++) ran.push(await run(agent, select(1)));
      return ran;
    }),
  );
  const ran = outcomes.flat().filter((outcome) => outcome === "1 rows");
  expect(ran).toHaveLength(7);
  for (const agent of agents) agent.leave();
  await expect.poll(async () => (await read(id)).used.statements, { timeout: 5_000 }).toBe(7);
});

test("rows that it changes are counted before they stand, and what is past a limit is undone", async () => {
  const grant = await wanted("writer", {
    kinds: ["update", "select"],
    limits: { rows_changed: { statement: 10, grant: 12 } },
  });
  expect(grant.state).toBe("pending");
  const by = { sub: "ada", roles: ["approver"] };
  expect((await call("POST", `/grants/${grant.id}/decision`, by, { verdict: "approve" })).status).toBe(200);
  const agent = await open("writer");
  const update = (rows: number): string => `UPDATE ${closed} SET n = n + 1 WHERE id <= ${rows}`;
  expect(await run(agent, update(11))).toMatch(/54000 the statement changes 11 rows, and 10 is the most/);
  expect(await run(agent, update(9))).toBe("0 rows");
  expect(await run(agent, update(4))).toMatch(
    /54000 the statement changes 4 rows, and the grant has fewer left of its 12/,
  );
  expect(await run(agent, update(3))).toBe("0 rows");
  expect(await run(agent, update(1))).toContain("is used up: 12 is the most of its limit rows_changed.grant");
  expect(await role.query(`SELECT sum(n)::int AS n FROM ${closed}`)).toEqual([{ n: 12 }]);
  agent.leave();
});

test("an approver gives less than was asked for, and never more", async () => {
  const wish = { kinds: ["delete", "select"], relations: [closed, other], limits: { rows_returned: 40 } };
  const { id } = await wanted("asker", wish);
  const decide = async (less: Readonly<Record<string, unknown>>) =>
    call(
      "POST",
      `/grants/${id}/decision`,
      { sub: "ada", roles: ["approver"] },
      { verdict: "approve", ...less },
    );
  expect(await decide({ duration: "31min" })).toMatchObject({
    status: 422,
    body: { detail: "duration: longer than was asked for" },
  });
  expect((await decide({ limits: { rows_returned: 41 } })).status).toBe(422);
  expect((await decide({ relations: [`${role.name}.open`] })).status).toBe(422);
  expect((await decide({ verdict: "deny", reason: "no", duration: "1min" })).status).toBe(400);
  const given = await decide({ duration: "5min", relations: [other], limits: { rows_returned: 3 } });
  expect(given).toMatchObject({
    status: 200,
    body: {
      state: "active",
      duration_seconds: 300,
      relations: [other],
      limits: { rows_returned: { statement: 3 } },
    },
  });
  const agent = await open("asker");
  expect(await run(agent, select(3, other))).toBe("3 rows");
  expect(await run(agent, select(4, other))).toContain("54000");
  expect(await run(agent, select(1))).toContain("42501");
  agent.leave();
});
