// A session that ran under one policy, seen under the one of today: in the player, and by the API a page at a time.

import pg from "pg";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { applyPolicy } from "./against-stack.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, postgres, tokens } = inject("stack");

const STRICTER = `extends: agent
rules:
  - { id: no-deletes, when: { kind: delete }, then: deny }
  - { id: asks-first, when: { kind: update }, then: approve, approve: { mode: wait, timeout: 1s } }
`;

interface Today {
  readonly data: readonly {
    readonly seq: number;
    readonly change: string;
    readonly effect: string | null;
    readonly rule: string | null;
  }[];
  readonly next_cursor: string | null;
  readonly statements: number;
}

let session: string;

async function get<T>(path: string, token: string): Promise<T> {
  const answer = await fetch(`${gateway}/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

/** "": there is none yet. */
async function endedSession(): Promise<string> {
  const found = await get<{
    data: readonly { id: string; application_name: string; ended_at: string | null }[];
  }>("/sessions?limit=20", tokens.auditor);
  const ours = found.data.find(({ application_name: name }) => name === "seen today");
  return ours === undefined || ours.ended_at === null ? "" : ours.id;
}

beforeAll(async () => {
  await applyPolicy("extends: owner\n");
  const client = new pg.Client({ connectionString: postgres, application_name: "seen today" });
  await client.connect();
  await client.query("SELECT 1");
  await client.query("DELETE FROM orders WHERE id > 0 AND false");
  await client.query("UPDATE orders SET status = status WHERE id = 1");
  await client.query("SELECT * FROM not_there").catch(() => undefined);
  await client.query("SELECT 2");
  await client.end();
  // D1 has it a moment after the client was gone.
  await vi.waitUntil(async () => (session = await endedSession()) !== "", { timeout: 15_000 });
  await applyPolicy(STRICTER);
});

afterAll(async () => {
  await applyPolicy("extends: owner\n");
});

test("the API tells what would be decided otherwise, for auditors, a page at a time", async () => {
  const whole = await get<Today>(`/sessions/${session}/today`, tokens.auditor);
  expect(whole).toMatchObject({ statements: 5, next_cursor: null });
  expect(whole.data.map(({ seq, change }) => [seq, change])).toEqual([
    [2, "newly_refused"],
    [3, "newly_held"],
    [4, "not_decidable"],
  ]);
  expect(whole.data[1]).toMatchObject({ effect: "approve", rule: "asks-first" });
  const first = await get<Today>(`/sessions/${session}/today?limit=2`, tokens.auditor);
  expect(first).toMatchObject({ statements: 2, data: [{ seq: 2 }] });
  const rest = await get<Today>(
    `/sessions/${session}/today?limit=3&cursor=${first.next_cursor ?? ""}`,
    tokens.auditor,
  );
  expect(rest).toMatchObject({ statements: 3, data: [{ seq: 3 }, { seq: 4 }] });
  for (const [path, token, status] of [
    [`/sessions/${session}/today`, tokens.agent, 403],
    [`/sessions/${session}/today`, tokens.admin, 403],
    [`/sessions/${"0".repeat(32)}/today`, tokens.auditor, 404],
    [`/sessions/x/today`, tokens.auditor, 404],
  ] as const) {
    const answer = await fetch(`${gateway}/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status, path).toBe(status);
  }
});

describe.skipIf(withBrowser === "skip")("in the player", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
  });

  test("what today's policy would decide otherwise is marked, said, and stopped at", async () => {
    const { context, page } = await signIn(browser, gateway, "auditor");
    await page.goto(`/console/sessions/${session}`);
    await page.getByRole("button", { name: "Today's policy?" }).click();
    await page
      .getByText(/5 statements by policy version \d+: 1 would be refused now; 1 would wait/)
      .waitFor();
    expect(await page.locator(".line-today").count()).toBe(3);
    expect(await page.locator(".line-today").first().getAttribute("title")).toContain("would be refused now");
    await page.keyboard.press("Home");
    await page.keyboard.press("n");
    await expect
      .poll(() => page.getByRole("slider", { name: "Timeline" }).getAttribute("aria-valuetext"))
      .toContain("would be refused now");
    await context.close();
  });
});
