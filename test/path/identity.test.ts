// As whom sessions are known to PostgreSQL: a role of their own with what the policy grants and no more, whatever becomes of
// gateway and policy; or a mapped role that they cannot leave. Looked at in the database itself.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBackend, type Frame } from "#core/wire";
import { failureOf, HostileAgent, startup } from "./hostile-agent.ts";
import { type Gateway, type GatewayOptions, mint, startGateway } from "./hostile-gateway.ts";
import { IdentityDatabase } from "./identity-database.ts";
import { SecretSearch } from "./secrets-search.ts";

const POLICY = `
extends: agent
functions: { call: ["*", public.closed, public.withheld] }
relations: { read: ["public.*", '"Sch""e.ma; --".*'], write: [public.orders], deny: [public.events] }
columns:
  public.customers: { read: [id, name] }
  '"Sch""e.ma; --".*': { deny: [secret] }
limits: { statement_time: 30s, idle_time: 30min }
mask: { public.orders_by_year.year: redact }
grants: { relations: [hr.salaries], kinds: [select], auto: [select], longest: 1h }
`;

const SWEEP_MS = 500;

let database: IdentityDatabase;
let options: GatewayOptions;
let gateway: Gateway;

beforeAll(async () => {
  database = await IdentityDatabase.start();
  const app = database.url("app", "app");
  options = {
    targets: { own: app, heired: app, misheired: app, mapped: app, weak: app },
    entries: {
      own: { identity: "ephemeral" },
      heired: { identity: "ephemeral", provision: "PROVISION_OWN", heir: "attic" },
      misheired: { identity: "ephemeral", provision: "PROVISION_OWN", heir: "stranger" },
      mapped: {
        identity: "role",
        database_roles: { "group:support": "support", "subject:bot-*": "agents", "subject:lost": "nobody" },
      },
      weak: { identity: "ephemeral" },
    },
    secrets: {
      PROVISION_OWN: database.url("gateway_provisioner", "provisioner-canary-0123456789"),
      PROVISION_WEAK: database.url("powerless", "powerless-canary-0123456789"),
    },
    limits: { ROLE_SWEEP_MS: SWEEP_MS },
    policy: POLICY,
    sessionKey: "11".repeat(32),
  };
  gateway = await startGateway(options);
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await database?.stop();
});

interface Opened {
  readonly agent: HostileAgent;
  readonly role: string;
  readonly frames: readonly Frame[];
}

async function open(target: string, claims: Record<string, unknown> = {}, by = gateway): Promise<Opened> {
  const agent = await HostileAgent.dial(`${by.url}/v1/connect/${target}`, {
    headers: { authorization: `Bearer ${await mint({ sub: "bot-1", ...claims })}` },
  });
  agent.send(startup({ user: "agent", database: target }));
  const frames = await agent.ready();
  const [[role = ""] = []] = await rows(agent, "SELECT session_user");
  return { agent, role, frames };
}

