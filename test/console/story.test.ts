// One day at the console, in a real browser on the local stack, from signing in to taking the record away: an operator, an auditor
// and an approver, and the agents whom they watch. Each test goes on where the one before stopped.

import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { demonstrate } from "../../dev/demo/main.ts";
import { createReporter } from "../../dev/report.ts";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { breakOneByte } from "./break-one-byte.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, postgres, target, tokens } = inject("stack");

const POLICY = `extends: owner
mask:
  public.customers.email: email
rules:
  - { id: ask-first, when: { kind: update }, then: approve, approve: { mode: wait, timeout: 1min } }
`;
/** What nobody is to see once the policy is in force: of the demonstration's third customer. */
const RAW = "chloe.durand@example.net";

interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
}

let browser: Browser;
let operator: Person;
let auditor: Person;
let approver: Person;

async function agent(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgres, application_name: name });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Over what is there, as somebody else would. */
async function put(document: string): Promise<void> {
  const path = `${gateway}/v1/targets/${target}/policy`;
  const authorization = `Bearer ${tokens.admin}`;
  const now = await fetch(path, { headers: { authorization } });
  const answer = await fetch(`${path}?comment=in+between`, {
    method: "PUT",
    body: document,
    headers: { authorization, "if-match": now.headers.get("etag") ?? "" },
  });
  if (!answer.ok) throw new Error(await answer.text());
}

async function openSession(page: Page, name: string): Promise<void> {
  await page.goto("/console/sessions");
  await page.getByRole("row").filter({ hasText: name }).getByRole("link").first().click();
  await page.locator("#player").waitFor();
}

const stands = (page: Page, seq: number): Promise<void> =>
  page
    .locator("#now[aria-busy=false]")
    .filter({ has: page.getByRole("heading", { name: `Statement ${String(seq)}`, exact: true }) })
    .waitFor();

