// The check by jose holds on its own, even if the first look at the token (unverified.ts) let everything through.

import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, expect, test } from "vitest";
import { parseIssuers, type IssuerConfig } from "../../../worker/auth/index.ts";
import type { KeySet } from "../../../worker/auth/discovery.ts";
import { verify } from "../../../worker/auth/signature.ts";
import { makeKey, START_MS, TestIssuer, type TestKey } from "./issuer.ts";

let key: TestKey;
let issuer: TestIssuer;
let config: IssuerConfig;

beforeAll(async () => {
  key = await makeKey("ES256", "ec-1");
  issuer = new TestIssuer("https://issuer.example", [key]);
  const parsed = parseIssuers(
    JSON.stringify([{ issuer: issuer.url, audiences: ["sluice"], algorithms: ["RS256", "ES256"] }]),
  );
  const first = parsed.ok ? parsed.value[0] : undefined;
  if (first === undefined) expect.fail("the configuration is refused");
  config = first;
});

const keySet = (): KeySet => createLocalJWKSet({ keys: [key.jwk] });

test("another issuer's name is refused although the key fits", async () => {
  const token = await issuer.sign(key, { iss: "https://other.example" });
  expect(await verify(token, config, keySet(), START_MS)).toMatchObject({ ok: false });
});

test("an algorithm outside the issuer's list is refused although the key fits", async () => {
  const ed = await makeKey("EdDSA", "ed-1");
  const checked = await verify(
    await issuer.sign(ed),
    config,
    createLocalJWKSet({ keys: [ed.jwk] }),
    START_MS,
  );
  expect(checked).toMatchObject({ ok: false, error: { tag: "unsupported_algorithm" } });
});

test("a shared secret is refused although the key set would hand it out", async () => {
  const secret = new TextEncoder().encode(key.pem);
  const token = await new SignJWT(issuer.claims()).setProtectedHeader({ alg: "HS256" }).sign(secret);
  const obliging = (() => Promise.resolve(secret)) as unknown as KeySet;
  const checked = await verify(token, config, obliging, START_MS);
  expect(checked).toMatchObject({ ok: false, error: { tag: "unsupported_algorithm" } });
});

test.each([
  ["exp", "no_expiry"],
  ["sub", "no_subject"],
])("a token without %s is refused", async (claim, malformation) => {
  const token = await issuer.sign(key, { [claim]: undefined });
  const checked = await verify(token, config, keySet(), START_MS);
  expect(checked).toEqual({ ok: false, error: { tag: "malformed", malformation } });
});

test("a private key among an issuer's keys is not used", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: "leaked", alg: "ES256" };
  const token = await new SignJWT(issuer.claims())
    .setProtectedHeader({ alg: "ES256", kid: "leaked" })
    .sign(privateKey);
  const checked = await verify(token, config, createLocalJWKSet({ keys: [jwk] }), START_MS);
  expect(checked).toEqual({ ok: false, error: { tag: "unusable_key", issuer: issuer.url } });
});

test("of many keys without kid, sixteen are tried and no more", async () => {
  const token = await issuer.sign(key, {}, { kid: undefined as unknown as string });
  const strangers = await Promise.all(Array.from({ length: 16 }, (_, n) => makeKey("ES256", `s-${n}`)));
  const jwks = strangers.map((stranger) => stranger.jwk);
  const within = createLocalJWKSet({ keys: [...jwks.slice(1), key.jwk] });
  expect(await verify(token, config, within, START_MS)).toMatchObject({ ok: true });
  const beyond = createLocalJWKSet({ keys: [...jwks, key.jwk] });
  expect(await verify(token, config, beyond, START_MS)).toMatchObject({ error: { tag: "bad_signature" } });
});
