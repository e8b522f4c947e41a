// What a webhook's endpoint never took, sent again: by the API and from the page, to a receiver that checks signatures, by whom the
// log says.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser } from "../../dev/screenshots/browser.ts";
import { probePort } from "../../dev/ports.ts";
import { type Gateway, mint, startGateway } from "../path/hostile-gateway.ts";
import { WebhookReceiver } from "../path/webhook-receiver.ts";
import { withBrowser } from "./with-browser.ts";

interface Delivery {
  readonly id: string;
  readonly state: string;
  readonly event_id: string;
  readonly endpoint: string;
  readonly resent_by: { readonly subject: string } | null;
}

let gateway: Gateway;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  const port = (await probePort(0)) ?? 0;
  gateway = await startGateway({
    port,
    targets: { demo: null },
    vars: {
      WEBHOOKS: JSON.stringify([{ url: receiver.url, secrets: ["HOOK_KEY"] }]),
      WEBHOOKS_LOCAL: "true",
      HOOK_KEY: receiver.secret,
      // Signed in by a header, as Access has it: the stack's issuer lets nobody back to another gateway than its own.
      CONSOLE: JSON.stringify({
        base_url: `http://127.0.0.1:${String(port)}`,
        access: inject("stack").issuer,
      }),
    },
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await receiver?.stop();
});

async function ask(path: string, role: string, body?: object): Promise<Response> {
  const authorization = `Bearer ${await mint({ sub: "ada", roles: [role] })}`;
  const sent = { method: "POST", body: JSON.stringify(body ?? {}) };
  return fetch(`${gateway.url}/v1${path}`, {
    headers: { authorization },
    ...(body === undefined ? {} : sent),
  });
}

async function deliveries(): Promise<readonly Delivery[]> {
  const answer = await ask("/targets/demo/webhooks/deliveries", "admin");
  return ((await answer.json()) as { data: readonly Delivery[] }).data;
}

async function given(up: number): Promise<readonly Delivery[]> {
  await expect.poll(async () => (await deliveries()).filter(({ state }) => state === "dead").length).toBe(up);
  return deliveries();
}

/** Each stored version of a policy is told; a receiver that is gone is told nothing twice. */
async function policyVersions(...comments: readonly string[]): Promise<void> {
  for (const comment of comments) {
    const path = `${gateway.url}/v1/targets/demo/policy`;
    const headers = { authorization: `Bearer ${await mint({ roles: ["admin"] })}` };
    const etag = (await fetch(path, { headers })).headers.get("etag");
    const condition = etag === null ? { "if-none-match": "*" } : { "if-match": etag };
    const body = `extends: owner # ${comment}\n`;
    const put = await fetch(path, { method: "PUT", body, headers: { ...headers, ...condition } });
    expect([200, 201]).toContain(put.status);
  }
}

async function resends(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await ask("/log/export", "auditor");
  return (await answer.text())
    .split("\n")
    .filter((line) => line.includes("sluice.resend/1"))
    .map((line) => (JSON.parse(line) as { leaf: Readonly<Record<string, unknown>> }).leaf);
}

test("by the API: one, under its old id, and nothing twice; the log says who", async () => {
  receiver.gone = true;
  await policyVersions("one");
  const [dead] = await given(1);
  const path = `/targets/demo/webhooks/deliveries/${dead?.id ?? ""}/resend`;
  expect((await ask(path, "auditor", {})).status).toBe(403);
  receiver.gone = false;
  const answers = await Promise.all([1, 2, 3].map(async () => (await ask(path, "admin", {})).status));
  expect(answers.filter((status) => status === 200)).toHaveLength(1);
  expect(answers.filter((status) => status === 409 || status === 404)).toHaveLength(2);
  await expect.poll(deliveries).toEqual([]);
  expect(receiver.events.map(({ id, type }) => [id, type])).toEqual([[dead?.event_id, "policy.changed"]]);
  expect(receiver.forged).toBe(0);
  await expect.poll(resends).toMatchObject([
    {
      target: "demo",
      by: { subject: "ada" },
      endpoint: dead?.endpoint,
      count: 1,
      events: [dead?.event_id],
    },
  ]);
  expect((await ask(path, "admin", {})).status).toBe(404);
  expect((await ask("/targets/demo/webhooks/deliveries/x/resend", "admin", {})).status).toBe(404);
  expect((await ask("/targets/demo/webhooks/resend", "admin", { endpoint: "0".repeat(16) })).status).toBe(
    404,
  );
  expect((await ask("/targets/demo/webhooks/resend", "admin", {})).status).toBe(400);
});

describe.skipIf(withBrowser === "skip")("from the console", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  async function open(): Promise<Page> {
    const token = await mint({ sub: "grace", roles: ["admin"] });
    const context = await browser.newContext({
      baseURL: gateway.url,
      extraHTTPHeaders: { "cf-access-jwt-assertion": token },
    });
    const page = await context.newPage();
    await page.goto("/console/webhooks");
    return page;
  }

  test("one that is refused again stays given up, and all of them arrive when the receiver takes them", async () => {
    receiver.gone = true;
    receiver.events.splice(0);
    await policyVersions("two", "three");
    const [newest] = await given(2);
    const page = await open();
    await page.getByRole("button", { name: `Send ${newest?.event_id ?? ""} again` }).click();
    await expect.poll(async () => (await deliveries())[0]?.resent_by?.subject).toBe("grace");
    await given(2);
    await page.reload();
    await page.getByText("sent again by grace").waitFor();
    expect(await page.getByRole("row").filter({ hasText: "given up" }).count()).toBe(2);
    receiver.gone = false;
    await page.getByRole("button", { name: "Send all of them again" }).click();
    await expect.poll(() => receiver.events.length).toBe(2);
    await expect.poll(deliveries).toEqual([]);
    await page.reload();
    await page.getByText("Everything has been taken.").waitFor();
  });

  test("a form of somebody else's sends nothing", async () => {
    receiver.gone = true;
    await policyVersions("four");
    const [dead] = await given(1);
    const token = await mint({ sub: "grace", roles: ["admin"] });
    const answer = await fetch(`${gateway.url}/console/webhooks/demo/${dead?.id ?? ""}/resend`, {
      method: "POST",
      headers: { "cf-access-jwt-assertion": token, origin: gateway.url },
      body: new URLSearchParams({ form_token: "0".repeat(64) }),
    });
    expect(answer.status).toBe(403);
    expect((await given(1))[0]?.resent_by).toBeNull();
  });
});
