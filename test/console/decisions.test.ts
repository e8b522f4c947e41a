// What is decided and proved in the console: a statement that waits is approved or denied by somebody else than who asked, and the
// record's chain is verified in the browser, also when somebody has changed a byte of it.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser, Page } from "playwright-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, postgres, target, tokens } = inject("stack");

const WAITING = `extends: owner
rules:
  - { id: asks, when: { kind: update }, then: approve, approve: { mode: wait, timeout: 1min } }
`;

let browser: Browser;

async function apply(document: string): Promise<void> {
  const path = `${gateway}/v1/targets/${target}/policy`;
  const authorization = `Bearer ${tokens.admin}`;
  const now = await fetch(path, { headers: { authorization } });
  const answer = await fetch(path, {
    method: "PUT",
    body: document,
    headers: { authorization, "if-match": now.headers.get("etag") ?? "" },
  });
  expect(answer.status).toBe(200);
}

async function agent(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: postgres, application_name: name });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

describe.skipIf(withBrowser === "skip")("decisions and proofs in the console", () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await apply("extends: owner\n");
  });

  test("a statement that waits appears without a reload; approved it runs, denied the agent is told why", async () => {
    await apply(WAITING);
    const { context, page } = await signIn(browser, gateway, "approver");
    await page.waitForURL("**/console/approvals");
    await page.getByText("Nothing waits for a person.").waitFor();
    const client = await agent("asks first");
    const update = (id: number): Promise<unknown> =>
      client.query("UPDATE orders SET status = status WHERE id = $1", [id]).then(
        ({ rowCount }) => rowCount,
        (error: unknown) => (error instanceof Error ? error.message : error),
      );
    const card = (id: string): ReturnType<Page["locator"]> =>
      page.getByRole("article").filter({ has: page.getByLabel("Parameters").getByText(id, { exact: true }) });

    const approved = update(3);
    await card("3").getByRole("button", { name: "Approve" }).click();
    expect(await approved).toBe(1);
    await page.getByRole("article").getByText("executed").first().waitFor();

    const denied = update(4);
    await card("4").getByLabel("Reason").fill("not on a Sunday");
    await card("4").getByRole("button", { name: "Deny" }).click();
    expect(await denied).toContain("not on a Sunday");
    await card("4").getByText("not on a Sunday").waitFor();
    await client.end();
    await context.close();
  });

  test("only an approver is given the buttons, and a decision without the role is refused at its address", async () => {
    await apply(WAITING);
    const { context, page } = await signIn(browser, gateway, "auditor");
    await page.goto("/console/approvals");
    const client = await agent("asks an auditor");
    const held = client.query("UPDATE orders SET status = status WHERE id = 5").catch(() => undefined);
    const card = page.getByRole("article").first();
    await card.getByText("An approver decides on it.").waitFor();
    const id = (await card.getAttribute("aria-label"))?.replace("Approval ", "") ?? "";
    const token = await page.locator("input[name=form_token]").first().inputValue();
    const answer = await context.request.post(`${gateway}/console/approvals/${id}/decision`, {
      form: { form_token: token, verdict: "approve", reason: "" },
      headers: { origin: gateway },
    });
    expect(answer.status()).toBe(403);
    await page.reload();
    await card.getByText("waits").waitFor();
    await client.end();
    await held;
    await context.close();
  });

  test("a grant that an agent asks for is given by an approver, and taken back", async () => {
    await apply(`extends: agent
relations: { read: [public.products] }
grants: { relations: [public.orders], longest: 1h }
`);
    const client = await agent("asks for more");
    const count = (): Promise<unknown> =>
      client.query("SELECT count(*)::int AS n FROM orders").then(
        ({ rows }) => (rows[0] as { readonly n: number } | undefined)?.n,
        (error: unknown) => (error instanceof Error ? error.message : error),
      );
    expect(await count()).toContain("permission denied");
    const asked = await fetch(`${gateway}/v1/grants`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens.agent}`, "content-type": "application/json" },
      body: JSON.stringify({
        target,
        relations: ["public.orders"],
        duration: "10min",
        reason: "ticket 4711",
      }),
    });
    expect(asked.ok, await asked.clone().text()).toBe(true);
    const { context, page } = await signIn(browser, gateway, "approver");
    await page.goto("/console/grants?show=waiting");
    await page.getByText("ticket 4711").waitFor();
    await page.getByRole("button", { name: "Grant" }).click();
    const card = page.getByRole("article").filter({ hasText: "ticket 4711" });
    await card.getByText("active").waitFor();
    await expect.poll(count, { timeout: 8_000 }).toBeTypeOf("number");
    await card.getByRole("button", { name: "Revoke" }).click();
    await card.getByText("revoked by").waitFor();
    await expect.poll(count, { timeout: 8_000 }).toContain("permission denied");
    await client.end();
    await context.close();
  });

  test("the chain is verified in the browser, and one changed byte is reported", async () => {
    await apply("extends: owner\n");
    const client = await agent("chained");
    for (const statement of ["SELECT 1 AS one", "SELECT 'as it was' AS text", "SELECT 3 AS three"])
      await client.query(statement);
    await client.end();
    const { context, page } = await signIn(browser, gateway, "auditor");
    await page.goto("/console/sessions");
    await page.getByRole("row").filter({ hasText: "chained" }).getByRole("link").first().click();
    await page.locator("#player").waitFor();
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

    const id = page.url().split("/").at(-1)?.split("#")[0] ?? "";
    const changed = breakOneByte(id);
    expect(changed).toBe(1);
    await verify.click();
    await page.locator("#verdict.bad").getByText("Broken").waitFor();
    await context.close();
  });
});

/** In D1's own file, as whoever has the database could: a 2 in place of a 1 in what was answered. */
function breakOneByte(session: string): number {
  const directory = join(inject("stateDirectory"), "gateway", "d1");
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  let changes = 0;
  for (const file of files.filter((name) => name.endsWith(".sqlite") && !name.includes("metadata"))) {
    const database = new DatabaseSync(join(directory, file));
    const known =
      database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'statements'").get() !== undefined;
    if (known) {
      const statement = database.prepare(`UPDATE statements
        SET response_tail = unhex(replace(hex(response_tail), '617320697420776173', '617320697420776174'))
        WHERE session_id = ? AND seq = 2`);
      changes += Number(statement.run(session).changes);
    }
    database.close();
  }
  return changes;
}
