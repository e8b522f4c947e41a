// What an issuer publishes: where its keys are (OpenID Connect Discovery 1.0 §4), and the keys (RFC 7517 §5).
// Reads and checks the two documents; issuer-keys.ts decides when.

import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import * as v from "valibot";
import { err, ok, type Result } from "../../core/result.ts";
import type { IssuerConfig } from "./config.ts";
import type { IssuerFault } from "./errors.ts";
import { fetchJson, type Fetch } from "./fetch-json.ts";
import { DISCOVERY_MAX_BYTES, KEYS_MAX_BYTES } from "./limits.ts";
import { mayPointTo } from "./urls.ts";

export type KeySet = ReturnType<typeof createLocalJWKSet>;

const Discovery = v.object({ issuer: v.string(), jwks_uri: v.optional(v.string()) });
const Keys = v.looseObject({ keys: v.array(v.looseObject({ kty: v.string() })) });

export async function discoverKeysUrl(fetch: Fetch, config: IssuerConfig): Promise<Result<URL, IssuerFault>> {
  if (config.jwks_uri !== undefined) return ok(new URL(config.jwks_uri));
  const issuer = new URL(config.issuer);
  const url = new URL(`${config.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const document = await fetchJson(fetch, url, DISCOVERY_MAX_BYTES);
  if (!document.ok) return document;
  const parsed = v.safeParse(Discovery, document.value);
  // §4.3: must be the issuer that was asked for, or one issuer could speak for another.
  if (!parsed.success || parsed.output.issuer !== config.issuer) return err({ kind: "issuer_mismatch" });
  const text = parsed.output.jwks_uri;
  if (text === undefined || !URL.canParse(text)) return err({ kind: "no_jwks_uri" });
  const keys = new URL(text);
  return mayPointTo(issuer, keys) ? ok(keys) : err({ kind: "insecure_jwks_uri" });
}

export async function fetchKeys(fetch: Fetch, url: URL): Promise<Result<KeySet, IssuerFault>> {
  const document = await fetchJson(fetch, url, KEYS_MAX_BYTES);
  if (!document.ok) return document;
  const parsed = v.safeParse(Keys, document.value);
  if (!parsed.success) return err({ kind: "not_a_key_set" });
  const set: JSONWebKeySet = parsed.output;
  try {
    return ok(createLocalJWKSet(set));
  } catch {
    return err({ kind: "not_a_key_set" });
  }
}
