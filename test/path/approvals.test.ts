// Statements that wait for a person, from the agent's message to the database and back: who may decide, what an approval is
// good for, and how it ends otherwise.

import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { decodeBackend, encodeFrontend, encodeStartup, type Frame } from "#core/wire";
import { failureOf, HostileAgent, letters, startup } from "./hostile-agent.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const POLICY = `
extends: agent
rules:
  - { id: wait, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 20s } }
  - { id: retry, when: { kind: update }, then: approve }
  - { id: brief, when: { kind: truncate }, then: approve, approve: { mode: wait, timeout: 1s } }
  - { id: two, when: { kind: create_table }, then: approve, approve: { mode: wait, quorum: 2, groups: [dba, sre] } }
  - id: glass
    when: { kind: drop_table }
    then: approve
    approve:
      quorum: 2
      groups: [dba]
      break_glass: { groups: [oncall], reviewers: [security], review_within: 1s, valid: 1min }
  - { id: here, when: { kind: insert }, then: approve, approve: { scope: session, reasons_required: true } }
limits: { rows_changed: 100 }
`;

const ADA_KEY = `whsec_${randomBytes(32).toString("base64")}`;

interface ApprovalItem {
  readonly id: string;
  readonly state: string;
  readonly statement: string;
  readonly parameters: readonly (string | null)[];
  readonly relations: readonly string[];
  readonly in_transaction: boolean;
  readonly session_id: string;
  readonly reason: string | null;
  readonly history: readonly { readonly state: string }[];
  readonly votes: readonly { readonly subject: string; readonly verdict: string }[];
}

interface Timed {
  readonly held_ms: number;
  readonly added_ms: number | null;
  readonly duration_ms: number;
}

let role: Role;
let gateway: Gateway;
let orders: string;
let receiver: WebhookReceiver;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
  orders = `${role.name}.orders`;
  await role.query(`CREATE TABLE ${orders} (id int, status text)`);
  await role.query(`ALTER TABLE ${orders} OWNER TO ${role.name}`);
  receiver = await WebhookReceiver.start();
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: POLICY,
    vars: {
      WEBHOOKS: JSON.stringify([{ url: receiver.url, secrets: ["HOOK_KEY"] }]),
      WEBHOOKS_LOCAL: "true",
      HOOK_KEY: receiver.secret,
      APPROVER_KEYS: JSON.stringify([{ secret: "ADA_KEY", issuer: inject("stack").issuer, subject: "ada" }]),
      ADA_KEY: ADA_KEY,
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await receiver?.stop();
  await role?.query(`DROP SCHEMA ${role.name} CASCADE`);
  await role?.drop();
});

/** With three rows in the table. */
async function open(name: string): Promise<HostileAgent> {
  await role.query(`TRUNCATE ${orders}`);
  await role.query(`INSERT INTO ${orders} SELECT i, 'open' FROM generate_series(1, 3) i`);
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: name }), name);
}

async function ids(): Promise<readonly number[]> {
  return (await role.query(`SELECT id FROM ${orders} ORDER BY id`)).map(({ id }) => Number(id));
}

async function ask(
  path: string,
  claims: Readonly<Record<string, unknown>>,
  body?: unknown,
): Promise<Response> {
  const headers = { authorization: `Bearer ${await mint(claims)}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return fetch(`${gateway.url}${path}`, { headers, ...sent });
}

async function approvals(subject: string, state = ""): Promise<readonly ApprovalItem[]> {
  const query = `subject=${subject}${state === "" ? "" : `&state=${state}`}`;
  const response = await ask(`/v1/approvals?${query}`, { sub: "ada", roles: ["approver"] });
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: readonly ApprovalItem[] }).data;
}

/** The one that is pending. */
async function pending(subject: string): Promise<ApprovalItem> {
  await expect.poll(async () => (await approvals(subject, "pending")).length, { timeout: 8_000 }).toBe(1);
  const [only] = await approvals(subject, "pending");
  if (only === undefined) throw new Error("it is not pending any more");
  return only;
}

