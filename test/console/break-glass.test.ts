// Breaking the glass in the console: by one person alone, in an emergency, and reviewed by somebody else.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { applyPolicy, connectAgent } from "./against-stack.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway } = inject("stack");

const GLASS = `extends: owner
rules:
  - id: asks
    when: { kind: update }
    then: approve
    approve: { mode: wait, timeout: 1min, quorum: 2, break_glass: { groups: [approvers], reviewers: [auditors] } }
`;

let browser: Browser;

describe.skipIf(withBrowser === "skip")("breaking the glass in the console", () => {
  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await applyPolicy("extends: owner\n");
  });

  test("in an emergency one may let it go alone, with a reason, and somebody else reviews it", async () => {
    await applyPolicy(GLASS);
    const approver = await signIn(browser, gateway, "approver");
    const client = await connectAgent("asks in an emergency");
    const done = client.query("UPDATE orders SET status = status WHERE id = 5");
    const card = (page: Page): ReturnType<Page["locator"]> =>
      page.getByRole("article").filter({ hasText: "WHERE id = 5" });
    const ours = card(approver.page);
    await ours.getByLabel("Reason").fill("page 4711");
    await ours.getByText("In an emergency").click();
    await ours.getByRole("button", { name: "Break the glass" }).click();
    expect((await done).rowCount).toBe(1);
    await ours.getByText("let go alone").waitFor();
    await ours.getByText("Somebody else of auditors has to look at it.").waitFor();
    await approver.context.close();
    const auditor = await signIn(browser, gateway, "auditor");
    await auditor.page.goto(`${gateway}/console/approvals?show=unreviewed`);
    const theirs = card(auditor.page);
    await theirs.getByLabel("What you found").fill("the page was real");
    await theirs.getByRole("button", { name: "✓ Justified" }).click();
    await auditor.page.getByText("Nothing that was let go alone waits for a review.").waitFor();
    await auditor.page.goto(`${gateway}/console/approvals?show=all`);
    await theirs.first().getByText("the page was real").waitFor();
    await client.end();
    await auditor.context.close();
  });
});
