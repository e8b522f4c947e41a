// Keys that are derived of SESSION_KEY (HKDF, RFC 5869), each for one purpose: what is made with one is good for nothing else.

import { hexDecode, utf8Encode } from "#core/bytes";

/** HMAC-SHA-256, to sign and to verify. @throws where SESSION_KEY is not of hexadecimal digits */
export async function derivedKey(sessionKey: string, purpose: string): Promise<CryptoKey> {
  const secret = hexDecode(sessionKey);
  if (secret === null) throw new Error("SESSION_KEY has to be hexadecimal digits");
  const from = await crypto.subtle.importKey("raw", secret.slice(), "HKDF", false, ["deriveKey"]);
  const info = utf8Encode(purpose).slice();
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    from,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
  );
}