async function decide(
  id: string,
  verdict: "approve" | "deny",
  by: Readonly<Record<string, unknown>> = {},
  reason = "as agreed",
): Promise<number> {
  const claims = { sub: "ada", roles: ["approver"], ...by };
  return (await ask(`/v1/approvals/${id}/decision`, claims, { verdict, reason })).status;
}

function noticeOf(frame: Frame | null): string {
  const message = frame === null ? null : decodeBackend(frame);
  return message?.ok === true && message.value.kind === "notice_response"
    ? (message.value.fields.get("M") ?? "")
    : "";
}

function parsed(text: string, ...values: readonly string[]): readonly Uint8Array[] {
  const parameters = values.map((value) => Buffer.from(value));
  return [
    encodeFrontend({ kind: "parse", statement: "", text: Buffer.from(text), parameterTypes: [] }),
    encodeFrontend({
      kind: "bind",
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters,
      resultFormats: [],
    }),
    encodeFrontend({ kind: "describe", target: "P", name: "" }),
    encodeFrontend({ kind: "execute", portal: "", maxRows: 0 }),
    encodeFrontend({ kind: "sync" }),
  ];
}

describe("a statement that waits", () => {
  test("is told of at once, runs when somebody else has approved it, and once", async () => {
    const agent = await open("waiter");
    agent.query(`DELETE FROM ${orders} WHERE id = 1`);
    const told = noticeOf(await agent.frame());
    const held = await pending("waiter");
    expect(told).toBe(`statement waits for approval ${held.id} by a person`);
    expect(held).toMatchObject({
      statement: `DELETE FROM ${orders} WHERE id = 1`,
      relations: [`read ${orders}`, `write ${orders}`],
      in_transaction: false,
    });
    expect(await ids()).toEqual([1, 2, 3]);
    // Nobody decides on their own, whatever token they bring, and an agent is no approver.
    expect(await decide(held.id, "approve", { sub: "waiter", roles: ["approver"] })).toBe(403);
    expect(await decide(held.id, "approve", { roles: ["agent"] })).toBe(403);
    expect(await decide(`${held.id.slice(0, -1)}x`, "approve")).toBe(404);
    expect(await decide(held.id, "deny", {}, "")).toBe(422);
    expect(await ids()).toEqual([1, 2, 3]);
    expect(await decide(held.id, "approve")).toBe(200);
    expect(letters(await agent.ready())).toBe("CZ");
    expect(await ids()).toEqual([2, 3]);
    expect(await decide(held.id, "approve", { sub: "ben" })).toBe(409);
    const [done] = await approvals("waiter");
    expect(done?.history.map(({ state }) => state)).toEqual(["pending", "approved", "executed"]);
    // What it waited for a person is no latency of the gateway's.
    const recorded = await ask(`/v1/sessions/${held.session_id}/statements`, {
      sub: "eve",
      roles: ["auditor"],
    });
    const [timed] = ((await recorded.json()) as { data: readonly Timed[] }).data;
    expect(timed?.held_ms).toBeGreaterThan(0);
    expect(timed?.held_ms).toBeLessThanOrEqual(timed?.duration_ms ?? 0);
    expect(timed?.added_ms).toEqual(expect.any(Number));
    // The same again is another request.
    agent.query(`DELETE FROM ${orders} WHERE id = 1`);
    await agent.frame();
    const next = await pending("waiter");
    expect(next.id).not.toBe(held.id);
    expect(await decide(next.id, "deny", {}, "not today")).toBe(200);
    expect(failureOf(await agent.ready())).toMatchObject({
      sqlstate: "42501",
      message: `statement was not approved (${next.id}): not today`,
    });
    agent.leave();
  });

  test("with parameters too, in the middle of a pipeline", async () => {
    const agent = await open("piped");
    agent.send(...parsed(`DELETE FROM ${orders} WHERE id = $1`, "2"), ...parsed("SELECT 7"));
    expect(letters([await agent.frame(), await agent.frame(), await agent.frame()] as Frame[])).toBe("12n");
    expect(noticeOf(await agent.frame())).toContain("waits for approval");
    const held = await pending("piped");
    expect(held).toMatchObject({ parameters: ["2"], statement: `DELETE FROM ${orders} WHERE id = $1` });
    expect(await decide(held.id, "approve")).toBe(200);
    expect(letters(await agent.ready())).toBe("CZ");
    expect(letters(await agent.ready())).toBe("12TDCZ");
    expect(await ids()).toEqual([1, 3]);
    // Other parameters are another statement; what is denied fails like any other, and the session goes on.
    agent.send(...parsed(`DELETE FROM ${orders} WHERE id = $1`, "3"));
    expect(letters([await agent.frame(), await agent.frame(), await agent.frame()] as Frame[])).toBe("12n");
    await agent.frame();
    expect(await decide((await pending("piped")).id, "deny")).toBe(200);
    expect(letters(await agent.ready())).toBe("EZ");
    agent.query("SELECT 1");
    expect(letters(await agent.ready())).toBe("TDCZ");
    expect(await ids()).toEqual([1, 3]);
    agent.leave();
  });

  test("in a transaction fails it when it is denied, and says that locks are held", async () => {
    const agent = await open("inside");
    agent.query("BEGIN");
    await agent.ready();
    agent.query(`SELECT 1; DELETE FROM ${orders}  WHERE id = 3`);
    expect(letters([await agent.frame(), await agent.frame(), await agent.frame()] as Frame[])).toBe("TDC");
    await agent.frame();
    const held = await pending("inside");
    expect(held).toMatchObject({
      in_transaction: true,
      statement: expect.stringContaining("DELETE") as string,
    });
    expect(await decide(held.id, "deny")).toBe(200);
    const frames = await agent.ready();
    expect(letters(frames)).toBe("EZ");
    expect(frames.at(-1)?.bytes.at(-1)).toBe("E".charCodeAt(0));
    agent.leave();
  });

  test("is over when its time is, and nobody decides any more", async () => {
    const agent = await open("late");
    agent.query(`TRUNCATE ${orders}`);
    await agent.frame();
    const held = await pending("late");
    expect(failureOf(await agent.ready())).toMatchObject({
      sqlstate: "42501",
      message: `nobody decided on approval ${held.id} in time`,
    });
    expect(await decide(held.id, "approve")).toBe(409);
    expect(await ids()).toEqual([1, 2, 3]);
    agent.leave();
  });

  test("needs as many as the rule says, of its groups", async () => {
    const agent = await open("grouped");
    agent.query(`CREATE TABLE ${role.name}.made_by_two (id int)`);
    expect(noticeOf(await agent.frame())).toContain("by 2 persons of dba or sre");
    const { id } = await pending("grouped");
    expect(await decide(id, "approve", { sub: "cleo", groups: ["hr"] })).toBe(403);
    expect(await decide(id, "approve", { groups: ["dba"] })).toBe(200);
    expect(await decide(id, "approve", { groups: ["sre"] })).toBe(409);
    expect((await approvals("grouped"))[0]?.state).toBe("pending");
    expect(await decide(id, "approve", { sub: "ben", groups: ["sre"] })).toBe(200);
    expect(letters(await agent.ready())).toBe("CZ");
    expect((await approvals("grouped"))[0]?.votes.map(({ subject }) => subject)).toEqual(["ada", "ben"]);
    agent.leave();
  });

  test("is withdrawn by a CancelRequest, and by a connection that is lost", async () => {
    const token = await mint({ sub: "giving-up" });
    const headers = { authorization: `Bearer ${token}` };
    const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, { headers });
    agent.send(startup({ user: "agent", database: "demo", application_name: "giving-up" }));
    const key = (await agent.ready()).find(({ code }) => code === 0x4b);
    const view = new DataView(key?.bytes.buffer ?? new ArrayBuffer(0), key?.bytes.byteOffset ?? 0);
    agent.query(`DELETE FROM ${orders}  WHERE id = 1`);
    await agent.frame();
    const held = await pending("giving-up");
    const other = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, { headers });
    other.send(
      encodeStartup({
        kind: "cancel_request",
        processId: view.getUint32(5),
        secretKey: key?.bytes.slice(9) ?? new Uint8Array(0),
      }),
    );
    expect(failureOf(await agent.ready())).toMatchObject({
      sqlstate: "57014",
      message: "canceling statement due to user request",
    });
    await expect.poll(async () => (await approvals("giving-up"))[0]?.state).toBe("withdrawn");
    expect(await decide(held.id, "approve")).toBe(409);
    agent.query(`DELETE FROM ${orders}  WHERE id = 2`);
    await agent.frame();
    const second = await pending("giving-up");
    agent.terminate();
    await expect
      .poll(async () => (await approvals("giving-up"))[0]?.state, { timeout: 5_000 })
      .toBe("withdrawn");
    expect(await decide(second.id, "approve")).toBe(409);
    expect(await ids()).toEqual([1, 2, 3]);
    await expect.poll(() => gateway.session("giving-up"), { timeout: 8_000 }).toBeDefined();
    const session = await gateway.session("giving-up");
    const events = await (await gateway.api(`/v1/sessions/${session?.id}/events`)).json();
    const states = (events as { data: { kind: string; detail: string }[] }).data
      .filter(({ kind }) => kind === "approval")
      .map(({ detail }) => (JSON.parse(detail) as { state: string }).state);
    expect(states).toEqual(["pending", "withdrawn", "pending", "withdrawn"]);
  });
});

