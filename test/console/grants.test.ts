// Grants in the console: asked for by an agent, decided by somebody else, and taken back, while others watch.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { applyPolicy, connectAgent } from "./against-stack.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, target, tokens } = inject("stack");

let browser: Browser;

describe.skipIf(withBrowser === "skip")("grants in the console", () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await applyPolicy("extends: owner\n");
  });

  test("one that an agent asks for appears without a reload, is given by an approver, watched by an auditor, and taken back", async () => {
    await applyPolicy(`extends: agent
relations: { read: [public.products] }
grants: { relations: [public.orders], longest: 1h }
`);
    const client = await connectAgent("asks for more");
    const count = (): Promise<unknown> =>
      client.query("SELECT count(*)::int AS n FROM orders").then(
        ({ rows }) => (rows[0] as { readonly n: number } | undefined)?.n,
        (error: unknown) => (error instanceof Error ? error.message : error),
      );
    expect(await count()).toContain("permission denied");
    const [{ page }, { page: watching }] = await Promise.all([
      signIn(browser, gateway, "approver"),
      signIn(browser, gateway, "auditor"),
    ]);
    await page.goto("/console/grants?show=waiting");
    await page.getByText("There is none that is waiting.").waitFor();
    await watching.goto("/console/grants");
    const asked = await fetch(`${gateway}/v1/grants`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.agent}`, "content-type": "application/json" },
      body: JSON.stringify({
        target,
        relations: ["public.orders"],
        duration: "10min",
        limits: { statements: 20 },
        reason: "ticket 4711",
      }),
    });
    expect(asked.ok, await asked.clone().text()).toBe(true);
    await page.getByText("ticket 4711").waitFor();
    // What one is writing is not taken away by what goes on.
    await page.getByLabel("Reason").fill("for the ticket");
    const watched = watching.getByRole("article").filter({ hasText: "ticket 4711" });
    await watched.getByText("waits").waitFor();
    expect(await watched.getByRole("button").count()).toBe(0);
    expect(await page.getByLabel("Reason").inputValue()).toBe("for the ticket");
    await page.getByText("Grant less than that").click();
    await page.getByLabel("For how long").fill("5min");
    await page.getByRole("button", { name: "Grant" }).click();
    const card = page.getByRole("article").filter({ hasText: "ticket 4711" });
    await card.getByText("active").waitFor();
    await card.getByText("5 min 0 s").waitFor();
    await card.getByText("in all: 20 statements").waitFor();
    await watched.getByText("active").waitFor();
    await watched.getByText("for the ticket").waitFor();
    await expect.poll(count, { timeout: 8_000 }).toBeTypeOf("number");
    await card.getByRole("button", { name: "Revoke" }).click();
    await watched.getByText("revoked by").waitFor();
    await expect.poll(count, { timeout: 8_000 }).toContain("permission denied");
    await client.end();
  });
});
