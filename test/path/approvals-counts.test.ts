// What an approver is told of the rows of a held statement: PostgreSQL's estimate, and the count of a trial run, which
// leaves nothing behind and stays inside of its limits.

import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { encodeFrontend, encodeStartup, type Frame } from "#core/wire";
import { failureOf, HostileAgent, letters, startup } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

// What a trigger writes is of the statement too, and must not be another rule's to ask for: nothing would be counted then.
const POLICY = `
extends: agent
rules:
  - { id: trial, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 20s, count: exact, count_lock_time: 300ms } }
  - { id: slow, when: { kind: insert, relation: ["*.plain", "*.once"] }, then: approve, approve: { count: exact, count_time: 400ms } }
  - { id: few, when: { kind: update }, then: approve, approve: { count: exact, auto_under_rows: 3 } }
roles:
  "group:hurried":
    limits: { statement_time: 500ms }
`;

interface ApprovalItem {
  readonly id: string;
  readonly estimated_rows: number | null;
  readonly counted_rows: number | null;
  readonly count_unknown: string | null;
  readonly votes: readonly unknown[];
}

let role: Role;
let gateway: Gateway;
let schema: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  schema = role.name;
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${role.name}`);
  await role.query(`SET ROLE ${role.name}`);
  await role.query(`
    CREATE TABLE ${schema}.orders (id int PRIMARY KEY, status text);
    CREATE TABLE ${schema}.items (id int, order_id int REFERENCES ${schema}.orders ON DELETE CASCADE);
    CREATE TABLE ${schema}.audit (n bigserial, id int);
    CREATE TABLE ${schema}.plain (id int);
    CREATE TABLE ${schema}.once (id int PRIMARY KEY);
    INSERT INTO ${schema}.once VALUES (1);
    CREATE TABLE ${schema}.held (id int PRIMARY KEY);
    CREATE TABLE ${schema}.holds (id int REFERENCES ${schema}.held DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION ${schema}.noted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ${schema}.audit (id) VALUES (OLD.id);
        RETURN NULL;
      END $$;
    CREATE CONSTRAINT TRIGGER noted AFTER DELETE ON ${schema}.held DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION ${schema}.noted();
    INSERT INTO ${schema}.held VALUES (1), (2), (3);
    INSERT INTO ${schema}.holds VALUES (3);
    CREATE FUNCTION ${schema}.audited() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE NOTICE 'gone';
        INSERT INTO ${schema}.audit (id) VALUES (OLD.id);
        RETURN OLD;
      END $$;
    CREATE TRIGGER audited BEFORE DELETE ON ${schema}.orders FOR EACH ROW EXECUTE FUNCTION ${schema}.audited();
  `);
  await role.query("RESET ROLE");
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: POLICY });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${schema} CASCADE`);
  await role?.drop();
});

beforeEach(async () => {
  await role.query(`TRUNCATE ${schema}.orders, ${schema}.items, ${schema}.audit, ${schema}.plain`);
  await role.query(`INSERT INTO ${schema}.orders SELECT i, 'open' FROM generate_series(1, 5) i`);
  await role.query(`INSERT INTO ${schema}.items SELECT i, i % 5 + 1 FROM generate_series(1, 10) i`);
});

async function open(name: string): Promise<HostileAgent> {
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: name }), name);
}

async function next(agent: HostileAgent, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) {
    const frame = await agent.frame();
    if (frame === null) throw new Error("the connection is over");
    frames.push(frame);
  }
  return frames;
}

async function ask(path: string, body?: unknown): Promise<Response> {
  const token = await mint({ sub: "ada", roles: ["approver"] });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return fetch(`${gateway.url}${path}`, { headers, ...sent });
}

async function newest(subject: string): Promise<ApprovalItem> {
  const { data } = (await (await ask(`/v1/approvals?subject=${subject}`)).json()) as { data: ApprovalItem[] };
  const [first] = data;
  if (first === undefined) throw new Error("nothing was asked for");
  return first;
}

async function decide(id: string, verdict: string): Promise<void> {
  const body = { verdict, reason: "as agreed" };
  expect((await ask(`/v1/approvals/${id}/decision`, body)).status).toBe(200);
}