test("an approver sees what the agent says that it is for, and the record has it", async () => {
  const headers = { authorization: `Bearer ${await mint({ sub: "explains" })}` };
  const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, { headers });
  const named = { user: "agent", database: "demo", application_name: "explains" };
  agent.send(startup({ ...named, "sluice.reason": "ticket 1" }));
  await agent.ready();
  const reasons: (string | null)[] = [];
  const denied = async (statement: string): Promise<void> => {
    agent.query(statement);
    await agent.frame();
    const { id, reason } = await pending("explains");
    reasons.push(reason);
    expect(await decide(id, "deny")).toBe(200);
    await agent.ready();
  };
  await denied(`DELETE FROM ${orders} WHERE id = 1`);
  agent.query("SET sluice.reason = 'ticket 2'");
  expect(letters(await agent.ready())).toBe("CZ");
  await denied(`DELETE FROM ${orders} WHERE id = 2`);
  await denied(`DELETE FROM ${orders} WHERE id = 3 /*app='bot',reason='ticket%203'*/`);
  agent.query("RESET sluice.reason");
  await agent.ready();
  await denied(`DELETE FROM ${orders} WHERE id = 4`);
  expect(reasons).toEqual(["ticket 1", "ticket 2", "ticket 3", null]);
  agent.leave();
  await expect.poll(() => gateway.session("explains"), { timeout: 8_000 }).toBeDefined();
  const session = await gateway.session("explains");
  const events = (await (await gateway.api(`/v1/sessions/${session?.id}/events`)).json()) as {
    data: { kind: string; detail: string }[];
  };
  const recorded = events.data.filter(({ kind }) => kind === "reason").map(({ detail }) => detail);
  expect(recorded).toEqual(["ticket 1", "ticket 2", ""]);
});

