// A link that lets one approver decide on one approval or grant, once and soon: what stands in it, and whether it is one of ours. It is made
// when the webhook that carries it is sent, and goes nowhere else: no agent, record or answer of the API has it.

import type { Identity } from "#core/approvals";
import { hexDecode, hexEncode, utf8Encode } from "#core/bytes";
import { derivedKey } from "../derived-key.ts";

/** A capability in somebody's inbox; who comes later signs in. */
export const LINK_MS = 15 * 60_000;
const NONCE_BYTES = 16;

export interface LinkClaims {
  /** The approval's or the grant's. */
  readonly id: string;
  readonly approver: Identity & { readonly name: string };
  /** Milliseconds since the epoch, whole seconds. */
  readonly expiresAt: number;
  /** Hexadecimal digits; what is used once. */
  readonly nonce: string;
}

export type UnverifiedLink = { readonly name: string; readonly expiresAt: number; readonly nonce: string };

/** Of SESSION_KEY, for this purpose alone. */
export function linkKey(sessionKey: string): Promise<CryptoKey> {
  return derivedKey(sessionKey, "sluice approval links");
}

export function newNonce(): string {
  return hexEncode(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

export async function linkToken(key: CryptoKey, claims: LinkClaims): Promise<string> {
  const mac = hexEncode(new Uint8Array(await crypto.subtle.sign("HMAC", key, signedText(claims))));
  return `${claims.approver.name}.${claims.expiresAt / 1_000}.${claims.nonce}.${mac}`;
}

const TOKEN = /^([A-Za-z0-9_-]{1,63})\.(\d{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})$/;

/** What a token says of itself, which nobody has to believe; null where it is none. */
export function readLinkToken(token: string): UnverifiedLink | null {
  const [, name, seconds, nonce] = TOKEN.exec(token) ?? [];
  if (name === undefined || seconds === undefined || nonce === undefined) return null;
  return { name, expiresAt: Number(seconds) * 1_000, nonce };
}

/** In time that does not depend on how much of it is right. The clock is the caller's to ask. */
export async function isLinkToken(key: CryptoKey, token: string, claims: LinkClaims): Promise<boolean> {
  const mac = hexDecode(TOKEN.exec(token)?.[4] ?? "");
  return mac !== null && crypto.subtle.verify("HMAC", key, mac.slice(), signedText(claims));
}

/** Distinct claims give distinct texts. A name that is registered to somebody else meanwhile makes another text. */
function signedText({ id, approver, expiresAt, nonce }: LinkClaims): Uint8Array<ArrayBuffer> {
  const { name, issuer, subject } = approver;
  const text = JSON.stringify(["sluice.link.1", id, name, issuer, subject, expiresAt, nonce]);
  return utf8Encode(text).slice();
}
