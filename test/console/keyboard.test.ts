// Whether everybody can use the pages who has no mouse, large letters, colours of their own or no wish for motion: what axe-core
// does not look at (pages.test.ts). WCAG 2.2: 2.1.1, 2.1.2, 2.4.1, 2.4.3, 2.4.7, 2.4.11, 1.4.4, 1.4.10, 1.4.12.

import type { Browser, Page } from "playwright-core";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openBrowser, signIn } from "../../dev/screenshots/browser.ts";
import { withBrowser } from "./with-browser.ts";

const { gateway, postgres, target, tokens } = inject("stack");

/** More than any page here has. */
const MOST_STOPS = 120;

interface Stop {
  readonly name: string;
  /** The browser's ring or ours: something says where one is. */
  readonly seen: boolean;
  /** Nothing lies over it, and it is on the screen. */
  readonly clear: boolean;
}

let browser: Browser;
let page: Page;
let session: string;

/** Where the focus is, as whoever looks and whoever is read to would have it; null where it is nowhere. */
function stop(): Promise<Stop | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + Math.min(box.width / 2, 40), box.top + Math.min(box.height / 2, 20)];
    const top = document.elementFromPoint(x, y);
    return {
      name: `${element.tagName.toLowerCase()} ${(element.getAttribute("aria-label") ?? element.innerText ?? element.getAttribute("name") ?? "").slice(0, 40)}`,
      seen: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 1.5,
      clear: top !== null && (element.contains(top) || top.contains(element)),
    };
  });
}

/** All the way through by Tab: every stop, up to where the browser's own controls begin. */
async function walk(): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  for (let n = 0; n < MOST_STOPS; n++) {
    await page.keyboard.press("Tab");
    const now = await stop();
    if (now === null) return stops;
    stops.push(now);
  }
  throw new Error("the focus does not get out of the page");
}

async function pages(): Promise<readonly string[]> {
  return [
    "/console/sessions",
    session,
    `${session}/statements/2`,
    "/console/statements?text=select",
    "/console/approvals?show=all",
    "/console/grants",
    `/console/policies/${target}`,
    "/console/overview?last=hour",
    "/console/webhooks",
    "/console/health",
  ];
}

async function open(path: string): Promise<void> {
  await page.goto(path);
  if (path === session) await page.locator("#now[aria-busy=false]").waitFor();
}

describe.skipIf(withBrowser === "skip")("without a mouse, with large letters, in one's own colours", () => {
  beforeAll(async () => {
    const client = new pg.Client({ connectionString: postgres, application_name: "by keys" });
    client.on("error", () => undefined);
    await client.connect();
    for (const statement of ["SELECT 1", "SELECT id, name FROM customers ORDER BY id", "SELECT 1 / 0"])
      await client.query(statement).catch(() => undefined);
    await client.end();
    browser = await openBrowser();
    ({ page } = await signIn(browser, gateway, "operator"));
    const found = await fetch(`${gateway}/v1/sessions?limit=20`, {
      headers: { authorization: `Bearer ${tokens.auditor}` },
    });
    const { data } = (await found.json()) as {
      readonly data: readonly { readonly id: string; readonly application_name: string }[];
    };
    const id = data.find(({ application_name: name }) => name === "by keys")?.id ?? "";
    session = `/console/sessions/${id}`;
  });

  afterAll(async () => browser.close());

  test("every page is gone through by Tab, each stop seen and not covered, on a small screen", async () => {
    await page.setViewportSize({ width: 900, height: 600 });
    const wrong: string[] = [];
    for (const path of await pages()) {
      await open(path);
      const stops = await walk();
      expect(stops[0]?.name, path).toBe("a Skip to content");
      expect(stops.length, path).toBeGreaterThan(5);
      wrong.push(
        ...stops.filter(({ seen, clear }) => !seen || !clear).map((one) => `${path}: ${JSON.stringify(one)}`),
      );
    }
    expect(wrong).toEqual([]);
  });

  test("the first stop leads past the navigation", async () => {
    await open("/console/sessions");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect((await stop())?.name).toMatch(/^input/);
  });

  test("a result is read cell by cell, a value opened and closed again, by keys", async () => {
    await open(`${session}#2`);
    await page.getByRole("gridcell", { name: "Ada Lindqvist" }).waitFor();
    await page.getByRole("grid").focus();
    for (const key of ["ArrowRight", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    expect(await page.locator(".viewer-text:focus").textContent()).toBe("Boris Mwangi");
    await page.keyboard.press("Escape");
    expect(await page.locator(".viewer").isVisible()).toBe(false);
    expect((await stop())?.name).toContain("Result, 10 rows");
    // The player's own keys are not the table's.
    expect(await page.locator("#position").textContent()).toContain("2 of 3");
  });

  test("nothing is cut or scrolls sideways at 320 px, which is 400 per cent of 1280, also with letters set wider", async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    const wide: string[] = [];
    for (const path of await pages()) {
      await open(path);
      const over = (): Promise<number> =>
        page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if ((await over()) > 0) wide.push(`${path}: ${String(await over())} px`);
      // WCAG 1.4.12, set as a reader's own sheet would.
      await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(
          "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }",
        );
        document.adoptedStyleSheets.push(sheet);
      });
      if ((await over()) > 0) wide.push(`${path}, spaced: ${String(await over())} px`);
    }
    expect(wide).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("in the reader's own colours the playhead, the place and the statement that one is at are still seen", async () => {
    await page.emulateMedia({ forcedColors: "active" });
    await open(`${session}#2`);
    const colour = (selector: string, of: "backgroundColor" | "outlineStyle"): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((element, name) => getComputedStyle(element)[name], of);
    expect(await colour("#playhead", "backgroundColor")).not.toBe(await colour("body", "backgroundColor"));
    expect(await colour(".bar nav a[aria-current]", "outlineStyle")).toBe("solid");
    expect(await colour(".line.current", "outlineStyle")).toBe("solid");
    await page.emulateMedia({ forcedColors: "none" });
  });

  test("nothing moves by itself", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    for (const path of [session, "/console/approvals", "/console/overview?last=hour"]) {
      await open(path);
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    }
    await page.emulateMedia({ reducedMotion: null });
  });

  test("the player is read as what it is", async () => {
    await open(`${session}#2`);
    await page.locator("#position").getByText("2 of 3").waitFor();
    expect(await page.getByRole("toolbar", { name: "Playback" }).ariaSnapshot()).toContain(
      ["First statement", "Step back", "Play", "Step forward", "Last statement"]
        .map((name) => `- button "${name}"`)
        .join("\n  "),
    );
    const slider = page.getByRole("slider", { name: "Timeline" });
    expect(await slider.getAttribute("aria-valuetext")).toBe("2 of 3 statements");
    await page.keyboard.press("n");
    await expect.poll(() => slider.getAttribute("aria-valuetext")).toBe("3 of 3 statements, error");
    await page
      .getByRole("status")
      .filter({ hasText: "3 of 3 statements, error" })
      .waitFor({ state: "attached" });
    const list = page.getByRole("listbox", { name: "Statements" });
    const active = (await list.getAttribute("aria-activedescendant")) ?? "";
    expect(await page.locator(`#${active}`).getAttribute("aria-selected")).toBe("true");
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
  });
});
