// What a role does not open, it does not reach by address either: each form's address is tried with the cookie and the form token
// of somebody who may not, each page with that of somebody whom it is not for. What the addresses are is read from the routes
// themselves, so that a new one cannot be left out.

import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, postgres, target, tokens } = inject("stack");

const POLICY = `extends: owner
rules:
  - { id: asks, when: { kind: update }, then: approve, approve: { mode: wait, timeout: 5min } }
grants: { relations: ["public.*"], longest: 1h }
`;

/** By role, the addresses of forms that are its own to use; every other one is refused. */
const MAY_POST = {
  // Who reviews what was let go alone is said by groups, and not by roles.
  auditor: ["/console/approvals/:approval/review"],
  approver: [
    "/console/approvals/:approval/decision",
    "/console/approvals/:approval/review",
    "/console/grants/:grant/decision",
    "/console/grants/:grant/revoke",
  ],
  agent: [],
} as const satisfies Record<string, readonly string[]>;
type Account = keyof typeof MAY_POST;

/** By role, the places in the navigation; every other page of the list is refused. */
const MAY_SEE = {
  auditor: ["Sessions", "Statements", "Approvals", "Grants", "Policies", "Overview", "Health"],
  approver: ["Approvals", "Grants", "Health"],
  agent: [],
} as const satisfies Record<Account, readonly string[]>;

const PAGES = {
  Sessions: "/console/sessions",
  Statements: "/console/statements",
  Approvals: "/console/approvals",
  Grants: "/console/grants",
  Policies: "/console/policies",
  Overview: "/console/overview",
  Webhooks: "/console/webhooks",
  Health: "/console/health",
} as const;

function routes(method: "get" | "post"): readonly string[] {
  const source = readFileSync(new URL("../../worker/console/index.ts", import.meta.url), "utf8");
  return [...source.matchAll(new RegExp(`app\\.${method}\\(\\s*"([^"]+)"`, "g"))].map(
    ([, path = ""]) => path,
  );
}

async function api(path: string, init: RequestInit & { readonly token: string }): Promise<Response> {
  const { token, headers, ...rest } = init;
  return fetch(`${gateway}/v1${path}`, {
    ...rest,
    headers: { authorization: `Bearer ${token}`, ...(headers as Record<string, string> | undefined) },
  });
}

async function policy(): Promise<{ readonly etag: string; readonly text: string }> {
  const answer = await api(`/targets/${target}/policy`, { token: tokens.admin });
  return { etag: answer.headers.get("etag") ?? "", text: await answer.text() };
}

async function apply(document: string): Promise<void> {
  const headers = { "if-match": (await policy()).etag };
  const answer = await api(`/targets/${target}/policy`, {
    token: tokens.admin,
    method: "PUT",
    body: document,
    headers,
  });
  expect(answer.status).toBe(200);
}

interface Listed {
  readonly data: readonly { readonly id: string; readonly state: string; readonly session_id?: string }[];
}

