// What is derived of the session key. The name of a session's object: a MAC over its 64-bit cancel key. Whoever holds the key finds the object without a
// table, and whoever reads the name (it is the session's id in the API) learns nothing of the key.

import { hexEncode, utf8Encode } from "#core/bytes";
import { hmacSha256, type KeyedHash } from "#core/masking";

/** Process id (4 bytes) and the first 4 bytes of the secret key, as BackendKeyData carries them. */
export const CANCEL_KEY_BYTES = 8;

/** 128 bits: two sessions never meet, and an id stays short enough to read out. */
const NAME_BYTES = 16;

/** Protocol 3.2 takes longer keys: 4 bytes of the cancel key and 28 that only the MAC's holder can make. */
export const LONG_SECRET_BYTES = 32;

async function mac(sessionKey: string, purpose: string, cancelKey: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(sessionKey),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const message = new Uint8Array([...new TextEncoder().encode(`${purpose}\0`), ...cancelKey]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

/** 32 hexadecimal digits. */
export async function sessionName(sessionKey: string, cancelKey: Uint8Array): Promise<string> {
  return hexEncode((await mac(sessionKey, "session name", cancelKey)).subarray(0, NAME_BYTES));
}

/** 8 hexadecimal digits that tell what one gateway made in a database from what another made. */
export async function gatewayName(sessionKey: string): Promise<string> {
  return hexEncode((await mac(sessionKey, "gateway name", new Uint8Array(0))).subarray(0, 4));
}

/** The secret key for BackendKeyData: 4 bytes in protocol 3.0, 32 in 3.2. */
export async function secretKey(
  sessionKey: string,
  cancelKey: Uint8Array,
  protocol: "3.0" | "3.2",
): Promise<Uint8Array> {
  const short = cancelKey.subarray(4, CANCEL_KEY_BYTES);
  if (protocol === "3.0") return short;
  const rest = (await mac(sessionKey, "cancel key 3.2", cancelKey)).subarray(0, LONG_SECRET_BYTES - 4);
  return new Uint8Array([...short, ...rest]);
}

/** The same value has the same token within a target, and another in each target; who holds no key cannot try values. */
export function maskKey(sessionKey: string, target: string): KeyedHash {
  return hmacSha256(hmacSha256(utf8Encode(sessionKey))(utf8Encode(`mask key\0${target}`)));
}
