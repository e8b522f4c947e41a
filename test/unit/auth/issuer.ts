// An issuer of tokens for tests: keys, signatures, and the two documents that it publishes, with every request counted.
// Knows no platform: Node serves `answer` over a real socket, workerd calls it in place of fetch.

import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from "jose";

export const AUDIENCE = "sluice";
/** 2026-11-23T12:00:00Z: the tests' clock starts here. */
export const START_MS = Date.UTC(2026, 10, 23, 12);

export interface TestKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly pem: string;
}

export async function makeKey(alg: string, kid: string): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  return { alg, kid, privateKey, jwk, pem: await exportSPKI(publicKey) };
}

export class TestIssuer {
  readonly url: string;
  keys: readonly TestKey[];
  /** Paths, in order of arrival. */
  readonly requests: string[] = [];
  /** Put in place of an answer by path, for faults. */
  readonly faults = new Map<string, () => Response>();

  constructor(url: string, keys: readonly TestKey[]) {
    this.url = url;
    this.keys = keys;
  }

  answer(path: string): Response {
    this.requests.push(path);
    const fault = this.faults.get(path);
    if (fault !== undefined) return fault();
    if (path === DISCOVERY) return Response.json({ issuer: this.url, jwks_uri: `${this.url}/keys` });
    if (path === KEYS) return Response.json({ keys: this.keys.map((key) => key.jwk) });
    return new Response("not here", { status: 404 });
  }

  count(path: string): number {
    return this.requests.filter((one) => one === path).length;
  }

  claims(): JWTPayload {
    const seconds = START_MS / 1000;
    return {
      iss: this.url,
      sub: "bot-1",
      aud: AUDIENCE,
      iat: seconds,
      exp: seconds + 3600,
      roles: ["agent"],
      groups: ["night-shift"],
    };
  }

  /** A good token, unless `claims` or `header` spoil it; undefined takes a claim away. */
  async sign(
    key: TestKey,
    claims: Readonly<Record<string, unknown>> = {},
    header: Partial<JWTHeaderParameters> = {},
  ): Promise<string> {
    const protectedHeader = { alg: key.alg, kid: key.kid, typ: "JWT", ...header };
    return new SignJWT({ ...this.claims(), ...claims })
      .setProtectedHeader(protectedHeader)
      .sign(key.privateKey);
  }
}

export const DISCOVERY = "/.well-known/openid-configuration";
export const KEYS = "/keys";