/** Versions of all rows: what was rolled back has made none. */
async function state(): Promise<unknown> {
  const of = (table: string): string =>
    `SELECT '${table}' AS name, id, xmin::text AS version, ctid::text AS place FROM ${schema}.${table}`;
  return role.query(`${of("orders")} UNION ALL ${of("items")} UNION ALL ${of("audit")} ORDER BY 1, 2`);
}

function bound(text: string, value: string): readonly Uint8Array[] {
  return [
    encodeFrontend({ kind: "parse", statement: "", text: Buffer.from(text), parameterTypes: [23] }),
    encodeFrontend({
      kind: "bind",
      portal: "",
      statement: "",
      parameterFormats: [0],
      parameters: [Buffer.from(value)],
      resultFormats: [],
    }),
    encodeFrontend({ kind: "execute", portal: "", maxRows: 0 }),
    encodeFrontend({ kind: "sync" }),
  ];
}

const describePortal = encodeFrontend({ kind: "describe", target: "P", name: "" });

test("a trial counts what triggers and foreign keys do, and leaves nothing but a gap in a sequence", async () => {
  const agent = await open("counted");
  const before = await state();
  agent.query(`DELETE FROM ${schema}.orders WHERE id <= 2 RETURNING id`);
  // The request's own notice, and not the trigger's.
  expect(letters([(await agent.frame()) as never])).toBe("N");
  const held = await newest("counted");
  // Two orders, their four items, and two rows of the trigger's.
  expect(held).toMatchObject({ counted_rows: 8, count_unknown: null });
  expect(held.estimated_rows).toBeGreaterThan(0);
  expect(await state()).toEqual(before);
  const locks = `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE c.relnamespace = '${schema}'::regnamespace AND l.pid <> pg_backend_pid()`;
  expect(await role.query(locks)).toEqual([{ n: 0 }]);
  await decide(held.id, "approve");
  expect(letters(await agent.ready())).toBe("NNTDDCZ");
  expect(await role.query(`SELECT id, n::int FROM ${schema}.audit ORDER BY n`)).toEqual([
    { id: 1, n: 3 },
    { id: 2, n: 4 },
  ]);
  agent.leave();
});

test("inside of a transaction it is rolled back to where it began, with the parameters as they were bound", async () => {
  const agent = await open("inside");
  agent.query(`BEGIN`);
  await agent.ready();
  agent.query(`SET LOCAL lock_timeout = '7s'`);
  await agent.ready();
  agent.send(...bound(`DELETE FROM ${schema}.orders WHERE id > $1`, "2"));
  expect(letters([await agent.frame(), await agent.frame(), await agent.frame()] as never[])).toBe("12N");
  const held = await newest("inside");
  expect(held).toMatchObject({ counted_rows: 12, count_unknown: null });
  await decide(held.id, "approve");
  expect(letters(await agent.ready())).toBe("NNNCZ");
  agent.query("SHOW lock_timeout");
  const shown = await agent.ready();
  expect(Buffer.from(shown[1]?.bytes ?? []).toString()).toContain("7s");
  expect(shown.at(-1)?.bytes.at(-1)).toBe("T".charCodeAt(0));
  agent.query("ROLLBACK");
  await agent.ready();
  expect(await role.query(`SELECT count(*)::int AS n FROM ${schema}.orders`)).toEqual([{ n: 5 }]);
  agent.leave();
});

