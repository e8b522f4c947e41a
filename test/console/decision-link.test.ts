// Where a decision link leads, on a phone as one opens it from a message: 360 px wide, touched, and with scripts off. What a link is
// good for and what not is test/path/decision-links.test.ts.

import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openBrowser } from "../../dev/screenshots/browser.ts";
import { HostileAgent, letters } from "../path/hostile-agent.ts";
import { type Gateway, mint, startGateway } from "../path/hostile-gateway.ts";
import { WebhookReceiver } from "../path/webhook-receiver.ts";
import { withBrowser } from "./with-browser.ts";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;
const TURNED = "<b>\u202e";

let browser: Browser;
let gateway: Gateway;
let receiver: WebhookReceiver;

/** An agent whose statement waits, and the address that the approver was sent. */
async function held(text: string): Promise<{ readonly agent: HostileAgent; readonly url: string }> {
  const before = receiver.events.length;
  const agent = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "bot" }), "bot");
  agent.query(text);
  const link = await vi.waitFor(
    () => {
      const event = receiver.events[before];
      if (event === undefined) throw new Error("nobody was told yet");
      return event.data["link"] as { readonly url: string };
    },
    { timeout: 8_000 },
  );
  return { agent, url: link.url.replace("https://sluice.example.com", gateway.url) };
}

const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

describe.skipIf(withBrowser === "skip")("a decision link's page", () => {
  beforeAll(async () => {
    const { issuer, upstream } = inject("stack");
    receiver = await WebhookReceiver.start();
    browser = await openBrowser();
    gateway = await startGateway({
      targets: { demo: upstream },
      policy:
        "extends: owner\nrules:\n  - { id: gone, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 1min } }\n",
      vars: {
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
        APPROVERS: JSON.stringify({ ada: { issuer, subject: "ada" } }),
      },
    });
  });

  afterAll(async () => {
    await browser.close();
    await gateway.stop();
    gateway.remove();
    await receiver.stop();
  });

  test("shows all there is to know, and decides by a touch, with scripts off", async () => {
    const { agent, url } = await held(`DELETE FROM orders WHERE id = 4711 AND status = '${TURNED}'`);
    const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole("heading", { name: "A statement waits for you" }).waitFor();
    const statement = page.getByLabel("Statement");
    expect(await statement.textContent()).toContain("DELETE FROM orders WHERE id = 4711");
    // Hostile text is text, and what turns it around is written out.
    expect(await statement.locator(".hidden-char").textContent()).toBe("U+202E");
    expect(await page.locator(".says b, pre b").count()).toBe(0);
    await page.getByText("gone", { exact: true }).waitFor();
    expect(await page.getByRole("link", { name: /^statement/ }).count()).toBe(0);
    for (const button of await page.getByRole("button").all()) {
      const box = await button.boundingBox();
      expect(box?.height ?? 0).toBeGreaterThanOrEqual(32);
      expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
    }
    await page.getByRole("button", { name: "Approve" }).tap();
    await page.getByRole("heading", { name: "You have approved it" }).waitFor();
    expect(letters(await agent.ready())).toBe("NCZ");
    // Back and again: it was good for one decision.
    await page.goto(url);
    await page.getByRole("heading", { name: "This link is good for nothing" }).waitFor();
    agent.leave();
    await context.close();
  });

  test("asks for the reason of a denial, and has nothing that axe-core objects to", async () => {
    const { agent, url } = await held("DELETE FROM orders WHERE id = 4712");
    const context = await browser.newContext({ ...PHONE, colorScheme: "dark" });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(url);
    expect(await isTooWide(page)).toBe(false);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        runOnly: {
          type: "tag",
          values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        },
      }),
    );
    expect(violations.map(({ id, nodes }) => `${id} ${nodes.map((node) => node.html).join(" ")}`)).toEqual(
      [],
    );
    await page.getByRole("button", { name: "Deny" }).tap();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Reason").fill("not from a phone");
    await page.getByRole("button", { name: "Deny" }).tap();
    await page.getByRole("heading", { name: "You have denied it" }).waitFor();
    expect(letters(await agent.ready())).toBe("NEZ");
    expect(await isTooWide(page)).toBe(false);
    // The refused form is a status that the browser mentions, and nothing else is.
    expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
    agent.leave();
    await context.close();
  });
});
