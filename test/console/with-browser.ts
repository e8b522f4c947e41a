// Whether there is a browser to test with. Without one these tests are skipped and say so; CI has to have one.

import { CHROMIUM, hasChromium } from "../../dev/screenshots/browser.ts";

function decide(): "run" | "skip" {
  if (hasChromium()) return "run";
  if (process.env["CI"] !== undefined)
    throw new Error(`there is no Chromium at ${CHROMIUM}: apt-get install chromium`);
  console.warn(
    `no Chromium at ${CHROMIUM}: the console's tests are skipped (apt-get install chromium, or CHROMIUM=PATH)`,
  );
  return "skip";
}

export const withBrowser = decide();