test("an approver sees what its session did before, bounded and as recorded, and nothing behind it", async () => {
  const agent = await open("so-far");
  for (const text of [
    `SELECT count(*) FROM ${orders}`,
    "COPY (SELECT 1) TO PROGRAM 'true'",
    `UPDATE ${orders} SET status = 'y' WHERE id = 2`,
    "SELECT 1 / 0",
    `SELECT status FROM ${orders}`,
    `DELETE FROM ${orders} WHERE id = 1`,
  ])
    agent.query(text);
  for (let i = 0; i < 5; i++) await agent.ready();
  await agent.frame();
  const { data: all } = (await (
    await ask("/v1/approvals?subject=so-far&state=pending", { roles: ["auditor"] })
  ).json()) as {
    data: (ApprovalItem & { seq: number; session_so_far: unknown })[];
  };
  const held = all.find(({ statement }) => statement.startsWith("DELETE"));
  expect(held).toMatchObject({
    seq: 6,
    session_so_far: { statements: 5, refused: 1, held: 1, failed: 1 },
  });
  const path = `/v1/approvals/${held?.id}/session`;
  expect((await ask(path, { roles: ["agent"] })).status).toBe(403);
  expect((await ask(`${path}?limit=51`, { roles: ["approver"] })).status).toBe(400);
  const { data } = (await (await ask(path, { roles: ["approver"] })).json()) as {
    data: Record<string, unknown>[];
  };
  expect(data.map(({ seq, effect, outcome, sqlstate }) => [seq, effect, outcome, sqlstate])).toEqual([
    [5, "allow", "completed", null],
    [4, "allow", "failed", "22012"],
    [3, "approve", "failed", "42501"],
    [2, "deny", "failed", "42501"],
    [1, "allow", "completed", null],
  ]);
  expect(data[0]).toMatchObject({ statement: `SELECT status FROM ${orders}`, whole: true, rows: 3 });
  // Values of rows are for auditors.
  expect(JSON.stringify(data)).not.toContain("open");
  const last = (await (await ask(`${path}?limit=1`, { roles: ["approver"] })).json()) as { data: unknown[] };
  expect(last.data).toHaveLength(1);
  for (const { id } of all) expect(await decide(id, "deny")).toBe(200);
  agent.leave();
});

