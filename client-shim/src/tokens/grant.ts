// A token and when it ends. Reads `exp` without checking anything: checking is the gateway's, this is only to renew in time.

import { tokenRefusal } from "../refusal.ts";

export interface Grant {
  readonly token: string;
  /** Milliseconds since 1970, or null where the token does not say. */
  readonly expiresAt: number | null;
}

/** Node's HTTP servers take 16 KiB of headers altogether. */
const TOKEN_CHARS = 12 * 1024;
/** RFC 6750 §2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** `origin` says where the text came from, for the error. Surrounding white space is dropped. */
export function grantOf(text: string, origin: string): Grant {
  const token = text.trim();
  if (token === "") throw tokenRefusal(`${origin} is empty`, "Put the token there, and nothing else.");
  if (token.length > TOKEN_CHARS || !BEARER_TOKEN.test(token)) {
    throw tokenRefusal(
      `${origin} does not hold a bearer token`,
      "It has to be the token alone: no quotes, no JSON, no `Bearer`.",
    );
  }
  return { token, expiresAt: expiryOf(token) };
}

/** RFC 7519 §4.1.4; null for a token that is not a JWT or has none. */
export function expiryOf(token: string): number | null {
  const payload = token.split(".")[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null || !("exp" in claims)) return null;
    return typeof claims.exp === "number" && Number.isFinite(claims.exp) ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}
