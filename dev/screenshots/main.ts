// `npm run screenshots`: brings up a stack of its own, lets agents work, and photographs each page of the console for
// docs/console.md: wide and narrow, light and dark.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { seed } from "../demo/seed.ts";
import { loadKeys } from "../issuer/keys.ts";
import { mintToken } from "../issuer/mint.ts";
import { createReporter } from "../report.ts";
import { startStack, type Stack } from "../stack.ts";
import { State } from "../state.ts";
import { hasChromium, openBrowser, signIn } from "./browser.ts";
import { withPalette } from "./png.ts";
import { startReceivers } from "./receiver.ts";
import { type Agent, askForGrant, connectAgent, report, restock, support } from "./sessions.ts";

const TO = resolve(import.meta.dirname, "../../docs/console");
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } } as const;
const SCHEMES = ["light", "dark"] as const;

/** For charts to draw and lists to settle. */
const SETTLE_MS = 700;

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly prepare?: (page: Page) => Promise<void>;
}

if (!hasChromium())
  throw new Error("there is no Chromium: apt-get install chromium, or name one with CHROMIUM=PATH");
const directory = mkdtempSync(join(tmpdir(), "sluice-screenshots-"));
// PostgreSQL may have to run under another account, which has to get through.
chmodSync(directory, 0o711);
const abort = new AbortController();
let stack: Stack | null = null;
const receivers = await startReceivers();
process.env["SLUICE_DEV_WEBHOOKS"] = receivers.webhooks;
try {
  const flags = {
    upstream: null,
    policy: join(import.meta.dirname, "policy.yaml"),
    target: "shop",
    port: 0,
    pgPort: 0,
    state: join(directory, "state"),
    demo: false,
    quiet: true,
  };
  stack = await startStack(flags, createReporter("silent"), abort.signal);
  if (stack === null) throw new Error("the stack did not come up");
  await seed(stack.dev.upstream);
  mkdirSync(TO, { recursive: true });
  await photograph(stack);
} finally {
  abort.abort();
  await stack?.stopped;
  await receivers.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function photograph({ dev }: Stack): Promise<void> {
  const keys = await loadKeys(State.open(join(directory, "state")));
  const tokenOf = (subject: string): Promise<string> =>
    mintToken(dev.issuer, keys, { subject, roles: ["agent"], lifetimeSeconds: 3600 }, Date.now());
  const connect = async (subject: string, application: string, reason?: string): Promise<Agent> =>
    connectAgent(dev.gateway, dev.target, await tokenOf(subject), application, reason);
  // Over a minute, so that the plots have a course.
  for (const days of [12, 40, 25, 8]) {
    const reporting = await connect("report-bot", "weekly-report");
    await report(reporting, days);
    await reporting.client.end();
    await sleep(12_000);
  }
  receivers.takeDown();
  await askForGrant(dev.gateway, dev.target, await tokenOf("support-bot"));
  const first = await connect(
    "support-bot",
    "support-desk",
    "ticket 4711: where is the order of Mme Durand?",
  );
  await support(first);
  await first.client.end();
  const live = await connect("stock-bot", "restock");
  // Held until somebody decides, and nobody does here: it ends with its session.
  const held = restock(live);

  const browser = await openBrowser();
  const { page } = await signIn(browser, dev.gateway, "operator");
  await page.getByRole("row").filter({ hasText: "support-bot" }).getByRole("link").first().click();
  await page.locator("#player").waitFor();
  const session = new URL(page.url()).pathname;
  for (const shot of shotsOf(session, dev.target)) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const scheme of SCHEMES) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme: scheme });
        await page.goto("about:blank");
        await page.goto(dev.gateway + shot.path);
        await shot.prepare?.(page);
        await sleep(SETTLE_MS);
        const png = await page.screenshot();
        writeFileSync(join(TO, `${shot.name}-${size}-${scheme}.png`), withPalette(png));
      }
    }
  }
  await browser.close();
  await live.client.end();
  await held;
}

function shotsOf(session: string, target: string): readonly Shot[] {
  const at = (seq: number): string => `${session}#${String(seq)}`;
  const stands = async (page: Page): Promise<void> => page.locator("#now[aria-busy=false]").waitFor();
  return [
    { name: "sessions", path: "/console/sessions" },
    { name: "player", path: at(2), prepare: stands },
    { name: "refused", path: at(10), prepare: stands },
    {
      name: "verified",
      path: session,
      prepare: (page) => page.getByRole("button", { name: "Verify here" }).click(),
    },
    { name: "statements", path: "/console/statements?text=orders&decision=deny" },
    { name: "approvals", path: "/console/approvals" },
    {
      name: "approval",
      path: "/console/approvals",
      prepare: async (page) => {
        await page.locator("a[href^='/console/approvals/']").first().click();
        await page.getByRole("heading", { name: "In the log" }).waitFor();
      },
    },
    { name: "grants", path: "/console/grants" },
    { name: "policy", path: `/console/policies/${target}` },
    {
      name: "dry-run",
      path: `/console/policies/${target}`,
      prepare: async (page) => {
        await page.getByText("Change it, or try it out").click();
        await page.getByLabel("A statement to try it on").fill("UPDATE orders SET status = 'void'");
        await page.getByRole("button", { name: "Decide, without running it" }).click();
        await page.getByRole("heading", { name: "Draft for" }).waitFor();
      },
    },
    { name: "overview", path: "/console/overview?last=5%20minutes" },
    { name: "webhooks", path: "/console/webhooks" },
    { name: "health", path: "/console/health" },
  ];
}
