// Where events may be sent, who gets which, and that a receiver with the reference library takes our signature.

import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { addressProblem } from "../../../durable-objects/webhooks/address.ts";
import { parseEndpoints, parseKey } from "../../../durable-objects/webhooks/config.ts";
import { eventBody, policyEvent, sessionEvents } from "../../../durable-objects/webhooks/events.ts";
import { signatures } from "../../../durable-objects/webhooks/sign.ts";

describe("an endpoint", () => {
  test.each([
    "https://hooks.example.com/sluice?team=data",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/",
    "https://172.32.0.1/",
    "https://hooks.example.com:8443/",
  ])("may be %s", (url) => expect(addressProblem(url, false)).toBeNull());

  test.each([
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "https://user:secret@hooks.example.com/",
    "https://hooks.example.com/#part",
    "hooks.example.com",
    "https://localhost/",
    "https://localhost./",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://intranet/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://10.0.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[2002:a00:1::]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::7f00:1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://127.1/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://127.0.0.1./",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://127%2e0.0.1/",
    "https://hooks.internal./",
  ])("may not be %s", (url) => {
    expect(addressProblem(url, false)).not.toBeNull();
    const json = JSON.stringify([{ url }]);
    expect(parseEndpoints(json, false).ok).toBe(false);
  });

  test("of this machine is for development alone", () => {
    expect(addressProblem("http://127.0.0.1:8080/", true)).toBeNull();
    expect(addressProblem("http://localhost:8080/", true)).toBeNull();
    expect(addressProblem("http://10.0.0.1/", true)).toBe("is not https");
    expect(addressProblem("https://10.0.0.1/", true)).toBe("is an address of a private network");
  });

  test("gets everything unless told, and no statements", () => {
    const parsed = parseEndpoints('[{"url": "https://a.example/"}]', false);
    expect(parsed).toMatchObject({
      value: [{ secrets: ["WEBHOOK_SECRET"], targets: null, statements: false }],
    });
    for (const wrong of ["{", "{}", '[{"url": 1}]', '[{"url": "https://a.example/", "events": ["all"]}]'])
      expect(parseEndpoints(wrong, false)).toMatchObject({
        error: expect.stringContaining("WEBHOOKS") as string,
      });
  });
});

test("links lead to the gateway's own origin, by https", () => {
  const links = (gateway: string): string =>
    JSON.stringify([{ url: "https://a.example/", links: { approver: "ada", gateway } }]);
  expect(parseEndpoints(links("https://sluice.example.com"), false)).toMatchObject({
    value: [{ links: { approver: "ada", gateway: "https://sluice.example.com" } }],
  });
  expect(parseEndpoints(links("http://127.0.0.1:8787"), true).ok).toBe(true);
  for (const wrong of ["http://127.0.0.1:8787", "https://a.example/", "https://a.example/x", "a.example"])
    expect(parseEndpoints(links(wrong), false)).toMatchObject({
      error: expect.stringContaining("links of entry 1") as string,
    });
});

test("a receiver with the reference library takes what each of the keys has signed, and nothing that was changed", async () => {
  const [older, newer, other] = [1, 2, 3].map(() => `whsec_${randomBytes(32).toString("base64")}`) as [
    string,
    string,
    string,
  ];
  const keys = [newer, older].map((secret) => parseKey(secret));
  if (keys.includes(null)) throw new Error("the test's keys are keys");
  const body = eventBody(
    policyEvent({ target: "demo", version: 2, issuer: "i", subject: "s", comment: "ä", createdAt: 0 }),
    false,
  );
  const timestamp = Math.floor(Date.now() / 1_000);
  const signature = await signatures({ id: "policy.demo.2", timestamp, body }, keys as Uint8Array[]);
  const headers = {
    "webhook-id": "policy.demo.2",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  };
  for (const secret of [older, newer])
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: "policy.changed" });
  expect(() => new Webhook(other).verify(body, headers)).toThrow("No matching signature found");
  expect(() => new Webhook(newer).verify(body, { ...headers, "webhook-id": "policy.demo.3" })).toThrow(
    "No matching signature found",
  );
  expect(() => new Webhook(newer).verify(`${body} `, headers)).toThrow("No matching signature found");
  expect(parseKey("whsec_c2hvcnQ=")).toBeNull();
});

test("of a session its start, its end, what was refused and what passed a limit are told, each once", () => {
  const intent = (effect: "allow" | "deny"): object => ({
    decision: { effect, rule: "r", policyVersion: "1", matched: ["m"], recorded: true },
    kinds: ["delete"],
    relations: [{ name: "public.orders", access: "write" }],
    statement: "DELETE FROM orders WHERE ssn = '123'",
    startedAt: 1,
  });
  const outcome = (sqlstate: string | null): object => ({
    endedAt: 2,
    error: sqlstate === null ? null : { severity: "ERROR", sqlstate, message: "123" },
  });
  const batch = {
    sessionId: "s",
    start: {
      target: "demo",
      principal: { issuer: "i", subject: "bot" },
      policyVersion: "1",
      startedAt: 0,
      applicationName: "",
    },
    end: { reason: "agent_terminated", detail: null, endedAt: 9 },
    statements: [
      { seq: 1, intent: intent("allow"), outcome: outcome(null) },
      { seq: 2, intent: intent("deny"), outcome: outcome("42501") },
      { seq: 3, intent: intent("allow"), outcome: outcome("54000") },
      { seq: 4, intent: intent("deny"), outcome: null },
    ],
  } as unknown as Parameters<typeof sessionEvents>[0];
  const events = sessionEvents(batch);
  expect(events.map(({ id, type }) => `${id} ${type}`)).toEqual([
    "s.started session.started",
    "s.2.denied statement.denied",
    "s.3.limit limit.exceeded",
    "s.ended session.ended",
  ]);
  expect(events.map((event) => eventBody(event, true)).join()).not.toContain("123");
});
