// The enemy's script: tokens that must not get in, and how each is refused. Run against the pipeline in Node and workerd,
// and searched for in everything that comes out.

import { base64url, SignJWT, UnsecuredJWT } from "jose";
import type { AuthError } from "../../../worker/auth/index.ts";
import { makeKey } from "./issuer.ts";
import type { World } from "./world.ts";

export interface Attack {
  readonly name: string;
  readonly tag: AuthError["tag"];
  /** What the message must say, so that one cause is told from another. */
  readonly says: RegExp;
  readonly token: (world: World) => Promise<string> | string;
}

const HOUR_S = 3600;
const seconds = (world: World): number => world.clock.now / 1000;
const encode = (value: unknown): string => base64url.encode(JSON.stringify(value));

async function hmac(world: World, secret: string): Promise<string> {
  return new SignJWT(world.issuer.claims())
    .setProtectedHeader({ alg: "HS256", kid: world.rsa.kid, typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

export const ATTACKS: readonly Attack[] = [
  { name: "no token", tag: "missing", says: /no token/, token: () => "" },
  {
    name: "garbage",
    tag: "malformed",
    says: /not a JSON Web Token/,
    token: () => "hunter2-hunter2-hunter2-hunter2",
  },
  {
    name: "garbage with dots",
    tag: "malformed",
    says: /not a JSON Web Token/,
    token: () => "%%%%%%%%%%.&&&&&&&&&&.!!!!!!!!!!",
  },
  {
    name: "a header that is no object",
    tag: "malformed",
    says: /not a JSON Web Token/,
    token: () => `${encode([1])}.${encode({})}.AAAA`,
  },
  {
    name: "claims that are no object",
    tag: "malformed",
    says: /claims/,
    token: () => `${encode({ alg: "RS256" })}.${encode("claims")}.AAAA`,
  },
  {
    name: "an encrypted token",
    tag: "malformed",
    says: /encrypted/,
    token: () => `${encode({ alg: "dir" })}..AAAA.AAAA.AAAA`,
  },
  {
    name: "a token of 16 KiB and one byte",
    tag: "malformed",
    says: /too large/,
    token: () => "a".repeat(16 * 1024 + 1),
  },
  {
    name: "a well signed token that is too large",
    tag: "malformed",
    says: /too large/,
    token: (w) => w.issuer.sign(w.ec, { padding: "x".repeat(16 * 1024) }),
  },
  {
    name: "alg none",
    tag: "unsupported_algorithm",
    says: /none/,
    token: (w) => new UnsecuredJWT(w.issuer.claims()).encode(),
  },
  {
    name: "alg NoNe, with the signature of a good token",
    tag: "unsupported_algorithm",
    says: /algorithm/,
    token: async (w) => {
      const [, claims, signature] = (await w.issuer.sign(w.rsa)).split(".");
      return `${encode({ alg: "NoNe", kid: w.rsa.kid })}.${claims}.${signature}`;
    },
  },
  {
    name: "no alg at all",
    tag: "unsupported_algorithm",
    says: /algorithm/,
    token: (w) => `${encode({ typ: "JWT" })}.${encode(w.issuer.claims())}.AAAA`,
  },
  {
    name: "HS256 with the public key's PEM for a secret",
    tag: "unsupported_algorithm",
    says: /HS256/,
    token: (w) => hmac(w, w.rsa.pem),
  },
  {
    name: "HS256 with the public key's PEM, trimmed",
    tag: "unsupported_algorithm",
    says: /HS256/,
    token: (w) => hmac(w, w.rsa.pem.trim()),
  },
  {
    name: "HS256 with the public JWK for a secret",
    tag: "unsupported_algorithm",
    says: /HS256/,
    token: (w) => hmac(w, JSON.stringify(w.rsa.jwk)),
  },
  {
    name: "HS256 with the modulus for a secret",
    tag: "unsupported_algorithm",
    says: /HS256/,
    token: (w) => hmac(w, w.rsa.jwk.n ?? ""),
  },
  {
    name: "an expired token",
    tag: "expired",
    says: /expired at 2026-11-23T11:59:00Z/,
    token: (w) => w.issuer.sign(w.rsa, { iat: seconds(w) - HOUR_S, exp: seconds(w) - 60 }),
  },
  {
    name: "a token of tomorrow",
    tag: "not_yet_valid",
    says: /not valid before 2026-11-23T12:01:00Z \(its nbf\)/,
    token: (w) => w.issuer.sign(w.rsa, { nbf: seconds(w) + 60 }),
  },
  {
    name: "a token issued in the future",
    tag: "not_yet_valid",
    says: /its iat/,
    token: (w) => w.issuer.sign(w.rsa, { iat: seconds(w) + 60 }),
  },
  {
    name: "a foreign audience",
    tag: "wrong_audience",
    says: /another audience/,
    token: (w) => w.issuer.sign(w.rsa, { aud: "payroll" }),
  },
  {
    name: "several foreign audiences",
    tag: "wrong_audience",
    says: /another audience/,
    token: (w) => w.issuer.sign(w.rsa, { aud: ["payroll", "sluice-dev"] }),
  },
  {
    name: "an audience that only starts like ours",
    tag: "wrong_audience",
    says: /another audience/,
    token: (w) => w.issuer.sign(w.rsa, { aud: "sluice2" }),
  },
  {
    name: "no audience",
    tag: "wrong_audience",
    says: /another audience/,
    token: (w) => w.issuer.sign(w.rsa, { aud: undefined }),
  },
  {
    name: "an unknown issuer",
    tag: "unknown_issuer",
    says: /issuer is unknown/,
    token: (w) => w.issuer.sign(w.rsa, { iss: "https://canary-issuer.example" }),
  },
  {
    name: "our issuer with a slash too many",
    tag: "unknown_issuer",
    says: /issuer is unknown/,
    token: (w) => w.issuer.sign(w.rsa, { iss: `${w.issuer.url}/` }),
  },
  {
    name: "our issuer in capitals",
    tag: "unknown_issuer",
    says: /issuer is unknown/,
    token: (w) => w.issuer.sign(w.rsa, { iss: w.issuer.url.toUpperCase() }),
  },
  {
    name: "issuers in a list",
    tag: "malformed",
    says: /no issuer/,
    token: (w) => w.issuer.sign(w.rsa, { iss: [w.issuer.url] }),
  },
  {
    name: "no issuer",
    tag: "malformed",
    says: /no issuer/,
    token: (w) => w.issuer.sign(w.rsa, { iss: undefined }),
  },
  {
    name: "no expiry",
    tag: "malformed",
    says: /no time of expiry/,
    token: (w) => w.issuer.sign(w.rsa, { exp: undefined }),
  },
  {
    name: "an expiry beyond all calendars",
    tag: "malformed",
    says: /time/,
    token: (w) => w.issuer.sign(w.rsa, { exp: 1e300 }),
  },
  {
    name: "an expiry as text",
    tag: "malformed",
    says: /time/,
    token: (w) => w.issuer.sign(w.rsa, { exp: "2999-01-01" }),
  },
  {
    name: "no subject",
    tag: "malformed",
    says: /no subject/,
    token: (w) => w.issuer.sign(w.rsa, { sub: undefined }),
  },
  {
    name: "an empty subject",
    tag: "malformed",
    says: /no subject/,
    token: (w) => w.issuer.sign(w.rsa, { sub: "" }),
  },
  {
    name: "a subject that is a number",
    tag: "malformed",
    says: /no subject/,
    token: (w) => w.issuer.sign(w.rsa, { sub: 7 }),
  },
  {
    name: "a logout token",
    tag: "malformed",
    says: /type/,
    token: (w) => w.issuer.sign(w.rsa, {}, { typ: "logout+jwt" }),
  },
  {
    name: "a critical header that nobody knows",
    tag: "malformed",
    says: /extension/,
    token: async (w) => {
      const header = encode({ alg: "ES256", kid: w.ec.kid, crit: ["x-canary"], "x-canary": true });
      return `${header}.${encode(w.issuer.claims())}.${base64url.encode(new Uint8Array(64))}`;
    },
  },
  {
    name: "claims changed after signing",
    tag: "bad_signature",
    says: /signature is wrong/,
    token: async (w) => {
      const [header, , signature] = (await w.issuer.sign(w.rsa)).split(".");
      return `${header}.${encode({ ...w.issuer.claims(), roles: ["admin"] })}.${signature}`;
    },
  },
  {
    name: "an empty signature",
    tag: "bad_signature",
    says: /signature is wrong/,
    token: async (w) => `${(await w.issuer.sign(w.ec)).split(".").slice(0, 2).join(".")}.`,
  },
  {
    name: "an ECDSA signature of zeros",
    tag: "bad_signature",
    says: /signature is wrong/,
    token: async (w) =>
      `${(await w.issuer.sign(w.ec)).split(".").slice(0, 2).join(".")}.${base64url.encode(new Uint8Array(64))}`,
  },
  {
    name: "a stranger's key under the kid of ours",
    tag: "bad_signature",
    says: /signature is wrong/,
    token: async (w) => w.issuer.sign(await makeKey("ES256", w.ec.kid)),
  },
  {
    name: "a stranger's key with no kid",
    tag: "bad_signature",
    says: /signature is wrong/,
    token: async (w) =>
      w.issuer.sign(await makeKey("ES256", "gone"), {}, { kid: undefined as unknown as string }),
  },
  {
    name: "one of our keys under the kid of another",
    tag: "unknown_key",
    says: /does not publish/,
    token: (w) => w.issuer.sign(w.ec, {}, { kid: w.rsa.kid }),
  },
  {
    name: "an unknown kid",
    tag: "unknown_key",
    says: /does not publish/,
    token: async (w) => w.issuer.sign(await makeKey("RS256", "canary-kid")),
  },
  {
    name: "a kid that is a path",
    tag: "unknown_key",
    says: /does not publish/,
    token: async (w) => w.issuer.sign(await makeKey("RS256", "../../../../dev/null")),
  },
  {
    name: "the stranger's key embedded as jwk",
    tag: "bad_signature",
    says: /signature is wrong/,
    token: async (w) => {
      const key = await makeKey("ES256", w.ec.kid);
      return w.issuer.sign(
        key,
        {},
        { jwk: { kty: "EC", crv: "P-256", x: key.jwk.x ?? "", y: key.jwk.y ?? "" } },
      );
    },
  },
  {
    name: "the stranger's key pointed to by jku and x5u",
    tag: "unknown_key",
    says: /does not publish/,
    token: async (w) =>
      w.issuer.sign(
        await makeKey("ES256", "evil"),
        {},
        {
          jku: "https://evil.example/keys",
          x5u: "https://evil.example/cert.pem",
        },
      ),
  },
];