describe("a batch outside of a transaction", () => {
  test("is counted too, with what it was bound to, and goes on as if it had not been", async () => {
    const agent = await open("batch");
    const before = await state();
    const [parse, bind, execute, sync] = bound(
      `DELETE FROM ${schema}.orders WHERE id = $1 RETURNING id`,
      "1",
    );
    agent.send(
      parse as Uint8Array,
      bind as Uint8Array,
      describePortal,
      execute as Uint8Array,
      sync as Uint8Array,
    );
    expect(letters(await next(agent, 4))).toBe("12TN");
    const held = await newest("batch");
    // The order, its two items and a row of the trigger's.
    expect(held).toMatchObject({ estimated_rows: 1, counted_rows: 4, count_unknown: null });
    expect(await state()).toEqual(before);
    await decide(held.id, "approve");
    const frames = await agent.ready();
    expect(letters(frames)).toBe("NDCZ");
    expect(frames.at(-1)?.bytes.at(-1)).toBe("I".charCodeAt(0));
    expect(await role.query(`SELECT id FROM ${schema}.orders ORDER BY 1`)).toHaveLength(4);
    agent.leave();
  });

  test("keeps all that it has bound, by name and without, and each by its own formats", async () => {
    const agent = await open("bound");
    const named = (portal: string, value: number): Uint8Array =>
      encodeFrontend({
        kind: "bind",
        portal,
        statement: "by-id",
        parameterFormats: [1],
        parameters: [Uint8Array.of(0, 0, 0, value)],
        resultFormats: [1],
      });
    agent.send(
      encodeFrontend({
        kind: "parse",
        statement: "by-id",
        text: Buffer.from(`SELECT id FROM ${schema}.orders WHERE id = $1`),
        parameterTypes: [23],
      }),
      named("later", 3),
      ...bound(`UPDATE ${schema}.orders SET status = 'void' WHERE id = $1`, "2").slice(0, 3),
      encodeFrontend({ kind: "execute", portal: "later", maxRows: 0 }),
      encodeFrontend({ kind: "sync" }),
    );
    const frames = await agent.ready();
    expect(letters(frames)).toBe("1212CDCZ");
    expect(Buffer.from(frames[5]?.bytes.slice(-4) ?? []).readInt32BE()).toBe(3);
    expect(await newest("bound")).toMatchObject({ state: "executed", counted_rows: 1 });
    agent.leave();
  });

  test("is not counted behind what was executed in it, or bound to what is gone, which the request says", async () => {
    const agent = await open("behind");
    const update = (value: string): readonly Uint8Array[] =>
      bound(`UPDATE ${schema}.orders SET status = 'void' WHERE id >= $1`, value).slice(0, 3);
    agent.send(...update("5"), ...update("4"), encodeFrontend({ kind: "sync" }));
    expect(letters(await agent.ready())).toBe("12C12EZ");
    expect(await newest("behind")).toMatchObject({
      counted_rows: null,
      estimated_rows: null,
      count_unknown: expect.stringContaining("others were executed before it in the same batch") as string,
    });
    // It failed as a whole.
    expect(await role.query(`SELECT 1 FROM ${schema}.orders WHERE status = 'void'`)).toEqual([]);
    const [parse, bind, execute] = update("3");
    const again = encodeFrontend({
      kind: "parse",
      statement: "",
      text: Buffer.from("SELECT 1"),
      parameterTypes: [],
    });
    const sync = encodeFrontend({ kind: "sync" });
    agent.send(parse as Uint8Array, bind as Uint8Array, again, execute as Uint8Array, sync);
    expect(letters(await agent.ready())).toBe("121EZ");
    expect(await newest("behind")).toMatchObject({
      counted_rows: null,
      count_unknown: expect.stringContaining("could not be bound again") as string,
    });
    agent.leave();
  });

  test.each([
    ["by itself", ""],
    ["within a statement_timeout of the agent's own", "SET statement_timeout = '250ms'"],
  ])("whose trial takes longer than it may is not counted, %s", async (name, setting) => {
    const agent = await open(`slow ${name}`);
    if (setting !== "") {
      agent.query(setting);
      await agent.ready();
    }
    agent.send(...bound(`INSERT INTO ${schema}.plain SELECT $1 FROM pg_sleep(1)`, "1"));
    expect(letters(await agent.ready())).toBe("12EZ");
    expect(await newest(`slow ${name}`)).toMatchObject({
      counted_rows: null,
      count_unknown: "it takes longer than it may",
    });
    agent.query("SHOW statement_timeout");
    const shown = Buffer.from((await agent.ready())[1]?.bytes ?? []).toString();
    expect(shown).toContain(setting === "" ? "0" : "250ms");
    agent.leave();
  });
});