/** What a refused session is told. */
async function refusal(target: string, claims: Record<string, unknown> = {}) {
  const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/${target}`, {
    headers: { authorization: `Bearer ${await mint({ sub: "bot-1", ...claims })}` },
  });
  agent.send(startup({ user: "agent", database: target }));
  return failureOf(await agent.toEnd());
}

async function rows(agent: HostileAgent, sql: string): Promise<string[][]> {
  agent.query(sql);
  const frames = await agent.ready();
  const failure = failureOf(frames);
  if (failure !== null) throw new Error(`${failure.sqlstate}: ${failure.message}`);
  return frames.flatMap((frame) => {
    const message = decodeBackend(frame);
    if (!message.ok || message.value.kind !== "data_row") return [];
    return [message.value.values.map((value) => (value === null ? "" : Buffer.from(value).toString()))];
  });
}

async function failure(agent: HostileAgent, sql: string): Promise<string | null> {
  agent.query(sql);
  const told = failureOf(await agent.ready());
  return told === null ? null : `${told.sqlstate} ${told.message}`;
}

async function leave({ agent, role }: Opened): Promise<void> {
  agent.leave();
  await agent.toEnd();
  await expect.poll(() => database.roles(), { timeout: 8_000 }).not.toContain(role);
}

async function putPolicy(target: string, document: string): Promise<void> {
  const url = `${gateway.url}/v1/targets/${target}/policy`;
  const authorization = `Bearer ${await mint({ roles: ["admin"] })}`;
  const etag = (await fetch(url, { headers: { authorization } })).headers.get("etag");
  const response = await fetch(url, {
    method: "PUT",
    headers: {
      authorization,
      "content-type": "application/yaml",
      ...(etag === null ? { "if-none-match": "*" } : { "if-match": etag }),
    },
    body: document,
  });
  expect(response.status).toBeLessThan(300);
}

const GRANTED = [
  String.raw`column "Sch""e.ma; --"."t'a""b\le".c"ol, x SELECT`,
  String.raw`column "Sch""e.ma; --"."t'a""b\le".Ünï SELECT`,
  "column customers.id SELECT",
  "column customers.name SELECT",
  "function closed EXECUTE",
  "relation made_later SELECT",
  "relation names SELECT",
  "relation orders DELETE,INSERT,SELECT,UPDATE",
  "relation orders_2026 SELECT",
  "relation orders_by_year SELECT",
  "relation orders_id_seq SELECT,USAGE",
  "relation structure SELECT",
  "relation whole_orders SELECT",
  `schema Sch"e.ma; -- USAGE`,
];

test("a session has a role of its own, with exactly what the policy grants, as the database itself tells", async () => {
  const session = await open("own", { exp: Math.floor(Date.now() / 1000) + 300 });
  const { agent, role } = session;
  expect(role).toMatch(/^sluice_[0-9a-f]{32}$/);
  expect(await database.privileges(role)).toEqual(GRANTED);
  const [attributes] = await database.query(`
    SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR r.rolinherit AS powers,
      r.rolconnlimit, r.rolconfig, extract(epoch FROM r.rolvaliduntil - now())::int AS seconds,
      left(a.rolpassword, 18) AS password, shobj_description(r.oid, 'pg_authid') AS comment,
      (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships
    FROM pg_roles r JOIN pg_authid a USING (oid) WHERE r.rolname = '${role}'`);
  expect(attributes).toMatchObject({
    powers: false,
    rolconnlimit: 1,
    rolconfig: [
      "statement_timeout=30000",
      "idle_session_timeout=1805000",
      "idle_in_transaction_session_timeout=1805000",
    ],
    password: "SCRAM-SHA-256$4096",
    memberships: 0,
  });
  expect(attributes?.["comment"]).toMatch(
    new RegExp(`^sluice gateway [0-9a-f]{8} session ${role.slice(7)} target own subject bot-1 of http`),
  );
  expect(attributes?.["seconds"]).toBeGreaterThan(200);
  expect(attributes?.["seconds"]).toBeLessThanOrEqual(300);
  const activity = await database.query(
    "SELECT usename, application_name FROM pg_stat_activity WHERE usename LIKE 'sluice\\_%'",
  );
  expect(activity).toEqual([{ usename: role, application_name: `sluice ${role.slice(7, 19)} bot-1` }]);
  expect(
    await rows(agent, "INSERT INTO orders (customer_id, status) VALUES (1, 'new') RETURNING status"),
  ).toEqual([["new"]]);
  await leave(session);
  // The name of the role leads to the record, and the record to the role.
  const exported = async (): Promise<string> =>
    (await gateway.api(`/v1/sessions/${role.slice(7)}/export`)).text();
  await expect.poll(exported, { timeout: 8_000 }).toContain(`"kind":"database_role"`);
  expect(await exported()).toContain(role);
});

test("limits by effect, masks and the gateway's own questions work as this role", async () => {
  const session = await open("own");
  expect(await rows(session.agent, "SELECT id, year FROM orders_by_year")).toEqual([["7", "0"]]);
  expect(await failure(session.agent, "UPDATE orders SET status = 'all' WHERE id > 0")).toBe(
    "42501 the update would touch every row of public.orders: nothing was changed",
  );
  expect(await failure(session.agent, "SELECT id FROM nowhere")).toBe(
    '42P01 relation "nowhere" does not exist',
  );
  await leave(session);
});