describe("a glass that is broken", () => {
  const oncall = { sub: "dora", roles: ["approver"], groups: ["oncall"] };
  const breaks = async (
    id: string,
    by: object,
    reason = "prod is down",
    verdict = "approve",
  ): Promise<number> => {
    const said = { verdict, reason, break_glass: true };
    return (await ask(`/v1/approvals/${id}/decision`, { ...by }, said)).status;
  };
  const review = async (id: string, by: object, note = "the page was real"): Promise<number> => {
    const said = { verdict: "justified", note };
    return (await ask(`/v1/approvals/${id}/review`, { ...by }, said)).status;
  };
  const waiting = async (): Promise<readonly string[]> => {
    const response = await ask("/v1/approvals?review=pending", { sub: "sam", roles: ["auditor"] });
    return ((await response.json()) as { data: readonly ApprovalItem[] }).data.map(({ id }) => id);
  };

  test("lets one person alone decide, with a reason, and another look at it afterwards", async () => {
    await role.query(`SET ROLE ${role.name}`);
    await role.query(`CREATE TABLE ${role.name}.stuck (id int)`);
    await role.query("RESET ROLE");
    const agent = await open("urgent");
    const statement = `DROP TABLE ${role.name}.stuck`;
    agent.query(statement);
    await agent.ready();
    const { id } = await pending("urgent");
    expect(await breaks(id, { ...oncall, sub: "urgent" })).toBe(403);
    expect(await breaks(id, { ...oncall, groups: ["dba"] })).toBe(403);
    expect(await breaks(id, { ...oncall, roles: ["auditor"] })).toBe(403);
    expect(await breaks(id, oncall, " ")).toBe(422);
    expect(await breaks(id, oncall, "no", "deny")).toBe(400);
    expect((await approvals("urgent"))[0]?.state).toBe("pending");
    expect(await breaks(id, oncall)).toBe(200);
    expect(await breaks(id, oncall)).toBe(409);
    // It is good for these bytes, once, as any approval is.
    agent.query(`${statement} `);
    expect(failureOf(await agent.ready())?.hint).not.toContain(id);
    agent.query(statement);
    expect(letters(await agent.ready())).toBe("CZ");
    expect(await waiting()).toEqual([id]);
    const security = { sub: "sam", roles: ["auditor"], groups: ["security"] };
    expect(await review(id, { ...oncall, groups: ["oncall", "security"] })).toBe(403);
    expect(await review(id, { ...security, sub: "urgent" })).toBe(403);
    expect(await review(id, { ...security, groups: [] })).toBe(403);
    expect(await review(id, { ...security, roles: ["agent"] })).toBe(403);
    expect(await review(id, security, " ")).toBe(422);
    const told = (type: string): number => receiver.of(type, { approval_id: id }).length;
    await expect.poll(() => told("approval.review_overdue"), { timeout: 8_000 }).toBe(1);
    expect(await review(id, security)).toBe(200);
    expect(await review(id, security)).toBe(409);
    expect(await waiting()).toEqual([]);
    const done = (await approvals("urgent")).find((each) => each.id === id);
    expect(done).toMatchObject({
      state: "executed",
      votes: [{ subject: "dora", break_glass: true, reason: "prod is down" }],
      review: { state: "justified", overdue: false, by: { subject: "sam" }, note: "the page was real" },
    });
    await expect.poll(() => told("approval.reviewed"), { timeout: 8_000 }).toBe(1);
    expect(told("approval.break_glass")).toBe(1);
    expect(told("approval.decided")).toBe(1);
    agent.leave();
    await expect.poll(() => gateway.session("urgent"), { timeout: 8_000 }).toBeDefined();
    const session = await gateway.session("urgent");
    const events = await (await gateway.api(`/v1/sessions/${session?.id}/events`)).json();
    expect(JSON.stringify(events)).toContain('\\"break_glass\\":true');
  });

  test("has to be one of its rule: elsewhere nobody decides alone", async () => {
    const agent = await open("ordinary");
    agent.query(`UPDATE ${orders} SET status = 'x' WHERE id = 3`);
    await agent.ready();
    const { id } = await pending("ordinary");
    expect(await breaks(id, oncall)).toBe(403);
    expect(await review(id, { sub: "sam", roles: ["approver"], groups: ["security"] })).toBe(409);
    expect(await decide(id, "deny")).toBe(200);
    agent.leave();
  });
});