describe.skipIf(withBrowser === "skip")("who may do what in the console", () => {
  let browser: Browser;
  let live: pg.Client;
  let held: Promise<unknown>;
  const ids = { id: "", approval: "", grant: "" };

  const listed = async (what: string): Promise<Listed["data"]> =>
    ((await (await api(what, { token: tokens.approver })).json()) as Listed).data;

  beforeAll(async () => {
    browser = await openBrowser();
    await apply(POLICY);
    live = new pg.Client({ connectionString: postgres, application_name: "reached for" });
    live.on("error", () => undefined);
    await live.connect();
    held = live.query("UPDATE orders SET status = status WHERE id = 5").catch(() => undefined);
    const approval = await vi.waitFor(
      async () => {
        const [first] = await listed("/approvals?state=pending");
        if (first === undefined) throw new Error("it does not wait yet");
        return first;
      },
      { timeout: 8_000 },
    );
    const asked = await api("/grants", {
      token: tokens.agent,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ target, relations: ["public.orders"], duration: "10min", reason: "to try" }),
    });
    const grant = (await asked.json()) as { readonly id: string };
    Object.assign(ids, { id: approval.session_id, approval: approval.id, grant: grant.id });
  });

  afterAll(async () => {
    await live.end();
    await held;
    await browser.close();
    const denied = await api(`/grants/${ids.grant}/decision`, {
      token: tokens.approver,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ verdict: "deny", reason: "only to try" }),
    });
    if (!denied.ok) throw new Error(`the grant is left behind: ${await denied.text()}`);
    await apply("extends: owner\n");
  });

  /** Everything that a form could change is as it was. */
  async function unchanged(): Promise<void> {
    expect((await listed("/approvals?state=pending")).map(({ id }) => id)).toEqual([ids.approval]);
    expect((await listed("/grants?state=pending")).map(({ id }) => id)).toEqual([ids.grant]);
    const session = await api(`/sessions/${ids.id}`, { token: tokens.auditor });
    expect(((await session.json()) as { readonly state: string }).state).toBe("live");
    expect(JSON.parse((await policy()).text)).toMatchObject({ document: POLICY });
  }

  function filled(path: string): string {
    const known: Readonly<Record<string, string>> = { ...ids, seq: "1", target, version: "1" };
    return path.replaceAll(/:(\w+)/g, (_, name: string) => known[name] ?? "1");
  }

  async function post(context: BrowserContext, path: string, form: Record<string, string>): Promise<number> {
    const answer = await context.request.post(gateway + filled(path), { form, headers: { origin: gateway } });
    return answer.status();
  }

  test("the forms are those that are known here", () => {
    expect(routes("post").length).toBeGreaterThanOrEqual(7);
    for (const path of Object.values(MAY_POST).flat()) expect(routes("post")).toContain(path);
  });

  test.each(["auditor", "approver", "agent"] as const)(
    "%s sees what is theirs, and reaches nothing else",
    async (account) => {
      const { context, page } = await signIn(browser, gateway, account);
      expect(
        await page.getByRole("navigation", { name: "Console" }).getByRole("link").allTextContents(),
      ).toEqual(MAY_SEE[account]);
      const seen: readonly string[] = MAY_SEE[account];
      for (const [name, path] of Object.entries(PAGES)) {
        const status = (await context.request.get(gateway + path)).status();
        expect(status, path).toBe(seen.includes(name) ? 200 : 403);
      }
      const token = await page.locator("input[name=form_token]").first().inputValue();
      const own: readonly string[] = MAY_POST[account];
      for (const path of routes("post").filter((one) => one !== "/console/sign-out" && !own.includes(one)))
        for (const action of path.endsWith("/work") ? ["lint", "check", "replay", "apply"] : [""]) {
          const form = {
            form_token: token,
            verdict: "approve",
            reason: "because",
            do: action,
            document: "extends: owner\n",
            statement: "SELECT 1",
            role: "agent",
            version: "1",
          };
          expect(await post(context, path, form), `${path} ${action}`).toBe(403);
        }
      // The pages' scripts read, and a way to write is none of theirs.
      for (const path of ["/grants", `/approvals/${ids.approval}/decision`, `/sessions/${ids.id}`])
        expect(
          (
            await context.request.fetch(`${gateway}/console/v1${path}`, {
              method: path.startsWith("/sessions") ? "DELETE" : "POST",
              headers: { origin: gateway },
            })
          ).status(),
        ).toBeGreaterThanOrEqual(403);
      await unchanged();
      await context.close();
    },
  );

  test("an auditor is shown no button that changes something", async () => {
    const { context, page } = await signIn(browser, gateway, "auditor");
    const paths = [
      ...Object.entries(PAGES)
        .filter(([name]) => name !== "Webhooks")
        .map(([, path]) => path),
      `/console/sessions/${ids.id}`,
      `/console/sessions/${ids.id}/statements/1`,
      `/console/policies/${target}`,
      `/console/policies/${target}/versions/1`,
    ];
    for (const path of paths) {
      await page.goto(path);
      if (path === `/console/sessions/${ids.id}`) await page.locator("#player").waitFor();
      const forms = await page
        .locator("form[method=post]")
        .evaluateAll((all) => all.map((form) => form.getAttribute("action")));
      expect(forms, path).toEqual(["/console/sign-out"]);
    }
    await page.goto("/console/approvals");
    await page.getByText("An approver decides on it.").waitFor();
    await context.close();
  });

  test("no token of the API opens anything here", async () => {
    for (const token of Object.values(tokens))
      for (const path of [
        "/console/v1/sessions",
        `/console/v1/sessions/${ids.id}`,
        "/console/v1/approvals",
      ]) {
        const answer = await fetch(gateway + path, { headers: { authorization: `Bearer ${token}` } });
        expect(answer.status).toBe(401);
      }
  });

  test("an approver decides, and does not see who else's sessions there are", async () => {
    const { context, page } = await signIn(browser, gateway, "approver");
    await page.goto("/console/approvals");
    const card: ReturnType<Page["locator"]> = page.getByRole("article").first();
    await card.getByRole("button", { name: "Deny" }).waitFor();
    await card.getByLabel("Reason").fill("only to try");
    await card.getByRole("button", { name: "Deny" }).click();
    await page.getByText("only to try").waitFor();
    // By itself, with its place in the log.
    await page.goto(`/console/approvals/${ids.approval}`);
    await page
      .getByRole("listitem")
      .filter({ hasText: "denied by approver" })
      .getByText(/no\. \d+ of the log/)
      .waitFor();
    expect((await context.request.get(`${gateway}/console/sessions/${ids.id}`)).status()).toBe(403);
    await context.close();
  });
});