test("a session is told when the database did not let its role have what the policy grants", async () => {
  const session = await open("own");
  const notices = session.frames
    .filter(({ code }) => code === 0x4e)
    .map(({ bytes }) => Buffer.from(bytes).toString());
  expect(notices.join("")).toContain(
    "the policy grants privileges on 2 relations or functions that this session's database role has not",
  );
  await leave(session);
});

test("when the policy is switched to allow-all, PostgreSQL itself refuses everything else", async () => {
  const session = await open("own");
  const { agent, role } = session;
  await putPolicy("own", "extends: owner");
  await expect
    .poll(() => failure(agent, "SELECT count(*) FROM hr.salaries"), { timeout: 10_000 })
    .toBe("42501 permission denied for schema hr");
  const refused = [
    "SELECT ssn FROM customers",
    "SELECT * FROM customers",
    "UPDATE customers SET name = 'x' WHERE id = 1",
    "SELECT id FROM events",
    "SELECT band FROM pay_bands",
    "SELECT id FROM not_given",
    "SELECT all_of_them FROM passwords",
    "SELECT to_json FROM whole_customers",
    String.raw`SELECT secret FROM "Sch""e.ma; --"."t'a""b\le"`,
    "TRUNCATE orders",
    "ALTER TABLE orders ADD COLUMN x int",
    "DROP TABLE orders",
    "CREATE TABLE public.mine (id int)",
    "CREATE SCHEMA mine",
    "SET ROLE gateway_provisioner",
    "SET SESSION AUTHORIZATION app",
    "CREATE ROLE another",
    `ALTER ROLE ${role} VALID UNTIL 'infinity'`,
    `ALTER ROLE ${role} CREATEROLE`,
    "COPY orders TO PROGRAM 'cat'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT rolpassword FROM pg_authid",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "DO $$ BEGIN EXECUTE 'DELETE FROM hr.salaries'; END $$",
  ];
  const told = [];
  for (const sql of refused) told.push([sql, (await failure(agent, sql))?.slice(0, 5)]);
  expect(told).toEqual(refused.map((sql) => [sql, "42501"]));
  // A GRANT of what it may not pass on is a warning to PostgreSQL.
  expect(await failure(agent, "GRANT SELECT ON orders TO app")).toBe(null);
  expect(await database.privileges("app")).toEqual([]);
  expect(await database.privileges(role)).toEqual(GRANTED);
  // A policy that takes away is followed: what the role has is more than it grants.
  await putPolicy("own", "extends: agent\nrelations: { read: [public.orders] }");
  expect(failureOf(await agent.toEnd())?.sqlstate).toBe("57P01");
  await expect.poll(() => database.roles(), { timeout: 8_000 }).toEqual([]);
  await putPolicy("own", POLICY);
});

test("what is granted for a while the role gets at once, and the session ends with it", async () => {
  const session = await open("own", { sub: "asker" });
  const { agent, role } = session;
  const read = "SELECT count(*) FROM hr.salaries";
  expect((await failure(agent, read))?.slice(0, 5)).toBe("42501");
  const headers = {
    authorization: `Bearer ${await mint({ sub: "asker" })}`,
    "content-type": "application/json",
  };
  const wish = {
    target: "own",
    relations: ["hr.salaries"],
    kinds: ["select"],
    duration: "30min",
    reason: "a ticket",
  };
  const asked = await fetch(`${gateway.url}/v1/grants`, {
    method: "POST",
    headers,
    body: JSON.stringify(wish),
  });
  expect(asked.status).toBe(200);
  const { id } = (await asked.json()) as { id: string };
  await expect.poll(() => failure(agent, read), { timeout: 8_000 }).toBe(null);
  expect(await database.privileges(role)).toEqual(
    [
      ...GRANTED,
      "relation hr.salaries SELECT",
      // A view that shows what may be read now.
      "relation pay_bands SELECT",
      "schema hr USAGE",
    ].toSorted(),
  );
  const ended = await fetch(`${gateway.url}/v1/grants/${id}`, { method: "DELETE", headers });
  expect(ended.status).toBeLessThan(300);
  expect(failureOf(await agent.toEnd())?.sqlstate).toBe("57P01");
  await expect.poll(() => database.roles(), { timeout: 8_000 }).toEqual([]);
});

