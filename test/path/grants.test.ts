// Access for a while: asked for, decided by somebody else or by the policy, used, and over within seconds when its time is up or
// somebody ends it, whatever sessions do.

import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

interface GrantItem {
  readonly id: string;
  readonly state: string;
  readonly granted_at: string | null;
  readonly ends_at: string | null;
  readonly history: readonly { readonly state: string }[];
}

let role: Role;
let gateway: Gateway;
let schema: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  schema = role.name;
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${role.name}`);
  for (const table of ["open", "closed", "secret"]) {
    await role.query(`CREATE TABLE ${schema}.${table} (id int)`);
    await role.query(`INSERT INTO ${schema}.${table} VALUES (1), (2)`);
    await role.query(`ALTER TABLE ${schema}.${table} OWNER TO ${role.name}`);
  }
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: `
extends: agent
relations: { read: [${schema}.open], write: [${schema}.open], deny: [${schema}.secret] }
rules:
  - { id: ask, when: { kind: delete }, then: approve }
grants:
  relations: ["${schema}.*"]
  kinds: [select, delete]
  auto: [select]
  longest: 1h
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
): Promise<Response> {
  const headers = { authorization: `Bearer ${await mint(claims)}`, "content-type": "application/json" };
  return fetch(`${gateway.url}/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function want(subject: string, wish: Readonly<Record<string, unknown>>): Promise<Response> {
  const whole = {
    target: "demo",
    relations: [`${schema}.closed`],
    duration: "30min",
    reason: "a ticket",
    ...wish,
  };
  return call("POST", "/grants", { sub: subject }, whole);
}

async function wanted(subject: string, wish: Readonly<Record<string, unknown>>): Promise<GrantItem> {
  const response = await want(subject, wish);
  expect(response.status).toBe(200);
  return (await response.json()) as GrantItem;
}

async function open(subject: string): Promise<HostileAgent> {
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: subject }), subject);
}

async function run(agent: HostileAgent, text: string): Promise<string> {
  agent.query(text);
  const frames = await agent.ready();
  return failureOf(frames)?.sqlstate ?? letters(frames);
}

test("what the policy gives without asking holds at once, in sessions that are open too, and ends when it is given back", async () => {
  const agent = await open("reader");
  const read = `SELECT c.id FROM ${schema}.closed c JOIN ${schema}.open USING (id)`;
  expect(await run(agent, read)).toBe("42501");
  const grant = await wanted("reader", {});
  expect(grant).toMatchObject({ state: "active", history: [{ state: "pending" }, { state: "active" }] });
  const lasts = Date.parse(grant.ends_at ?? "") - Date.parse(grant.granted_at ?? "");
  expect(lasts).toBe(30 * 60_000);
  await expect.poll(() => run(agent, read), { timeout: 5_000 }).toBe("TDDCZ");
  // No more than was granted, to nobody else, and what is denied stays denied.
  expect(await run(agent, `DELETE FROM ${schema}.closed WHERE id = 1`)).toBe("42501");
  expect(await run(agent, `SELECT id FROM ${schema}.secret`)).toBe("42501");
  const other = await open("somebody-else");
  expect(await run(other, read)).toBe("42501");
  other.leave();
  const later = await open("reader");
  expect(await run(later, read)).toBe("TDDCZ");
  later.leave();
  expect((await call("DELETE", `/grants/${grant.id}`, { sub: "somebody-else" })).status).toBe(404);
  expect((await call("DELETE", `/grants/${grant.id}`, { sub: "reader" })).status).toBe(200);
  await expect.poll(() => run(agent, read), { timeout: 5_000 }).toBe("42501");
  expect((await call("DELETE", `/grants/${grant.id}`, { sub: "reader" })).status).toBe(409);
  agent.leave();
});

test("what a person has to agree to waits for another one; its clock runs from then", async () => {
  const agent = await open("cleaner");
  const remove = `DELETE FROM ${schema}.open WHERE id = 2`;
  const wish = { relations: [`${schema}.open`], kinds: ["delete"], duration: "10min" };
  const grant = await wanted("cleaner", wish);
  expect(grant).toMatchObject({ state: "pending", granted_at: null, ends_at: null });
  expect(await run(agent, remove)).toBe("42501");
  const decision = { verdict: "approve", reason: "agreed" };
  const decide = (claims: Readonly<Record<string, unknown>>): Promise<Response> =>
    call("POST", `/grants/${grant.id}/decision`, claims, decision);
  expect((await decide({ sub: "cleaner", roles: ["approver"] })).status).toBe(403);
  expect((await decide({ sub: "cleaner" })).status).toBe(403);
  const granted = await decide({ sub: "ada", roles: ["approver"] });
  expect(granted.status).toBe(200);
  const { granted_at: from, ends_at: until } = (await granted.json()) as GrantItem;
  expect(Date.parse(until ?? "") - Date.parse(from ?? "")).toBe(10 * 60_000);
  expect((await decide({ sub: "ben", roles: ["approver"] })).status).toBe(409);
  // The rule that asks for approval asks no more, the profile's own limits hold.
  await expect.poll(() => run(agent, remove), { timeout: 5_000 }).toBe("CZ");
  expect(await run(agent, `DELETE FROM ${schema}.open`)).toBe("42501");
  agent.leave();
  await expect.poll(() => gateway.session("cleaner"), { timeout: 8_000 }).toBeDefined();
  const session = await gateway.session("cleaner");
  const statements = await (await gateway.api(`/v1/sessions/${session?.id}/statements`)).json();
  const rules = (statements as { data: { decision: { rule: string } }[] }).data.map(
    ({ decision: { rule } }) => rule,
  );
  expect(rules).toContain(`grant.${grant.id}`);
});

test("what runs when a grant is revoked is cancelled within five seconds", async () => {
  const agent = await open("sleeper");
  const grant = await wanted("sleeper", {});
  const sleep = `SELECT pg_sleep(60) FROM ${schema}.closed`;
  await expect.poll(() => run(agent, `SELECT id FROM ${schema}.closed`), { timeout: 5_000 }).toBe("TDDCZ");
  agent.query(sleep);
  await expect
    .poll(
      async () =>
        (await role.query(`SELECT 1 FROM pg_stat_activity WHERE query = '${sleep}' AND state = 'active'`))
          .length,
    )
    .toBe(1);
  const began = Date.now();
  expect(
    (await call("DELETE", `/grants/${grant.id}?reason=enough`, { sub: "ada", roles: ["approver"] })).status,
  ).toBe(200);
  expect(failureOf(await agent.ready())?.sqlstate).toBe("42501");
  expect(Date.now() - began).toBeLessThan(5_000);
  await expect
    .poll(
      async () =>
        (await role.query(`SELECT 1 FROM pg_stat_activity WHERE query = '${sleep}' AND state = 'active'`))
          .length,
      {
        timeout: 5_000,
      },
    )
    .toBe(0);
  expect(await run(agent, "SELECT 1")).toBe("TDCZ");
  agent.leave();
});

test("at the end of its time it is over for what runs, too", async () => {
  const agent = await open("timed");
  await wanted("timed", { duration: "4s" });
  await expect.poll(() => run(agent, `SELECT id FROM ${schema}.closed`), { timeout: 3_000 }).toBe("TDDCZ");
  const began = Date.now();
  expect(await run(agent, `SELECT pg_sleep(60) FROM ${schema}.closed`)).toBe("42501");
  expect(Date.now() - began).toBeLessThan(9_000);
  expect(await run(agent, `SELECT id FROM ${schema}.closed`)).toBe("42501");
  const list = await call("GET", "/grants?state=ended", { sub: "timed" });
  const { data } = (await list.json()) as { data: GrantItem[] };
  expect(data).toHaveLength(1);
  expect(data[0]?.history.map(({ state }) => state)).toEqual(["pending", "active", "ended"]);
  agent.leave();
});

test("what the policy does not let be asked for is not asked for, and everybody sees their own alone", async () => {
  const status = async (wish: Readonly<Record<string, unknown>>): Promise<number> =>
    (await want("greedy", wish)).status;
  expect(await status({ duration: "2h" })).toBe(422);
  expect(await status({ kinds: ["drop_table"] })).toBe(422);
  expect(await status({ kinds: ["update"] })).toBe(422);
  expect(await status({ relations: ["pg_catalog.pg_authid"] })).toBe(422);
  expect(await status({ relations: [`${schema}.*`] })).toBe(422);
  expect(await status({ reason: " " })).toBe(400);
  expect(await status({ target: "other" })).toBe(404);
  const own = await (await call("GET", "/grants?subject=reader", { sub: "greedy" })).json();
  expect(own).toEqual({ data: [], next_cursor: null });
  const all = await (await call("GET", "/grants", { sub: "ada", roles: ["auditor"] })).json();
  expect((all as { data: unknown[] }).data.length).toBeGreaterThan(3);
});

test("the record of every session is whole, whatever was granted, and however it ended", async () => {
  expect(await gateway.notWhole()).toEqual([]);
});
