// Links that decide: sent in a webhook to one approver, opened in a browser, good for one decision. What does not decide, who does
// not get one, and where none of it is seen.

import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const POLICY = `
extends: agent
rules:
  - { id: wait, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 20s } }
  - { id: brief, when: { kind: truncate }, then: approve, approve: { mode: wait, timeout: 2s } }
  - { id: long, when: { kind: update }, then: approve, approve: { links_elided: true } }
`;
/** More than an approver is shown of a statement. */
const LONG_CHARACTERS = 20_000;

interface Link {
  readonly url: string;
  readonly may_approve: boolean;
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
  await role.query(`CREATE TABLE ${orders} AS SELECT i AS id FROM generate_series(1, 9) i`);
  await role.query(`ALTER TABLE ${orders} OWNER TO ${role.name}`);
  receiver = await WebhookReceiver.start();
  const { issuer } = inject("stack");
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: POLICY,
    vars: {
      // The address of the gateway is not known before it starts: the links' host is put right by the test.
      WEBHOOKS: JSON.stringify([
        {
          url: receiver.url,
          secrets: ["HOOK_KEY"],
          events: ["approval.requested"],
          links: { approver: "ada", gateway: "https://sluice.example.com" },
        },
      ]),
      WEBHOOKS_LOCAL: "true",
      HOOK_KEY: receiver.secret,
      APPROVERS: JSON.stringify({ ada: { issuer, subject: "ada" }, ben: { issuer, subject: "ben" } }),
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

async function held(subject: string, text: string): Promise<{ agent: HostileAgent; id: string; link: Link }> {
  const before = receiver.events.length;
  const agent = await HostileAgent.open(gateway.url, "demo", await mint({ sub: subject }), subject);
  agent.query(text);
  await expect.poll(() => receiver.events.length, { timeout: 8_000 }).toBe(before + 1);
  const event = receiver.events.at(-1);
  return { agent, id: String(event?.data["approval_id"]), link: event?.data["link"] as Link };
}

function at(url: string): string {
  return url.replace("https://sluice.example.com", gateway.url);
}

async function post(
  url: string,
  fields: Readonly<Record<string, string>>,
  origin: string | null = gateway.url,
): Promise<number> {
  const { origin: host, pathname, searchParams } = new URL(at(url));
  const body = new URLSearchParams({ token: searchParams.get("token") ?? "", ...fields });
  const headers = origin === null ? undefined : { origin };
  const init = { method: "POST", body, ...(headers === undefined ? {} : { headers }) };
  const response = await fetch(`${host}${pathname}`, init);
  await response.text();
  return response.status;
}

async function read(path: string, roles: readonly string[]): Promise<string> {
  const headers = { authorization: `Bearer ${await mint({ sub: "eve", roles })}` };
  return (await fetch(`${gateway.url}${path}`, { headers })).text();
}

async function stateOf(id: string): Promise<string> {
  return (JSON.parse(await read(`/v1/approvals/${id}`, ["auditor"])) as { state: string }).state;
}

test("a link shows what is asked for, and decides once its form is sent, once", async () => {
  const { agent, id, link } = await held("linked", `DELETE FROM ${orders} WHERE id = 1`);
  expect(link.may_approve).toBe(true);
  expect(link.url).toMatch(`https://sluice.example.com/approve/${id}?token=ada.`);
  for (const method of ["GET", "HEAD", "GET"]) {
    const page = await fetch(at(link.url), { method });
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("cache-control")).toBe("no-store");
    const text = await page.text();
    if (method === "GET") expect(text).toContain(`<form method="post" action="/approve/${id}"`);
  }
  expect(await stateOf(id)).toBe("pending");
  // Another form's origin, none, and words that are no verdict.
  expect(await post(link.url, { verdict: "approve" }, "https://elsewhere.example")).toBe(400);
  expect(await post(link.url, { verdict: "approve" }, null)).toBe(400);
  expect(await post(link.url, { verdict: "perhaps" })).toBe(400);
  // Whatever is changed of it makes it another.
  const token = new URL(link.url).searchParams.get("token") ?? "";
  const [, seconds = "", nonce = "", mac = ""] = token.split(".");
  for (const forged of [
    "",
    `ben.${seconds}.${nonce}.${mac}`,
    `nobody.${seconds}.${nonce}.${mac}`,
    `ada.${Number(seconds) + 1}.${nonce}.${mac}`,
    `ada.${seconds}.${nonce.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}.${mac}`,
    `ada.${seconds}.${nonce}.${mac.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))}`,
    `ada.${seconds}.${nonce}.`,
  ]) {
    expect((await fetch(`${gateway.url}/approve/${id}?token=${forged}`)).status).toBe(403);
    expect(await post(link.url, { verdict: "approve", token: forged })).toBe(403);
  }
  const other = link.url.replace(
    id,
    id.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
  );
  expect(await post(other, { verdict: "approve" })).toBe(403);
  expect(await post(link.url, { verdict: "deny" })).toBe(422);
  expect(await stateOf(id)).toBe("pending");
  expect(await post(link.url, { verdict: "approve" })).toBe(200);
  const frames = await agent.ready();
  expect(letters(frames)).toBe("NCZ");
  expect(await post(link.url, { verdict: "approve" })).toBe(403);
  expect((await fetch(at(link.url))).status).toBe(403);
  const { session_id: session, votes } = JSON.parse(await read(`/v1/approvals/${id}`, ["auditor"])) as {
    session_id: string;
    votes: readonly unknown[];
  };
  expect(votes).toMatchObject([{ subject: "ada", verdict: "approve" }]);
  agent.leave();
  // The link is in the webhook and nowhere else.
  const seen = [
    ...frames.map(({ bytes }) => Buffer.from(bytes).toString("latin1")),
    await read(`/v1/approvals/${id}`, ["approver"]),
    await read(`/v1/sessions/${session}/events`, ["auditor"]),
    await read("/v1/targets/demo/webhooks/deliveries", ["admin"]),
    gateway.output,
  ].join("\n");
  expect(seen).toContain(id);
  expect(seen).not.toContain(nonce);
  expect(seen).not.toContain("/approve/");
});

test("nobody gets one for what they asked for, and none outlives what it is for", async () => {
  const own = await held("ada", `DELETE FROM ${orders} WHERE id = 2`);
  expect(own.link).toBeUndefined();
  own.agent.leave();
  const brief = await held("brief", `TRUNCATE ${orders}`);
  expect(letters(await brief.agent.ready())).toBe("NEZ");
  expect((await fetch(at(brief.link.url))).status).toBe(403);
  expect(await post(brief.link.url, { verdict: "approve" })).toBe(403);
  brief.agent.leave();
});

test("what is not shown whole a link denies, and approves only where the rule lets it", async () => {
  const padding = `/* ${"x".repeat(LONG_CHARACTERS)} */`;
  const { agent, id, link } = await held("long", `DELETE FROM ${orders} WHERE id = 3 ${padding}`);
  expect(link.may_approve).toBe(false);
  expect(await (await fetch(at(link.url))).text()).not.toContain('value="approve"');
  expect(await post(link.url, { verdict: "approve" })).toBe(403);
  expect(await stateOf(id)).toBe("pending");
  expect(await post(link.url, { verdict: "deny", reason: "too long" })).toBe(200);
  expect(letters(await agent.ready())).toBe("NEZ");
  agent.leave();
  const allowed = await held("long", `UPDATE ${orders} SET id = 30 WHERE id = 3 ${padding}`);
  expect(allowed.link.may_approve).toBe(true);
  expect(await post(allowed.link.url, { verdict: "approve" })).toBe(200);
  expect(await stateOf(allowed.id)).toBe("approved");
  allowed.agent.leave();
});