test("what a session made goes with it, or to the heir that the target names", async () => {
  const sessions = [await open("own"), await open("heired")] as const;
  await putPolicy("own", "extends: owner");
  await putPolicy("heired", "extends: owner");
  for (const { agent, role } of sessions)
    await expect
      .poll(
        () =>
          failure(agent, `CREATE TABLE scratch.t_${role} AS SELECT 1 AS id; CREATE TEMP TABLE mine (id int)`),
        { timeout: 10_000 },
      )
      .toBe(null);
  // What others have built on it keeps the role, with no way in, until they are done with it.
  const { role, agent } = sessions[0];
  await database.query(`CREATE VIEW public.built AS SELECT id FROM scratch.t_${role}`);
  agent.leave();
  const isClosed = async (): Promise<unknown> =>
    (await database.query(`SELECT rolcanlogin FROM pg_roles WHERE rolname = '${role}'`))[0]?.["rolcanlogin"];
  await expect.poll(isClosed, { timeout: 8_000 }).toBe(false);
  await database.query("DROP VIEW public.built");
  await expect.poll(() => database.roles(), { timeout: 8_000 }).toEqual([sessions[1].role]);
  await leave(sessions[1]);
  const left = await database.query(
    "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'scratch'",
  );
  expect(left).toEqual([{ tablename: `t_${sessions[1].role}`, tableowner: "attic" }]);
  await putPolicy("own", POLICY);
  await putPolicy("heired", POLICY);
});

test("an abandoned session, a killed gateway and a new one leave no role behind", async () => {
  const abandoned = await open("own");
  abandoned.agent.terminate();
  await expect.poll(() => database.roles(), { timeout: 8_000 }).toEqual([]);

  const unlucky = await open("own");
  await database.query("ALTER ROLE gateway_provisioner NOLOGIN");
  unlucky.agent.leave();
  await unlucky.agent.toEnd();
  expect(await database.roles()).toEqual([unlucky.role]);
  await database.query("ALTER ROLE gateway_provisioner LOGIN");
  await expect.poll(() => database.roles(), { timeout: 8_000 }).toEqual([]);

  const killed = await Promise.all([open("own"), open("own"), open("heired")]);
  expect(await database.roles()).toHaveLength(killed.length);
  gateway.kill();
  await expect.poll(() => database.roles(), { timeout: 15_000 }).toEqual([]);

  const redeployed = await open("own");
  expect(await database.roles()).toEqual([redeployed.role]);
  await gateway.stop();
  expect(await database.roles()).toEqual([redeployed.role]);
  gateway = await startGateway({ ...options, state: gateway.state });
  await expect.poll(() => database.roles(), { timeout: 15_000 }).toEqual([]);
}, 60_000);

test("two gateways on one database make and sweep their own roles alone, however many sessions begin at once", async () => {
  const other = await startGateway({ ...options, sessionKey: "22".repeat(32) });
  try {
    const theirs = await Promise.all([1, 2, 3].map(() => open("own", {}, other)));
    const ours = await Promise.all([1, 2, 3].map(() => open("own")));
    expect(new Set([...theirs, ...ours].map(({ role }) => role))).toEqual(new Set(await database.roles()));
    for (const { agent } of ours) agent.leave();
    await expect.poll(() => database.roles(), { timeout: 8_000 }).toHaveLength(3);
    // Past a sweep or two of ours.
    await new Promise((resolve) => setTimeout(resolve, 2 * SWEEP_MS));
    for (const { agent, role } of theirs) expect(await rows(agent, "SELECT current_user")).toEqual([[role]]);
    for (const { agent } of theirs) agent.leave();
    await expect.poll(() => database.roles(), { timeout: 8_000 }).toEqual([]);
  } finally {
    await other.stop();
    other.remove();
  }
}, 60_000);

