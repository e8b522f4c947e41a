// A real browser for the console: Debian's Chromium by playwright-core, with nothing that reaches out by itself; and signing in
// as a person does, by picking an account at the local issuer.

import { existsSync } from "node:fs";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";

export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** What has not come by then does not come: the error says what was waited for. */
const PATIENCE_MS = 10_000;

export function hasChromium(): boolean {
  return existsSync(CHROMIUM);
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--font-render-hinting=none",
    ],
  });
}

/** A context of its own, so with cookies of its own, in which `account` is signed in. */
export async function signIn(
  browser: Browser,
  gateway: string,
  account: string,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: gateway, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto("/console");
  await page.getByRole("button", { name: account, exact: true }).click();
  await page.waitForURL((url) => url.origin === gateway && url.pathname.startsWith("/console"));
  return { context, page };
}
