// Links that decide, sent in a webhook to one approver, opened in a browser, good for one decision: what does not decide, who does
// not get one, and where none of it is seen. And buttons in Slack.

import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";
import { type Pressed, SlackWorkspace } from "./slack-workspace.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const POLICY = `
extends: agent
rules:
  - { id: wait, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 20s } }
  - { id: brief, when: { kind: truncate }, then: approve, approve: { mode: wait, timeout: 2s } }
  - { id: long, when: { kind: update }, then: approve, approve: { links_elided: true } }
grants: { relations: ["public.*"], kinds: [select], approve: { quorum: 1 } }
`;
const BEN_KEY = `whsec_${randomBytes(32).toString("base64")}`;
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
let slack: SlackWorkspace;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
  orders = `${role.name}.orders`;
  await role.query(`CREATE TABLE ${orders} AS SELECT i AS id FROM generate_series(1, 9) i`);
  await role.query(`ALTER TABLE ${orders} OWNER TO ${role.name}`);
  receiver = await WebhookReceiver.start();
  slack = await SlackWorkspace.start();
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
        { kind: "slack", url: slack.url, events: ["approval.requested"], statements: true },
      ]),
      WEBHOOKS_LOCAL: "true",
      HOOK_KEY: receiver.secret,
      APPROVERS: JSON.stringify({
        ada: { issuer, subject: "ada", slack: "U0ADA" },
        ben: { issuer, subject: "ben", slack: "U0BEN" },
      }),
      SLACK_SIGNING_SECRET: slack.secret,
      APPROVER_KEYS: JSON.stringify([{ secret: "BEN_KEY", issuer, subject: "ben" }]),
      BEN_KEY,
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await receiver?.stop();
  await slack?.stop();
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

async function press(init: RequestInit): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/slack/interactions`, init);
  await response.text();
  return response.status;
}

test("a button in Slack decides as the approver who pressed it, once, and the message says what was decided", async () => {
  const said = (): string => slack.messages.at(-1)?.text ?? "";
  const { agent, id } = await held("slacked", `DELETE FROM ${orders} WHERE id = 4`);
  const asks = (): number => slack.messages.filter(({ text }) => text.includes(id)).length;
  await expect.poll(asks, { timeout: 8_000 }).toBe(1);
  const message = slack.messages.find(({ text }) => text.includes(id));
  expect(JSON.stringify(message)).toContain(`DELETE FROM ${orders} WHERE id = 4`);
  expect(JSON.stringify(message)).not.toContain("/approve/");
  const actions = message?.blocks?.flatMap(({ elements }) => elements ?? []) ?? [];
  expect(actions.map(({ value }) => value)).toEqual([id, id]);
  const approve: Pressed = { user: "U0ADA", action: actions[0]?.action_id ?? "", value: id };
  const deny: Pressed = { ...approve, action: actions[1]?.action_id ?? "" };
  const now = Math.floor(Date.now() / 1_000);
  expect(await press(slack.pressed(approve, now, "another secret"))).toBe(401);
  expect(await press(slack.pressed(approve, now - 360))).toBe(401);
  expect(await press({ ...slack.pressed(approve), headers: {} })).toBe(401);
  // Signed, and still nobody's decision.
  expect(await press(slack.pressed({ ...approve, user: "U0EVE" }))).toBe(200);
  await expect.poll(said).toContain("not registered");
  expect(await press(slack.pressed(deny))).toBe(200);
  await expect.poll(said).toContain("say why");
  expect(await stateOf(id)).toBe("pending");
  const pressed = slack.pressed(approve);
  expect(await press(pressed)).toBe(200);
  expect(letters(await agent.ready())).toBe("NCZ");
  await expect.poll(said).toBe(`${id}: approved by ada`);
  expect(slack.messages.at(-1)?.replace_original).toBe(true);
  expect(await press(pressed)).toBe(200);
  await expect.poll(said).toContain("used for a decision already");
  agent.leave();
  const denied = await held("slacked", `DELETE FROM ${orders} WHERE id = 5`);
  expect(await press(slack.pressed({ ...deny, value: denied.id, reason: "<!here> no" }))).toBe(200);
  expect(letters(await denied.agent.ready())).toBe("NEZ");
  await expect.poll(said).toBe(`${denied.id}: denied by ada: &lt;!here&gt; no`);
  denied.agent.leave();
});