test("that the provisioning role may not make roles, or not hand on to the heir, is told without secrets, and nothing stays", async () => {
  for (const target of ["weak", "misheired"]) {
    const told = await refusal(target);
    expect(told).toMatchObject({
      sqlstate: "58000",
      message: "the gateway's provisioning role could not make a role for this session (SQLSTATE 42501)",
    });
    expect(`${JSON.stringify(told)} ${gateway.output}`).not.toMatch(/canary|powerless|stranger/);
  }
  expect(await database.roles()).toEqual([]);
});

test("a mapped role is taken on at once, shown to the database, and not left", async () => {
  await putPolicy(
    "mapped",
    "extends: owner\nsafeguards: none\nsettings: { set: ['*', role, session_authorization] }",
  );
  const { agent } = await open("mapped");
  expect(await rows(agent, "SELECT current_user, session_user")).toEqual([["agents", "app"]]);
  const [activity] = await database.query(
    "SELECT application_name FROM pg_stat_activity WHERE usename = 'app'",
  );
  expect(activity?.["application_name"]).toMatch(/^sluice [0-9a-f]{12} bot-1$/);
  expect(await failure(agent, "SELECT name FROM customers")).toBe(
    "42501 permission denied for table customers",
  );
  const attempts = [
    "SET ROLE support",
    "SET ROLE NONE",
    "SET SESSION AUTHORIZATION app",
    "RESET SESSION AUTHORIZATION",
    "DISCARD ALL",
    "SELECT set_config('role', 'support', false)",
    "SELECT set_config('ro' || 'le', 'support', false)",
    "UPDATE pg_settings SET setting = 'support' WHERE name = 'role'",
    "DO $$ BEGIN EXECUTE 'SET ROLE support'; END $$",
    "DO $$ BEGIN SET ROLE support; END $$",
    "BEGIN; SET LOCAL ROLE support; SELECT name FROM customers; COMMIT",
    "SELECT query_to_xml('SET ROLE support', true, true, '')",
  ];
  for (const sql of attempts) {
    expect([sql, (await failure(agent, sql))?.slice(0, 5)]).not.toEqual([sql, undefined]);
    await failure(agent, "ROLLBACK");
    expect(await rows(agent, "SELECT current_user")).toEqual([["agents"]]);
  }
  for (const sql of ["RESET ROLE", "RESET ALL"]) {
    expect(await failure(agent, sql)).toBe(null);
    expect(await rows(agent, "SELECT current_user")).toEqual([["agents"]]);
  }
  agent.close();
  const { agent: supporter } = await open("mapped", { groups: ["support"] });
  expect(await rows(supporter, "SELECT current_user")).toEqual([["support"]]);
  supporter.close();
});

/** Ways to a role that PostgreSQL would go, each from within something that the owner's policy lets be run. */
const TRAPS = [
  "CREATE SCHEMA traps",
  "CREATE FUNCTION traps.set_clause() RETURNS text LANGUAGE sql SET role = 'support' AS 'SELECT current_user::text'",
  "CREATE FUNCTION traps.dynamic(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE t; RETURN current_user; END $$",
  "CREATE FUNCTION traps.definer() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM set_config('role', 'support', false); RETURN current_user; END $$",
  "CREATE FUNCTION traps.atomic() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT set_config('role', 'support', false); END",
  "CREATE PROCEDURE traps.proc() LANGUAGE plpgsql AS $$ BEGIN SET ROLE support; END $$",
  "CREATE OPERATOR traps.@@@ (FUNCTION = traps.dynamic, RIGHTARG = text)",
  "CREATE DOMAIN traps.dom AS text CHECK (traps.dynamic(VALUE) IS NOT NULL)",
  "CREATE DOMAIN traps.own AS text CHECK (set_config('role', 'support', false) IS NOT NULL)",
  "CREATE VIEW traps.shown AS SELECT set_config('role', 'support', false) AS x",
  "CREATE TABLE traps.filled (id int, who text DEFAULT set_config('role', 'support', false))",
  "CREATE TABLE traps.checked (id int CHECK (set_config('role', 'support', false) IS NOT NULL))",
  "CREATE FUNCTION traps.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET ROLE support; RETURN NEW; END $$",
  "CREATE TABLE traps.triggered (id int)",
  "CREATE TRIGGER t BEFORE INSERT ON traps.triggered FOR EACH ROW EXECUTE FUNCTION traps.fires()",
  "GRANT USAGE ON SCHEMA traps TO agents",
  "GRANT ALL ON ALL TABLES IN SCHEMA traps TO agents",
];

