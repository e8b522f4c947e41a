// Every kind of event, as a receiver with the reference library gets it: in order for each session, under one id, also what no
// request tells of: a record that somebody changed, a policy's version that the gateway stored and died.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const POLICY = `
extends: agent
rules: [{ id: retry, when: { kind: create_table }, then: approve, approve: { timeout: 1s } }]
limits: { rows_returned: 5 }
`;

let role: Role;
let gateway: Gateway;
let receiver: WebhookReceiver;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  receiver = await WebhookReceiver.start();
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: POLICY,
    roundMs: 400,
    vars: {
      WEBHOOKS: JSON.stringify([{ url: receiver.url, secrets: ["HOOK_KEY"] }]),
      WEBHOOKS_LOCAL: "true",
      HOOK_KEY: receiver.secret,
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await receiver?.stop();
  await role?.drop();
});

async function ended(name: string): Promise<string> {
  const at = async (): Promise<unknown> => (await gateway.session(name))?.ended_at;
  await expect.poll(at, { timeout: 10_000 }).toBeTruthy();
  return (await gateway.session(name))?.id ?? "";
}

/** As somebody who has D1 and not the gateway. */
function inD1(work: (db: DatabaseSync) => void): void {
  const directory = join(gateway.state, "gateway/d1/miniflare-D1DatabaseObject");
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(".sqlite") || name === "metadata.sqlite") continue;
    const db = new DatabaseSync(join(directory, name));
    db.exec("PRAGMA busy_timeout = 5000");
    if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").get() !== undefined) work(db);
    db.close();
  }
}

test("a session's events come in its order, what it asks for among them", async () => {
  const agent = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "orderly" }), "orderly");
  for (const text of [
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "CREATE TABLE a (b int)",
    "SELECT generate_series(1, 6)",
    "CREATE TABLE b (b int)",
    "COPY (SELECT 2) TO PROGRAM 'true'",
  ]) {
    agent.query(text);
    await agent.ready();
  }
  agent.leave();
  const id = await ended("orderly");
  const types = (): readonly string[] =>
    receiver.events.filter(({ data }) => data["session_id"] === id).map(({ type }) => type);
  await expect.poll(() => types().length, { timeout: 10_000 }).toBe(9);
  expect(types().filter((type) => type !== "approval.expired")).toEqual([
    "session.started",
    "statement.denied",
    "approval.requested",
    "limit.exceeded",
    "approval.requested",
    "statement.denied",
    "session.ended",
  ]);
  expect(types().filter((type) => type === "approval.expired")).toHaveLength(2);
  expect(receiver.forged).toBe(0);
});

test("a record that somebody changed is told without anybody asking, once, and by whoever asks not again", async () => {
  const id = await ended("orderly");
  const inLog = async (): Promise<boolean> => (await gateway.api(`/v1/log/inclusion?session=${id}`)).ok;
  await expect.poll(inLog, { timeout: 10_000 }).toBe(true);
  inD1((db) => db.prepare("UPDATE statements SET outcome = '{}' WHERE session_id = ? AND seq = 3").run(id));
  const told = () => receiver.of("record.broken", { session_id: id });
  await expect.poll(() => told().length, { timeout: 10_000 }).toBe(1);
  expect(told()[0]).toMatchObject({ data: { target: "demo", what: expect.any(String) } });
  const said = (await (await gateway.api(`/v1/sessions/${id}/verify`)).json()) as { first_break: object };
  expect(said).toMatchObject({ verdict: "broken", first_break: { entry: told()[0]?.data["entry"] } });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(told()).toHaveLength(1);
});

test("a version of the policy that was stored by a gateway that then died is told, and before the next", async () => {
  await gateway.putPolicy("demo", POLICY);
  const versions = (): readonly unknown[] =>
    receiver.of("policy.changed", { target: "demo" }).map(({ id, data }) => [id, data["version"]]);
  await expect.poll(versions, { timeout: 10_000 }).toEqual([["policy.demo.1", 1]]);
  inD1((db) =>
    db
      .prepare("INSERT INTO policies SELECT target, 2, ?, issuer, subject, 'lost', document FROM policies")
      .run(Date.now()),
  );
  await expect.poll(versions, { timeout: 10_000 }).toEqual([
    ["policy.demo.1", 1],
    ["policy.demo.2", 2],
  ]);
  expect(receiver.forged).toBe(0);
});
