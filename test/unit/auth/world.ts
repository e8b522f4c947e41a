// What each test of the pipeline stands in: an issuer with three keys, a clock to turn, an authenticator that asks it.

import { expect } from "vitest";
import {
  createAuthenticator,
  parseIssuers,
  type Authenticator,
  type AuthError,
} from "../../../worker/auth/index.ts";
import type { Fetch } from "../../../worker/auth/fetch-json.ts";
import { AUDIENCE, makeKey, START_MS, TestIssuer, type TestKey } from "./issuer.ts";

export interface World {
  readonly issuer: TestIssuer;
  readonly rsa: TestKey;
  readonly ec: TestKey;
  readonly ed: TestKey;
  readonly clock: { now: number };
  readonly authenticator: Authenticator;
  /** Every URL that the gateway asked for. */
  readonly asked: string[];
  /** Another authenticator on the same clock and issuer: its caches are empty. */
  readonly configure: (settings: Readonly<Record<string, unknown>>) => Authenticator;
}

/** Puts an issuer where `fetch` finds it. */
export type Host = (make: (url: string) => TestIssuer) => Promise<{ issuer: TestIssuer; fetch: Fetch }>;

/** Made once: an RSA key takes longer than a test. */
let ourKeys: Promise<readonly [TestKey, TestKey, TestKey]> | undefined;

function makeOurKeys(): Promise<readonly [TestKey, TestKey, TestKey]> {
  return Promise.all([makeKey("RS256", "rsa-1"), makeKey("ES256", "ec-1"), makeKey("EdDSA", "ed-1")]);
}

export async function openWorld(host: Host): Promise<World> {
  const [rsa, ec, ed] = await (ourKeys ??= makeOurKeys());
  const { issuer, fetch } = await host((url) => new TestIssuer(url, [rsa, ec, ed]));
  const clock = { now: START_MS };
  const asked: string[] = [];
  const configure: World["configure"] = (settings) => {
    const text = JSON.stringify([{ issuer: issuer.url, audiences: [AUDIENCE], ...settings }]);
    const issuers = parseIssuers(text);
    if (!issuers.ok) throw new Error(issuers.error.problems.join("; "));
    return createAuthenticator({
      issuers: issuers.value,
      now: () => clock.now,
      fetch: (url, init) => {
        asked.push(url);
        return fetch(url, init);
      },
    });
  };
  return { issuer, rsa, ec, ed, clock, asked, configure, authenticator: configure({}) };
}

/** The error that a token meets; a token that gets in fails the test. */
export async function refused(authenticator: Authenticator, token: string): Promise<AuthError> {
  const checked = await authenticator.authenticate(token);
  if (checked.ok) expect.fail("the token got in");
  return checked.error;
}