describe("a statement that is to be sent again", () => {
  test("passes once when it was approved, from any session of its subject, and to the byte", async () => {
    const agent = await open("asker");
    const statement = `UPDATE ${orders} SET status = 'paid' WHERE id = 1`;
    agent.query(statement);
    const { id } = await pending("asker");
    const refused = failureOf(await agent.ready());
    expect(refused).toMatchObject({ sqlstate: "42501", hint: expect.stringContaining(id) as string });
    expect(refused?.hint).toContain("Ask again after approval");
    // Asking again asks for nothing more.
    agent.query(statement);
    expect(failureOf(await agent.ready())?.hint).toContain(id);
    expect(await decide(id, "approve")).toBe(200);
    agent.query(`${statement} `);
    expect(failureOf(await agent.ready())?.hint).not.toContain(id);
    agent.send(...parsed(statement.replace("1", "$1"), "1"));
    expect(failureOf(await agent.ready())?.hint).not.toContain(id);
    const stranger = await HostileAgent.open(
      gateway.url,
      "demo",
      await mint({ sub: "stranger" }),
      "stranger",
    );
    stranger.query(statement);
    expect(failureOf(await stranger.ready())?.hint).not.toContain(id);
    stranger.leave();
    const later = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "asker" }), "later");
    later.query(statement);
    expect(letters(await later.ready())).toBe("CZ");
    expect(await role.query(`SELECT status FROM ${orders} WHERE id = 1`)).toEqual([{ status: "paid" }]);
    // Spent.
    later.query(statement);
    expect(failureOf(await later.ready())?.hint).not.toContain(id);
    later.leave();
    agent.leave();
  });

  test("stays denied until the request would have expired", async () => {
    const agent = await open("insistent");
    const statement = `UPDATE ${orders} SET status = 'void' WHERE id = 1`;
    agent.query(statement);
    await agent.ready();
    const { id } = await pending("insistent");
    expect(await decide(id, "deny", {}, "ask finance")).toBe(200);
    for (let i = 0; i < 2; i++) {
      agent.query(statement);
      expect(failureOf(await agent.ready())?.message).toBe(`statement was not approved (${id}): ask finance`);
    }
    expect(await approvals("insistent")).toHaveLength(1);
    agent.leave();
  });

  test("is good for its own session alone where the rule says so, and a reason where it wants one", async () => {
    const agent = await open("local");
    const statement = `INSERT INTO ${orders} VALUES (9, 'open')`;
    agent.query(statement);
    await agent.ready();
    const { id } = await pending("local");
    expect(await decide(id, "approve", {}, " ")).toBe(422);
    expect(await decide(id, "approve")).toBe(200);
    const other = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "local" }), "local-2");
    other.query(statement);
    expect(failureOf(await other.ready())?.hint).not.toContain(id);
    other.leave();
    agent.query(statement);
    expect(letters(await agent.ready())).toBe("CZ");
    agent.leave();
  });

  test("that PostgreSQL refuses is spent as well, and says that it failed", async () => {
    const agent = await open("failing");
    const statement = `UPDATE ${orders} SET id = 1 / 0 WHERE id = 1`;
    agent.query(statement);
    await agent.ready();
    expect(await decide((await pending("failing")).id, "approve")).toBe(200);
    agent.query(statement);
    expect(failureOf(await agent.ready())?.sqlstate).toBe("22012");
    await expect.poll(async () => (await approvals("failing"))[0]?.state).toBe("failed");
    agent.leave();
  });
});

