// The console in a real browser on the local stack: who gets in, what each role sees and can reach, and what people do there.

import type { Browser, Page } from "playwright-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, postgres, target } = inject("stack");

let browser: Browser;

async function agent(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgres, application_name: name });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** A session of this application that ran `statements` and has ended; its id. */
async function ended(name: string, ...statements: readonly string[]): Promise<void> {
  const client = await agent(name);
  for (const statement of statements) await client.query(statement).catch(() => undefined);
  await client.end();
}

/** To the session of this application, by the list as a person would. */
async function openSession(page: Page, name: string): Promise<void> {
  await page.goto("/console/sessions");
  await page.getByRole("row").filter({ hasText: name }).getByRole("link").first().click();
  await page.locator("#player").waitFor();
}

describe.skipIf(withBrowser === "skip")("the console", () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
    // The other files' agents are not to be refused by what was put in force here.
    const path = `${gateway}/v1/targets/${target}/policy`;
    const authorization = `Bearer ${inject("stack").tokens.admin}`;
    const now = await fetch(path, { headers: { authorization } });
    const headers = { authorization, "if-match": now.headers.get("etag") ?? "" };
    await fetch(path, { method: "PUT", body: "extends: owner\n", headers });
  });

  test("sends whoever is not signed in to the issuer, and back to the page that was asked for", async () => {
    const context = await browser.newContext({ baseURL: gateway });
    const page = await context.newPage();
    await page.goto("/console/statements?text=orders");
    expect(page.url()).toContain(inject("stack").issuer);
    await page.getByRole("button", { name: "auditor" }).click();
    await page.waitForURL(`${gateway}/console/statements?text=orders`);
    expect(await page.getByRole("searchbox").inputValue()).toBe("orders");
    await context.close();
  });

  test("keeps the sign-in in a cookie that no script reads, and that holds no token", async () => {
    const { context, page } = await signIn(browser, gateway, "auditor");
    const cookie = (await context.cookies()).find(({ name }) => name === "sluice-console");
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    expect(await page.evaluate(() => document.cookie)).toBe("");
    // Encrypted (five parts) and not signed (three): nothing in it can be read.
    expect(cookie?.value.split(".")).toHaveLength(5);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/console/signed-out");
    expect((await context.request.get(`${gateway}/console/v1/sessions`)).status()).toBe(401);
    await context.close();
  });

  test("takes no cookie that was changed, and none that was made for a sign-in under way", async () => {
    const { context } = await signIn(browser, gateway, "auditor");
    const cookie = (await context.cookies()).find(({ name }) => name === "sluice-console");
    const value = cookie?.value ?? "";
    const ask = async (cookies: string): Promise<number> =>
      (await fetch(`${gateway}/console/v1/sessions`, { headers: { cookie: cookies } })).status;
    expect(await ask(`sluice-console=${value}`)).toBe(200);
    const changed = value.slice(0, -2) + (value.endsWith("AA") ? "BB" : "AA");
    expect(await ask(`sluice-console=${changed}`)).toBe(401);
    const begun = await fetch(`${gateway}/console/sign-in`, { redirect: "manual" });
    const other = /sluice-sign-in=([^;]+)/.exec(begun.headers.get("set-cookie") ?? "")?.[1] ?? "";
    expect(other).not.toBe("");
    expect(await ask(`sluice-console=${other}`)).toBe(401);
    await context.close();
  });

  test("believes no form without its token, with another's, or from elsewhere", async () => {
    const live = await agent("stays");
    const { context, page } = await signIn(browser, gateway, "operator");
    const other = await signIn(browser, gateway, "operator");
    await openSession(page, "stays");
    const path = `${page.url().split("#")[0] ?? ""}/end`;
    const own = await page.locator("input[name=form_token]").first().inputValue();
    const others = await other.page.locator("input[name=form_token]").first().inputValue();
    const post = async (token: string, origin: string): Promise<number> =>
      (await context.request.post(path, { form: { form_token: token }, headers: { origin } })).status();
    expect(await post("", gateway)).toBe(403);
    expect(await post(others, gateway)).toBe(403);
    expect(await post(own, "http://127.0.0.1:1")).toBe(403);
    expect((await live.query("SELECT 3 AS three")).rows).toEqual([{ three: 3 }]);
    await live.end();
    await context.close();
    await other.context.close();
  });

  test("tries a draft of a policy, shows what lint and a dry run say, and puts it in force", async () => {
    await ended("before the change", "DELETE FROM orders WHERE id = 24");
    const { context, page } = await signIn(browser, gateway, "operator");
    await page.goto(`/console/policies/${target}`);
    await page.getByText("Change it, or try it out").click();
    const document = page.getByRole("textbox", { name: "Document" });
    await document.fill(
      "extends: owner\nrules:\n  - { id: nothing, when: { kind: nonsense }, then: deny }\n",
    );
    await page.getByRole("button", { name: "Look it through" }).click();
    await page.getByText("Not valid").waitFor();
    await page
      .getByRole("textbox", { name: "Document" })
      .fill("extends: owner\nrules:\n  - { id: keep, when: { kind: delete }, then: deny }\n");
    await page.getByLabel("A statement to try it on").fill("DELETE FROM orders");
    await page.getByRole("button", { name: "Decide, without running it" }).click();
    await page.getByRole("heading", { name: "refused by keep" }).waitFor();
    await page.getByRole("button", { name: "Replay last week's traffic" }).click();
    await page.getByRole("heading", { name: "of the last week, decided by the draft" }).waitFor();
    await page.getByLabel("Why (kept with the version)").fill("keep what is there");
    await page.getByRole("button", { name: "Put in force" }).click();
    await page.waitForURL(`**/console/policies/${target}`);
    await page
      .getByRole("link", { name: /^Version \d+$/ })
      .first()
      .click();
    await page.getByText("keep what is there").waitFor();
    expect(await page.locator(".diff .new").allTextContents()).toContain(
      "+added:   - { id: keep, when: { kind: delete }, then: deny }",
    );

    // What ran then would be refused now.
    await openSession(page, "before the change");
    await page.getByRole("link", { name: "Own page" }).click();
    await page.getByRole("button", { name: "What does the policy of today say?" }).click();
    await page.getByText("Decided otherwise today").waitFor();
    await context.close();
  });

  test("can be read where scripts are off", async () => {
    await ended("no scripts", "SELECT 42 AS answer", "SELECT nothing");
    const { context, page } = await signIn(browser, gateway, "auditor", { javaScriptEnabled: false });
    await page.goto("/console/sessions");
    await page.getByRole("row").filter({ hasText: "no scripts" }).getByRole("link").first().click();
    expect(await page.locator("#player").isVisible()).toBe(false);
    await page.getByRole("link", { name: "SELECT 42 AS answer" }).click();
    await page.getByRole("cell", { name: "42", exact: true }).waitFor();
    await context.close();
  });
});