interface Wanted {
  readonly id: string;
  readonly link: Link | undefined;
}

/** A grant that was asked for, as the receiver is told of it. */
async function wanted(subject: string): Promise<Wanted> {
  const before = receiver.events.length;
  const response = await fetch(`${gateway.url}/v1/grants`, {
    method: "POST",
    headers: { authorization: `Bearer ${await mint({ sub: subject })}`, "content-type": "application/json" },
    body: JSON.stringify({
      target: "demo",
      relations: ["public.events"],
      duration: "30min",
      reason: "*State*: approved",
    }),
  });
  const { id } = (await response.json()) as { id: string };
  await expect.poll(() => receiver.events.length, { timeout: 8_000 }).toBe(before + 1);
  const event = receiver.events.at(-1);
  expect(event).toMatchObject({ id: `${id}.pending`, data: { grant_id: id, relations: ["public.events"] } });
  return { id, link: event?.data["link"] as Link | undefined };
}

async function grantState(id: string): Promise<string> {
  return (JSON.parse(await read(`/v1/grants/${id}`, ["auditor"])) as { state: string }).state;
}

test("a grant is decided by link, once, by somebody else than who asks, and GET decides nothing", async () => {
  const { id, link = { url: "", may_approve: false } } = await wanted("wanter");
  expect(link.may_approve).toBe(true);
  const page = await (await fetch(at(link.url))).text();
  expect(page).toContain("Somebody asks for access");
  expect(page).toContain("public.events");
  expect(page).toContain(`<form method="post" action="/approve/${id}"`);
  expect(await grantState(id)).toBe("pending");
  expect(await post(link.url, { verdict: "deny" })).toBe(422);
  expect(await post(link.url, { verdict: "approve" })).toBe(200);
  expect(await grantState(id)).toBe("active");
  expect(await post(link.url, { verdict: "deny", reason: "again" })).toBe(403);
  expect((await fetch(at(link.url))).status).toBe(403);
  const own = await wanted("ada");
  expect(own.link).toBeUndefined();
  // A link is of one request: its token opens no other.
  expect(await post(link.url.replace(id, own.id), { verdict: "approve" })).toBe(403);
  expect(await grantState(own.id)).toBe("pending");
});

test("a grant is decided in Slack, and signed, under the same rules", async () => {
  const said = (): string => slack.messages.at(-1)?.text ?? "";
  const { id } = await wanted("slack-wanter");
  await expect
    .poll(() => slack.messages.some(({ text }) => text.includes(id)), { timeout: 8_000 })
    .toBe(true);
  const message = slack.messages.find(({ text }) => text.includes(id));
  const text = JSON.stringify(message?.blocks?.[0]);
  expect(text).toContain("Asks for: select on public.events");
  expect(text).toContain("For: 30 minutes from when it is granted");
  const [approve, deny] = message?.blocks?.flatMap(({ elements }) => elements ?? []) ?? [];
  expect([approve?.value, deny?.value]).toEqual([id, id]);
  const own = await wanted("ada");
  const ownPress: Pressed = { user: "U0ADA", action: approve?.action_id ?? "", value: own.id };
  expect(await press(slack.pressed(ownPress))).toBe(200);
  await expect.poll(said).toContain("you asked for it yourself");
  expect(await grantState(own.id)).toBe("pending");
  const pressed = slack.pressed({ ...ownPress, value: id });
  expect(await press(pressed)).toBe(200);
  await expect.poll(said).toBe(`${id}: approved by ada`);
  expect(await press(pressed)).toBe(200);
  await expect.poll(said).toContain("used for a decision already");

  const signed = async (of: Readonly<Record<string, string>>, messageId: string): Promise<number> => {
    const now = new Date();
    const body = JSON.stringify({ ...of, verdict: "approve" });
    const response = await fetch(`${gateway.url}/v1/grants/${own.id}/decision`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": messageId,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
        "webhook-signature": new Webhook(BEN_KEY).sign(messageId, now, body),
      },
      body,
    });
    await response.text();
    return response.status;
  };
  expect(await signed({ approval_id: own.id }, "msg_1")).toBe(400);
  expect(await signed({ grant_id: id }, "msg_2")).toBe(400);
  expect(await signed({ grant_id: own.id }, "msg_3")).toBe(200);
  expect(await grantState(own.id)).toBe("active");
  expect(await signed({ grant_id: own.id }, "msg_3")).toBe(409);
});