describe("a decision that is signed", () => {
  async function send(
    id: string,
    said: Readonly<Record<string, unknown>>,
    key = ADA_KEY,
    at = new Date(),
    messageId = `msg_${randomBytes(8).toString("hex")}`,
  ): Promise<number> {
    const body = JSON.stringify({ approval_id: id, verdict: "approve", ...said });
    const headers = {
      "webhook-id": messageId,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Webhook(key).sign(messageId, at, body),
    };
    const response = await fetch(`${gateway.url}/v1/approvals/${id}/decision`, {
      method: "POST",
      headers,
      body,
    });
    return response.status;
  }

  test("counts as its approver's, once; what is old, of another key or for another approval does not", async () => {
    const agent = await open("signed-for");
    agent.query(`DELETE FROM ${orders} WHERE id = 1`);
    await agent.frame();
    const { id } = await pending("signed-for");
    const minutes = (n: number): Date => new Date(Date.now() + n * 60_000);
    expect(await send(id, {}, `whsec_${randomBytes(32).toString("base64")}`)).toBe(401);
    expect(await send(id, {}, ADA_KEY, minutes(-6))).toBe(401);
    expect(await send(id, {}, ADA_KEY, minutes(6))).toBe(401);
    expect(await send(id, { approval_id: `${id}0` })).toBe(400);
    expect(await send(id, { verdict: "perhaps" })).toBe(400);
    expect(await send(id, { verdict: "deny" })).toBe(422);
    expect(await ids()).toEqual([1, 2, 3]);
    expect(await send(id, {})).toBe(200);
    expect(letters(await agent.ready())).toBe("CZ");
    expect(await send(id, {})).toBe(409);
    // A message is taken once: by its id, another one's name on it or not.
    agent.query(`DELETE FROM ${orders} WHERE id = 3`);
    await agent.frame();
    const next = await pending("signed-for");
    const first = new Date();
    const denial = { verdict: "deny", reason: "no" };
    expect(await send(id, denial, ADA_KEY, first, "msg_again")).toBe(409);
    expect(await send(next.id, denial, ADA_KEY, first, "msg_again")).toBe(409);
    expect((await pending("signed-for")).id).toBe(next.id);
    expect(await send(next.id, denial, ADA_KEY, first, "msg_other")).toBe(200);
    expect(letters(await agent.ready())).toBe("EZ");
    expect((await approvals("signed-for"))[0]?.votes.map(({ subject }) => subject)).toEqual(["ada"]);
    agent.leave();
    const own = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "ada" }), "ada");
    own.query(`DELETE FROM ${orders} WHERE id = 2`);
    await own.frame();
    expect(await send((await pending("ada")).id, {})).toBe(403);
    own.leave();
  });
});

