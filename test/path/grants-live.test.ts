// Grants that come and go under sessions at work: whatever a session holds open, prepared or under way by a grant is over with it, and
// what it has besides goes on.

import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBackend, encodeFrontend, type Frame } from "#core/wire";
import { unnamedExecute } from "../support/wire-client.ts";
import { failureOf, HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

interface GrantItem {
  readonly id: string;
  readonly state: string;
  readonly created_at: string;
  readonly granted_at: string;
  readonly ends_at: string;
}

/** Fifty rows a second, each more than PostgreSQL keeps back before it sends. */
const SLOW = "repeat('x', 9000), pg_sleep(0.02)";
const PATIENCE_MS = 5_000;

let role: Role;
let gateway: Gateway;
let schema: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  schema = role.name;
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${role.name}`);
  for (const table of ["open", "closed", "other"]) {
    await role.query(
      `CREATE TABLE ${schema}.${table} AS SELECT i AS id, 'raw-' || i AS name FROM generate_series(1, 500) i`,
    );
    await role.query(`ALTER TABLE ${schema}.${table} OWNER TO ${role.name}`);
  }
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: `
extends: agent
relations: { read: [${schema}.open] }
mask: { ${schema}.open.name: redact }
grants:
  relations: ["${schema}.*"]
  kinds: [read]
  auto: [read]
  longest: 1h
  exempt: [${schema}.open.name]
roles:
  "subject:asked-*":
    grants: { relations: ["${schema}.*"], kinds: [select], longest: 1h }
`,
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${schema} CASCADE`);
  await role?.drop();
});

