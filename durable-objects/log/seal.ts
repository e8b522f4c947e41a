// A leaf that waits in D1, sealed: a MAC before its canonical JSON. D1 is what the log is to be held against, and whoever can write
// there must not make leaves of it: a deletion that never was lawful, a hold that nobody lifted.

import { hexDecode, hexEncode, utf8Encode } from "#core/bytes";
import { canonicalJson, type ChangeLeaf } from "#core/record";
import { derivedKey } from "../derived-key.ts";

const SEALED = /^([0-9a-f]{64}) (\{.*\})$/s;

export async function seal(sessionKey: string, leaf: ChangeLeaf): Promise<string> {
  const text = canonicalJson(leaf);
  const mac = await crypto.subtle.sign("HMAC", await sealKey(sessionKey), bytesOf(text));
  return `${hexEncode(new Uint8Array(mac))} ${text}`;
}

/** null: it was not sealed here, or is not what was. */
export async function unseal(sessionKey: string, sealed: string): Promise<ChangeLeaf | null> {
  const [, digits = "", text = ""] = SEALED.exec(sealed) ?? [];
  const mac = hexDecode(digits);
  if (mac === null || text === "") return null;
  const intact = await crypto.subtle.verify("HMAC", await sealKey(sessionKey), mac.slice(), bytesOf(text));
  return intact ? (JSON.parse(text) as ChangeLeaf) : null;
}

function sealKey(sessionKey: string): Promise<CryptoKey> {
  return derivedKey(sessionKey, "sluice log outbox");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encode(text).slice();
}