test("what runs inside of something else does not leave the mapped role either", async () => {
  for (const trap of TRAPS) await database.query(trap);
  await putPolicy(
    "mapped",
    "extends: owner\nsafeguards: none\nfunctions: { call: ['*'] }\nsettings: { set: ['*', role, session_authorization] }",
  );
  const { agent } = await open("mapped");
  for (const sql of [
    "SELECT traps.set_clause()",
    "SELECT traps.dynamic('SET ROLE support')",
    "SELECT traps.definer()",
    "SELECT traps.atomic()",
    "CALL traps.proc()",
    "SELECT OPERATOR(traps.@@@) 'SET ROLE support'",
    "SELECT 'SET ROLE support'::traps.dom",
    "SELECT 'x'::traps.own",
    "SELECT * FROM traps.shown",
    "INSERT INTO traps.filled (id) VALUES (1)",
    "INSERT INTO traps.checked VALUES (1)",
    "INSERT INTO traps.triggered VALUES (1)",
    "PREPARE p AS SELECT set_config('role', 'support', false); EXECUTE p",
    "DECLARE c CURSOR WITH HOLD FOR SELECT set_config('role', 'support', false)",
    "COPY (SELECT set_config('role', 'support', false)) TO STDOUT",
    "EXPLAIN ANALYZE SELECT set_config('ROLE', 'support', false)",
    "SELECT pg_catalog.set_config(s, 'support', false) FROM (VALUES ('role')) v(s)",
    "CREATE TEMP TABLE t (a text DEFAULT set_config('role', 'support', false)); INSERT INTO t DEFAULT VALUES",
    "SET LOCAL session_authorization = 'app'",
    'SET "ROLE" = support',
  ]) {
    const told = (await failure(agent, sql))?.slice(0, 5);
    await failure(agent, "ROLLBACK");
    expect([sql, told]).toEqual([sql, "42501"]);
    expect(await rows(agent, "SELECT current_user, session_user")).toEqual([["agents", "app"]]);
  }
  agent.close();
  await database.query("DROP SCHEMA traps CASCADE");
});

test("who has no mapped role, or one that is not there, does not get in", async () => {
  expect(await refusal("mapped", { sub: "stranger" })).toMatchObject({
    sqlstate: "28000",
    message: "no role of this database is meant for you",
  });
  expect(await refusal("mapped", { sub: "lost" })).toMatchObject({
    sqlstate: "08004",
    message: "the gateway's own credential was refused by the database (SQLSTATE 22023)",
  });
});

test("no password is in what the gateway wrote or stored, and no verifier", () => {
  const search = new SecretSearch();
  search.add("provisioning password", "provisioner-canary-0123456789");
  search.add("other provisioning password", "powerless-canary-0123456789");
  const files = readdirSync(gateway.state, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  // An object that is done takes its files away meanwhile.
  const contents = files
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path));
  // The objects that know of roles are among them.
  expect(files.filter((file) => file.parentPath.includes("sluice-Roles"))).not.toEqual([]);
  for (const content of [...contents, Buffer.from(gateway.output)]) {
    expect([...search.find(content)]).toEqual([]);
    expect(content.includes("SCRAM-SHA-256$")).toBe(false);
  }
});
