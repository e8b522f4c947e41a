// Many requests need an issuer's keys at once, and the one that asks for them is slow or gone.

import { beforeEach, expect, test } from "vitest";
import type { Fetch } from "../../../worker/auth/fetch-json.ts";
import { IssuerKeys } from "../../../worker/auth/issuer-keys.ts";
import { parseIssuers } from "../../../worker/auth/index.ts";
import { makeKey, START_MS, TestIssuer } from "./issuer.ts";

let issuer: TestIssuer;
let requests: number;
beforeEach(async () => {
  issuer = new TestIssuer("https://issuer.example", [await makeKey("ES256", "ec-1")]);
  requests = 0;
});

function open(fetch: Fetch): IssuerKeys {
  const parsed = parseIssuers(JSON.stringify([{ issuer: issuer.url, audiences: ["sluice"] }]));
  const config = parsed.ok ? parsed.value[0] : undefined;
  if (config === undefined) expect.fail("the configuration is refused");
  const counting: Fetch = (url, init) => {
    requests += 1;
    return fetch(url, init);
  };
  return new IssuerKeys(config, counting, () => START_MS);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const answer: Fetch = (url) => Promise.resolve(issuer.answer(new URL(url).pathname));

test("when the request that asks is gone, another takes over and all who wait are served", async () => {
  const keys = open((url, init) => (requests === 1 ? new Promise(() => undefined) : answer(url, init)));
  const gone = keys.current();
  const waiting = await Promise.all(Array.from({ length: 20 }, () => keys.current()));
  expect(waiting.every((one) => one.ok)).toBe(true);
  expect(requests).toBe(3);
  // The first was only slow: it ends by its own time-out, and spoils nothing that the other brought.
  const last = await gone;
  if (!last.ok) expect.fail(last.error.tag);
  expect(await keys.newer(last.value)).toEqual(last);
}, 15_000);

test("an issuer too slow to wait for is not asked by everyone who comes, and nobody waits for ever", async () => {
  const keys = open(async () => {
    await sleep(2_500);
    throw new TypeError("slow, then broken");
  });
  const came: Promise<boolean>[] = [];
  for (let n = 0; n < 40; n += 1) {
    came.push(keys.current().then((one) => one.ok));
    await sleep(100);
  }
  const ended = await Promise.race([Promise.all(came), sleep(1_000)]);
  expect(ended).toEqual(Array.from({ length: 40 }, () => false));
  expect(requests).toBeLessThanOrEqual(2);
}, 15_000);