describe("a receiver of webhooks", () => {
  test("is told who asks for what, and what was decided, signed, in order and without the statement", async () => {
    const agent = await open("told");
    receiver.down = true;
    agent.query(`DELETE FROM ${orders} WHERE id = 1`);
    await agent.frame();
    const { id } = await pending("told");
    expect(await decide(id, "approve", {}, "fine by me")).toBe(200);
    // A receiver that is down keeps nobody waiting.
    expect(letters(await agent.ready())).toBe("CZ");
    const path = "/v1/targets/demo/webhooks/deliveries?state=waiting";
    expect((await ask(path, { roles: ["auditor"] })).status).toBe(403);
    const waiting = await (await ask(path, { roles: ["admin"] })).json();
    expect(waiting).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({
          id: expect.any(String) as string,
          url: receiver.url,
          event_id: `${id}.approved`,
          type: "approval.decided",
          state: "waiting",
          happened_at: expect.any(String) as string,
          attempts: 0,
          next_attempt_at: expect.any(String) as string,
          problem: null,
        }) as unknown,
      ]) as unknown,
    });
    receiver.down = false;
    const told = (): readonly string[] =>
      receiver.events.filter(({ data }) => data["approval_id"] === id).map(({ type }) => type);
    await expect.poll(told, { timeout: 12_000 }).toEqual(["approval.requested", "approval.decided"]);
    expect(receiver.of("approval.decided", { approval_id: id })[0]).toMatchObject({
      id: `${id}.approved`,
      data: { state: "approved", kinds: ["delete"], votes: [{ subject: "ada", reason: "fine by me" }] },
    });
    expect(receiver.forged).toBe(0);
    expect(JSON.stringify(receiver.events)).not.toContain("DELETE FROM");
    agent.leave();
  });

  test("is told of sessions, and of what they were refused", async () => {
    const agent = await open("told-of");
    agent.query("COPY (SELECT 1) TO PROGRAM 'true'");
    await agent.ready();
    agent.leave();
    const started = (): string =>
      String(receiver.events.find(({ data }) => data["subject"] === "told-of")?.data["session_id"]);
    const ended = (): number => receiver.of("session.ended", { session_id: started() }).length;
    await expect.poll(ended, { timeout: 12_000 }).toBe(1);
    const types = receiver.events
      .filter(({ data }) => data["session_id"] === started())
      .map(({ type }) => type);
    expect(types).toEqual(["session.started", "statement.denied", "session.ended"]);
  });
});

test("approvals are listed a page at a time, and only to who may see them", async () => {
  expect((await ask("/v1/approvals", { roles: ["agent"] })).status).toBe(403);
  expect((await ask("/v1/approvals?target=other", { roles: ["auditor"] })).status).toBe(404);
  const first = await ask("/v1/approvals?limit=3", { roles: ["auditor"] });
  const page = (await first.json()) as { data: ApprovalItem[]; next_cursor: string };
  expect(page.data).toHaveLength(3);
  const second = await ask(`/v1/approvals?limit=3&cursor=${page.next_cursor}`, { roles: ["auditor"] });
  const next = (await second.json()) as { data: ApprovalItem[] };
  expect(next.data).toHaveLength(3);
  expect(new Set([...page.data, ...next.data].map(({ id }) => id)).size).toBe(6);
  const read = await ask(`/v1/approvals/${page.data[0]?.id}`, { roles: ["admin"] });
  expect(await read.json()).toMatchObject({ id: page.data[0]?.id, target: "demo" });
});

test("the record of every session is whole, whatever was held, and however it ended", async () => {
  expect(await gateway.notWhole()).toEqual([]);
});