test("under contention it stays inside of its limits, and the request says so", async () => {
  const other = new Client({ connectionString: inject("stack").upstream });
  await other.connect();
  await other.query(`BEGIN; SELECT 1 FROM ${schema}.orders WHERE id = 3 FOR UPDATE`);
  const agent = await open("contended");
  const since = performance.now();
  agent.query(`DELETE FROM ${schema}.orders WHERE id = 3`);
  const first = (await agent.frame()) as never;
  const took = performance.now() - since;
  await other.query("ROLLBACK").finally(() => other.end());
  expect(failureOf([first])).toBeNull();
  expect(letters([first])).toBe("N");
  const held = await newest("contended");
  expect(held).toMatchObject({
    counted_rows: null,
    count_unknown: "somebody else holds its locks for longer than it may wait",
  });
  expect(took).toBeGreaterThan(300);
  expect(took).toBeLessThan(5_000);
  await decide(held.id, "deny");
  expect(failureOf(await agent.ready())).toMatchObject({ sqlstate: "42501" });
  agent.query(`INSERT INTO ${schema}.plain SELECT 1 FROM pg_sleep(3)`);
  expect(letters(await agent.ready())).toBe("EZ");
  expect(await newest("contended")).toMatchObject({
    counted_rows: null,
    count_unknown: "it takes longer than it may",
  });
  agent.query(`INSERT INTO ${schema}.once VALUES (1)`);
  expect(failureOf(await agent.ready())).toMatchObject({ sqlstate: "42501" });
  expect(await newest("contended")).toMatchObject({
    counted_rows: null,
    count_unknown: "it fails with SQLSTATE 23505",
  });
  agent.leave();
});

test("what changes few rows is approved by the policy, which the approval says, and more is not", async () => {
  const agent = await open("few");
  agent.query(`UPDATE ${schema}.orders SET status = 'void' WHERE id <= 2`);
  expect(letters(await agent.ready())).toBe("CZ");
  expect(await newest("few")).toMatchObject({
    state: "executed",
    counted_rows: 2,
    votes: [
      {
        issuer: "policy",
        subject: 'rule "few" of policy version default',
        reason: "changes 2 of fewer than 3 rows",
      },
    ],
  });
  agent.query(`UPDATE ${schema}.orders SET status = 'void' WHERE id <= 3`);
  expect(failureOf(await agent.ready())).toMatchObject({ sqlstate: "42501" });
  expect(await newest("few")).toMatchObject({ state: "pending", counted_rows: 3, votes: [] });
  agent.leave();
});

describe("a trial that is interrupted", () => {
  const slow = (): string => `DELETE FROM ${schema}.orders WHERE id = 1 AND pg_sleep(4) IS NOT NULL`;
  const sleeping = async (): Promise<number> =>
    (
      await role.query(
        `SELECT 1 FROM pg_stat_activity WHERE usename = '${role.name}' AND wait_event = 'PgSleep' AND state = 'active'`,
      )
    ).length;
  /** Where a trial can stand, and the transaction's state once what is tried has failed. */
  const grounds = [
    ["of a Query", "I", (agent: HostileAgent) => agent.query(slow())],
    ["of a Query in a block", "E", (agent: HostileAgent) => agent.query(slow())],
    [
      "of a bound statement",
      "I",
      (agent: HostileAgent) => agent.send(...bound(`${slow()} AND id = $1`, "1")),
    ],
    [
      "of a bound statement in a block",
      "E",
      (agent: HostileAgent) => agent.send(...bound(`${slow()} AND id = $1`, "1")),
    ],
  ] as const;

  async function begin(
    name: string,
    status: string,
    groups: readonly string[] = [],
  ): Promise<{ agent: HostileAgent; key: Uint8Array }> {
    const headers = { authorization: `Bearer ${await mint({ sub: name, groups })}` };
    const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, { headers });
    agent.send(startup({ user: "agent", database: "demo", application_name: name }));
    const key = (await agent.ready()).find(({ code }) => code === 0x4b)?.bytes ?? new Uint8Array(13);
    if (status === "E") {
      agent.query("BEGIN");
      await agent.ready();
    }
    return { agent, key };
  }

  async function nobodyIsAsked(name: string, before: unknown): Promise<void> {
    await expect.poll(sleeping, { timeout: 3_000 }).toBe(0);
    await expect(newest(name)).rejects.toThrow("nothing was asked for");
    expect(await state()).toEqual(before);
  }

  test.each(grounds)(
    "%s by a CancelRequest ends the statement, and nobody is asked",
    async (ground, status, send) => {
      const name = `cancels ${ground}`;
      const { agent, key } = await begin(name, status);
      const before = await state();
      send(agent);
      await expect.poll(sleeping).toBe(1);
      const headers = { authorization: `Bearer ${await mint({ sub: name })}` };
      const other = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, { headers });
      const processId = new DataView(key.buffer, key.byteOffset).getUint32(5);
      other.send(encodeStartup({ kind: "cancel_request", processId, secretKey: key.slice(9) }));
      const frames = await agent.ready();
      expect(failureOf(frames)).toMatchObject({ sqlstate: "57014" });
      expect(frames.at(-1)?.bytes.at(-1)).toBe(status.charCodeAt(0));
      await nobodyIsAsked(name, before);
      // The session goes on, and what it says of the transaction is so.
      agent.query(status === "E" ? "ROLLBACK" : "SELECT 1");
      const next = await agent.ready();
      expect(failureOf(next)).toBeNull();
      expect(next.at(-1)?.bytes.at(-1)).toBe("I".charCodeAt(0));
      agent.leave();
    },
  );

  test.each(grounds)(
    "%s by the policy's statement_time ends the statement, and nobody is asked",
    async (ground, status, send) => {
      const name = `lasts ${ground}`;
      const { agent } = await begin(name, status, ["hurried"]);
      const before = await state();
      send(agent);
      const frames = await agent.ready();
      expect(failureOf(frames)).toMatchObject({ sqlstate: "57014" });
      expect(frames.at(-1)?.bytes.at(-1)).toBe(status.charCodeAt(0));
      await nobodyIsAsked(name, before);
      agent.query(status === "E" ? "ROLLBACK" : "SELECT 1");
      expect(failureOf(await agent.ready())).toBeNull();
      agent.leave();
    },
  );

  test.each(grounds)(
    "%s by a connection that is lost leaves nothing, and nobody is asked",
    async (ground, status, send) => {
      const name = `leaves ${ground}`;
      const { agent } = await begin(name, status);
      const before = await state();
      send(agent);
      await expect.poll(sleeping).toBe(1);
      agent.terminate();
      await nobodyIsAsked(name, before);
    },
  );
});