async function call(
  method: string,
  path: string,
  claims: Readonly<Record<string, unknown>>,
  body?: unknown,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${await mint(claims)}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${gateway.url}/v1${path}`, { method, headers, ...sent });
  const answer: unknown = await response.json();
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
}

async function granted(subject: string, tables: readonly string[], duration = "30min"): Promise<GrantItem> {
  return (await call(
    "POST",
    "/grants",
    { sub: subject },
    {
      target: "demo",
      relations: tables.map((table) => `${schema}.${table}`),
      kinds: subject.startsWith("asked-") ? ["select"] : ["read"],
      duration,
      reason: "a ticket",
    },
  )) as GrantItem;
}

async function revoke({ id }: GrantItem): Promise<void> {
  await call("DELETE", `/grants/${id}?reason=enough`, { sub: "ada", roles: ["approver"] });
}

async function open(subject: string): Promise<HostileAgent> {
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: subject }), subject);
}

/** SQLSTATE, or the letters of what came. */
async function run(agent: HostileAgent, text: string): Promise<string> {
  agent.query(text);
  return outcome(await agent.ready());
}

function outcome(frames: readonly Frame[]): string {
  return failureOf(frames)?.sqlstate ?? letters(frames);
}

/** By then the session has heard of it. */
async function hears(agent: HostileAgent, text: string, says: string): Promise<void> {
  await expect.poll(() => run(agent, text), { timeout: PATIENCE_MS }).toBe(says);
}

const select = (table: string): string => `SELECT id FROM ${schema}.${table} WHERE id = 1`;

/** Reads on until so many rows have come. */
async function rows(agent: HostileAgent, count: number): Promise<void> {
  for (let seen = 0; seen < count;) {
    const frame = await agent.frame();
    if (frame === null) throw new Error("the connection is closed");
    const code = String.fromCharCode(frame.code);
    if (code === "D" || code === "d") seen++;
    if (code === "E") throw new Error(failureOf([frame])?.message);
  }
}

test("what was prepared, bound and opened by a grant does not run when it is over", async () => {
  const agent = await open("portals");
  const grant = await granted("portals", ["closed"]);
  await hears(agent, select("closed"), "TDCZ");
  const statement = Buffer.from(`SELECT id FROM ${schema}.closed`);
  const execute = encodeFrontend({ kind: "execute", portal: "p", maxRows: 1 });
  const bind = encodeFrontend({
    kind: "bind",
    portal: "p",
    statement: "s",
    parameterFormats: [],
    parameters: [],
    resultFormats: [],
  });
  const sync = encodeFrontend({ kind: "sync" });
  agent.send(encodeFrontend({ kind: "parse", statement: "s", text: statement, parameterTypes: [] }), sync);
  expect(outcome(await agent.ready())).toBe("1Z");
  expect(await run(agent, "BEGIN")).toBe("CZ");
  expect(await run(agent, `DECLARE c CURSOR FOR SELECT id FROM ${schema}.closed`)).toBe("CZ");
  expect(await run(agent, "FETCH 1 FROM c")).toBe("TDCZ");
  agent.send(bind, execute, sync);
  expect(outcome(await agent.ready())).toBe("2DsZ");
  await revoke(grant);
  expect(await run(agent, "SAVEPOINT a")).toBe("CZ");
  await expect
    .poll(
      async () => {
        const told = await run(agent, "FETCH 1 FROM c");
        await run(agent, "ROLLBACK TO a");
        return told;
      },
      { timeout: PATIENCE_MS },
    )
    .toBe("42501");
  agent.send(execute, sync);
  expect(outcome(await agent.ready())).toBe("42501");
  // The transaction has failed, as PostgreSQL would have it, and is the agent's to end.
  expect(await run(agent, "SELECT 1")).toBe("25P02");
  expect(await run(agent, "ROLLBACK")).toBe("CZ");
  agent.send(bind, sync);
  expect(outcome(await agent.ready())).toBe("42501");
  expect(await run(agent, "PREPARE q AS SELECT 1")).toBe("CZ");
  expect(await run(agent, select("open"))).toBe("TDCZ");
  agent.leave();
});

test.each([
  ["a result", `SELECT ${SLOW} FROM TABLE`],
  ["a COPY", `COPY (SELECT ${SLOW} FROM TABLE) TO STDOUT`],
])(
  "%s that streams by a grant ends within five seconds of it, and the session goes on",
  async (what, text) => {
    const agent = await open(`streams ${what}`);
    const grant = await granted(`streams ${what}`, ["closed"]);
    await hears(agent, select("closed"), "TDCZ");
    agent.query(text.replace("TABLE", `${schema}.closed`));
    await rows(agent, 5);
    const began = Date.now();
    await revoke(grant);
    expect(outcome(await agent.ready())).toBe("42501");
    expect(Date.now() - began).toBeLessThan(PATIENCE_MS);
    expect(await run(agent, select("open"))).toBe("TDCZ");
    agent.leave();
  },
);

test("a pipeline that runs by a grant is skipped from there to its Sync", async () => {
  const agent = await open("pipeline");
  const grant = await granted("pipeline", ["closed"]);
  await hears(agent, select("closed"), "TDCZ");
  const one = (text: string): readonly Uint8Array[] => unnamedExecute(text).map(encodeFrontend);
  const sync = encodeFrontend({ kind: "sync" });
  agent.send(
    ...one(select("closed")),
    ...one(`SELECT pg_sleep(30) FROM ${schema}.closed WHERE id = 1`),
    ...one(select("open")),
    sync,
    ...one(select("open")),
    sync,
  );
  await rows(agent, 1);
  await revoke(grant);
  const first = await agent.ready();
  expect(outcome(first)).toBe("42501");
  expect(letters(first).endsWith("EZ")).toBe(true);
  expect(outcome(await agent.ready())).toBe("12DCZ");
  agent.leave();
});

test("columns are raw for as long as a grant shows them so, on a session that is open, in what streams as well", async () => {
  const agent = await open("raw");
  const name = async (): Promise<string> => {
    agent.query(`SELECT name FROM ${schema}.open WHERE id = 7`);
    const [value] = (await agent.ready()).flatMap((frame) => {
      const message = decodeBackend(frame);
      return message.ok && message.value.kind === "data_row" ? [message.value.values[0]] : [];
    });
    return value === null || value === undefined ? "" : Buffer.from(value).toString();
  };
  expect(await name()).toBe("***");
  const grant = await granted("raw", ["open"]);
  await expect.poll(name, { timeout: PATIENCE_MS }).toBe("raw-7");
  agent.query(`SELECT name, ${SLOW} FROM ${schema}.open`);
  await rows(agent, 3);
  await revoke(grant);
  const rest = await agent.ready();
  expect(failureOf(rest)).not.toBeNull();
  expect(letters(rest).length).toBeLessThan(400);
  expect(await name()).toBe("***");
  agent.leave();
});

test("of several grants each ends by itself", async () => {
  const agent = await open("several");
  const [first, second] = [await granted("several", ["closed"]), await granted("several", ["other"])];
  const both = `SELECT 1 FROM ${schema}.closed c JOIN ${schema}.other o USING (id) WHERE id = 1`;
  await hears(agent, select("other"), "TDCZ");
  expect(await run(agent, select("closed"))).toBe("TDCZ");
  await revoke(first);
  await hears(agent, select("closed"), "42501");
  expect(await run(agent, select("other"))).toBe("TDCZ");
  expect(await run(agent, both)).toBe("42501");
  await revoke(second);
  await hears(agent, select("other"), "42501");
  agent.leave();
});

test("a grant ends when it was to end, whatever becomes of the gateway in between, and all of it is told", async () => {
  const asked = await granted("asked-timed", ["closed"], "6s");
  expect(asked.state).toBe("pending");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const by = { sub: "ada", roles: ["approver"] };
  const decision = { verdict: "approve", reason: "agreed" };
  const grant = (await call("POST", `/grants/${asked.id}/decision`, by, decision)) as GrantItem;
  expect(Date.parse(grant.granted_at) - Date.parse(asked.created_at)).toBeGreaterThanOrEqual(1_000);
  expect(Date.parse(grant.ends_at) - Date.parse(grant.granted_at)).toBe(6_000);
  const before = await open("asked-timed");
  expect(await run(before, select("closed"))).toBe("TDCZ");
  gateway.kill();
  await before.toEnd();
  await expect.poll(async () => (await gateway.api("/v1/healthz")).status, { timeout: 5_000 }).toBe(200);
  const after = await open("asked-timed");
  expect(await run(after, select("closed"))).toBe("TDCZ");
  after.query(`SELECT pg_sleep(60) FROM ${schema}.closed WHERE id = 1`);
  expect(outcome(await after.ready())).toBe("42501");
  const late = Date.now() - Date.parse(grant.ends_at);
  expect(late).toBeGreaterThan(-200);
  expect(late).toBeLessThan(PATIENCE_MS);
  after.leave();

  type History = { readonly data: readonly { readonly leaf: { readonly state: string } }[] };
  const states = async (): Promise<readonly string[]> => {
    const path = `/grants/${asked.id}/history`;
    const { data } = (await call("GET", path, { sub: "eve", roles: ["auditor"] })) as History;
    return data.map(({ leaf }) => leaf.state);
  };
  await expect.poll(states, { timeout: 5_000 }).toEqual(["pending", "active", "ended"]);
  const session = (await gateway.sessions()).find(
    ({ subject, ended_at: ended }) => subject === "asked-timed" && ended,
  );
  const { data } = (await (await gateway.api(`/v1/sessions/${session?.id}/statements`)).json()) as {
    data: readonly { readonly decision: { readonly rule: string } }[];
  };
  expect(data.map(({ decision: { rule } }) => rule)).toContain(`grant.${asked.id}`);
});
