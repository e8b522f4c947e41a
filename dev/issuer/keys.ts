// The issuer's signing key: made once, kept in the state directory (0600), so that tokens outlive a restart of the stack.

import { existsSync } from "node:fs";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { readJson, writePrivate, type State } from "../state.ts";

/** What `alg` every token of the local issuer has. */
export const SIGNING_ALG = "RS256";

export interface IssuerKeys {
  /** Private key as JWK, with kid, alg and use. */
  readonly signing: JWK;
  /** Signs the cookies of the device and code flow's pages. */
  readonly cookie: string;
}

export function keysFile(state: Pick<State, "path">): string {
  return state.path("issuer-keys.json");
}

/** Reads the keys, and makes them where there are none. */
export async function loadKeys(state: State): Promise<IssuerKeys> {
  const file = keysFile(state);
  if (existsSync(file)) return readJson<IssuerKeys>(file);
  const { privateKey } = await generateKeyPair(SIGNING_ALG, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(privateKey);
  const signing = { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: SIGNING_ALG, use: "sig" };
  const keys: IssuerKeys = { signing, cookie: crypto.randomUUID() };
  writePrivate(file, keys);
  return keys;
}