describe("constraints that are deferred", () => {
  const gone = (id: string): string => `DELETE FROM ${schema}.held WHERE id = ${id}`;

  test("are counted with what their triggers do, in a transaction of the trial's own alone", async () => {
    const agent = await open("deferred");
    agent.query(gone("1"));
    await agent.frame();
    // The row, and the one that its deferred trigger writes.
    const first = await newest("deferred");
    expect(first).toMatchObject({ counted_rows: 2, count_unknown: null });
    await decide(first.id, "deny");
    await agent.ready();
    agent.query("BEGIN");
    await agent.ready();
    agent.query(gone("2"));
    await agent.frame();
    const second = await newest("deferred");
    expect(second).toMatchObject({ counted_rows: 1, count_unknown: null });
    await decide(second.id, "deny");
    await agent.ready();
    agent.leave();
  });

  test("that would fail at the commit are told as such", async () => {
    const agent = await open("deferred-fails");
    agent.query(gone("3"));
    await agent.frame();
    const held = await newest("deferred-fails");
    expect(held).toMatchObject({ counted_rows: null, count_unknown: "it fails with SQLSTATE 23503" });
    await decide(held.id, "deny");
    await agent.ready();
    agent.leave();
  });
});

test.each([
  ["a bound statement", false],
  ["a bound statement in a block", true],
])("a trial of %s waits for locks no longer than it may", async (name, inBlock) => {
  const other = new Client({ connectionString: inject("stack").upstream });
  await other.connect();
  await other.query(`BEGIN; SELECT 1 FROM ${schema}.orders WHERE id = 3 FOR UPDATE`);
  const agent = await open(`waits ${name}`);
  if (inBlock) {
    agent.query("BEGIN");
    await agent.ready();
  }
  agent.send(...bound(`DELETE FROM ${schema}.orders WHERE id = $1`, "3"));
  expect(letters(await next(agent, 3))).toBe("12N");
  await other.query("ROLLBACK").finally(() => other.end());
  const held = await newest(`waits ${name}`);
  expect(held.count_unknown).toBe("somebody else holds its locks for longer than it may wait");
  await decide(held.id, "approve");
  const frames = await agent.ready();
  expect(letters(frames).at(-2)).toBe("C");
  expect(frames.at(-1)?.bytes.at(-1)).toBe((inBlock ? "T" : "I").charCodeAt(0));
  agent.leave();
});