describe.skipIf(withBrowser === "skip")("a day at the console", () => {
  beforeAll(async () => {
    await put("extends: owner\n");
    await demonstrate(inject("stack"), createReporter("silent"));
    browser = await openBrowser();
    [operator, auditor, approver] = await Promise.all([
      signIn(browser, gateway, "operator"),
      signIn(browser, gateway, "auditor"),
      signIn(browser, gateway, "approver"),
    ]);
  });

  afterAll(async () => {
    await browser.close();
    await put("extends: owner\n");
  });

  test("the demonstration's session is found, by an address that shows the same to somebody else", async () => {
    const { page } = operator;
    await page.goto("/console/sessions");
    await page.getByLabel("Statement holds").fill("INSERT INTO order_items");
    await page.getByLabel("Subject").fill("local-agent");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL("**/console/sessions?text=INSERT+INTO+order_items&subject=local-agent");
    await auditor.page.goto(page.url());
    for (const { page: each } of [operator, auditor]) {
      const row = each.getByRole("row").filter({ hasText: "shop-agent" });
      await row.waitFor();
      // The other one of the demonstration has no such statement.
      expect(await each.getByRole("row").filter({ hasText: "psql-style" }).count()).toBe(0);
      expect(await row.getByRole("img", { name: "When it was busy" }).count()).toBe(1);
    }
    await page.getByRole("row").filter({ hasText: "shop-agent" }).getByRole("link").first().click();
    await page.locator("#player").waitFor();
  });

  test("it is stepped, scrubbed and played, and each statement shows what it was", async () => {
    const { page } = operator;
    const now = page.locator("#now");
    await stands(page, 1);
    await now.getByRole("table", { name: "1 parameter" }).getByText("tea").waitFor();
    await now.getByRole("columnheader", { name: "stock" }).getByText("integer").waitFor();
    await page.getByRole("button", { name: "Step forward" }).click();
    await stands(page, 2);
    // PostgreSQL's own error, and the rule that let it go there.
    await now.getByText("ERROR 42703").waitFor();
    await now.getByText("of policy version").first().waitFor();
    await now.getByText('Perhaps you meant to reference the column "customers.email".').waitFor();
    await page.getByRole("slider", { name: "Timeline" }).focus();
    await page.keyboard.press("ArrowRight");
    await stands(page, 3);
    await page.getByRole("gridcell", { name: RAW }).waitFor();
    const box = await page.locator("#timeline").boundingBox();
    if (box === null) throw new Error("no timeline");
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    await page.locator("#position").getByText("7 of 7 statements").waitFor();
    await stands(page, 7);
    await now.getByText("COMMIT").first().waitFor();
    await page.getByRole("button", { name: "First statement" }).click();
    await page.getByLabel("Speed").selectOption("50");
    await page.getByRole("button", { name: "Play" }).click();
    await page.locator("#position").getByText("7 of 7").waitFor();
  });

  test("a policy is edited and put in force; what somebody else put there in between is shown, not overwritten", async () => {
    const { page } = operator;
    await page.goto(`/console/policies/${target}`);
    await page.getByText("Change it, or try it out").click();
    await page.getByRole("textbox", { name: "Document" }).fill(POLICY);
    await page.getByRole("button", { name: "Look it through" }).click();
    await page.getByRole("region", { name: "What it would change" }).getByText("email: email").waitFor();
    await put("extends: owner\ndescription: faster\n");
    await page.getByLabel("Why (kept with the version)").fill("mask addresses, ask before updates");
    await page.getByRole("button", { name: /^Put in force/ }).click();
    const conflict = page.getByRole("alert");
    await conflict.getByText("came in between").waitFor();
    await conflict.getByText("in between", { exact: true }).waitFor();
    await page
      .getByRole("region", { name: "What your draft would change" })
      .getByText("description: faster")
      .waitFor();
    expect(await page.getByRole("textbox", { name: "Document" }).inputValue()).toBe(POLICY);
    await page.getByRole("button", { name: /^Put in force/ }).click();
    await page.waitForURL(`**/console/policies/${target}`);
    await page.getByText("mask addresses, ask before updates").first().waitFor();
    await page.getByRole("region", { name: "Policy document" }).getByText("id: ask-first").waitFor();
  });

  test("a masked cell is marked as masked, and its raw value is nowhere on the page", async () => {
    const masked = await agent("reads addresses");
    await masked.query("SELECT id, email, NULL AS nothing, '' AS empty FROM customers WHERE id = 3");
    await masked.end();
    const { page } = auditor;
    await openSession(page, "reads addresses");
    await stands(page, 1);
    const header = page.getByRole("columnheader", { name: "email" });
    expect(await header.locator(".masked").textContent()).toBe("▒ email");
    const cell = page.getByRole("gridcell", { name: "c***@***.net" });
    expect(await cell.getAttribute("aria-description")).toBe("masked: email");
    expect(await cell.evaluate((element) => getComputedStyle(element).backgroundImage)).toContain("gradient");
    const other = page.getByRole("gridcell", { name: "3", exact: true });
    expect(await other.getAttribute("aria-description")).toBeNull();
    expect(await other.evaluate((element) => getComputedStyle(element).backgroundImage)).toBe("none");
    await page.locator("#now").getByText("1 column of the answer").waitFor();
    expect(await page.content()).not.toContain(RAW);
    // NULL and the empty text are not one.
    await page.getByRole("gridcell", { name: "NULL" }).waitFor();
    await page.getByRole("gridcell", { name: "empty text" }).waitFor();
  });

  test("a live session is watched; held statements are decided by a second person, and the agent is answered", async () => {
    const { page: watching } = auditor;
    await watching.goto("/console/sessions");
    const live = await agent("asks first");
    // The list goes on by itself.
    await watching.getByRole("row").filter({ hasText: "asks first" }).waitFor({ timeout: 5_000 });
    await openSession(watching, "asks first");
    const began = Date.now();
    await live.query("SELECT 'seen as it happens'");
    await watching.locator("#now").getByText("'seen as it happens'").first().waitFor();
    expect(Date.now() - began).toBeLessThan(2_000);

    const { page: deciding } = approver;
    await deciding.goto("/console/approvals");
    await deciding.getByText("Nothing waits for a person.").waitFor();
    const update = (id: number): Promise<unknown> =>
      live.query("UPDATE orders SET status = status WHERE id = $1", [id]).then(
        ({ rowCount }) => rowCount,
        (error: unknown) => (error instanceof Error ? error.message : error),
      );
    const card = (id: string): ReturnType<Page["locator"]> =>
      deciding
        .getByRole("article")
        .filter({ has: deciding.getByLabel("Parameters").getByText(id, { exact: true }) });
    const approved = update(3);
    await card("3").getByRole("button", { name: "Approve" }).click();
    expect(await approved).toBe(1);
    await card("3").getByText("executed").first().waitFor();
    // The one who watches sees it held, run and answered.
    await watching.getByRole("option", { name: /held.*UPDATE orders/ }).waitFor();
    await watching.locator("#now").getByText("UPDATE 1").waitFor();

    const denied = update(4);
    await card("4").getByLabel("Reason").fill("not on a Sunday");
    await card("4").getByRole("button", { name: "Deny" }).click();
    expect(await denied).toContain("not on a Sunday");
    await card("4").getByText("not on a Sunday").waitFor();
    await live.end();
  });

  test("a session is ended by an admin; the agent gets 57P01, and the session's page says so", async () => {
    const live = await agent("to be ended");
    const lost = new Promise<string>((resolve) => {
      live.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    });
    await live.query("SELECT 1");
    const { page } = operator;
    await openSession(page, "to be ended");
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "End session" }).click();
    await page.getByText("terminated by admin").first().waitFor();
    expect(await lost).toBe("57P01");
  });

  test("the record is taken away: whole, as a table without formulas, and byte for byte", async () => {
    const dangerous = await agent("to be taken away");
    await dangerous.query(
      `SELECT '=HYPERLINK("http://x.example","y")' AS "=formula", '+cmd|1' AS plus, '-1' AS number`,
    );
    await dangerous.end();
    const { page, context } = auditor;
    await openSession(page, "to be taken away");
    await stands(page, 1);
    const take = async (name: string, within = page.locator("main")): Promise<[string, string, Headers]> => {
      const link = within.getByRole("link", { name, exact: true });
      const answer = await context.request.get((await link.getAttribute("href")) ?? "");
      const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
      const text = readFileSync(await download.path(), "latin1");
      expect(answer.headers()["content-disposition"]).toBe(
        `attachment; filename="${download.suggestedFilename()}"`,
      );
      expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
      return [download.suggestedFilename(), text, new Headers(answer.headers())];
    };
    const header = page.locator(".session-head");
    const now = page.locator("#now-actions");

    const [exportName, exported, exportHeaders] = await take("Export", header);
    expect(exportName).toMatch(/^[\w-]+\.ndjson$/);
    expect(exportHeaders.get("content-type")).toMatch(/^application\/x-ndjson/);
    const lines = exported.trim().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();

    const [csvName, csv, csvHeaders] = await take("CSV", now);
    expect(csvName).toMatch(/\.csv$/);
    expect(csvHeaders.get("content-type")).toMatch(/^text\/csv/);
    expect(csv).toBe(`'=formula,plus,number\r\n"'=HYPERLINK(""http://x.example"",""y"")",'+cmd|1,-1\r\n`);
    const [, statements] = await take("CSV", header);
    expect(statements.split("\r\n")[0]).toMatch(/^seq,/);

    const [jsonName, json] = await take("JSON", now);
    expect(jsonName).toMatch(/\.json$/);
    expect(json).toContain('=HYPERLINK(\\"http://x.example\\",\\"y\\")');
    const [wireName, wire, wireHeaders] = await take("wire bytes", now);
    expect(wireName).toMatch(/\.pgwire$/);
    expect(wireHeaders.get("content-type")).toBe("application/octet-stream");
    expect(wire).toContain('=HYPERLINK("http://x.example","y")');
    expect(wire[0]).toBe("T");
  });

  test("the chain is verified in the browser, and one byte that somebody changes in D1 is reported", async () => {
    const client = await agent("chained");
    for (const statement of ["SELECT 1 AS one", "SELECT 'as it was' AS text", "SELECT 3 AS three"])
      await client.query(statement);
    await client.end();
    const { page } = auditor;
    await openSession(page, "chained");
    const verify = page.getByRole("button", { name: "Verify here" });
    // Its end is signed a moment after the session has ended.
    await expect
      .poll(
        async () => {
          await verify.click();
          await page.locator("#verdict strong").waitFor();
          return page.locator("#verdict").textContent();
        },
        { timeout: 15_000 },
      )
      .toContain("Whole");
    const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    expect(breakOneByte(inject("stateDirectory"), id)).toBe(1);
    await verify.click();
    await page.locator("#verdict.bad").getByText("Broken").waitFor();
    expect(await page.locator("#verdict").textContent()).toMatch(/entry \d+/);
  });
});
