// What a cookie holds: JSON as an encrypted JWT (A256GCM, RFC 7516), so that a browser keeps what it can neither read nor
// change. Each purpose has a name of its own in it, so that one cookie is not taken for another.

import { EncryptJWT, jwtDecrypt, type JWTPayload } from "jose";

export type Purpose = "session" | "sign-in";

export async function seal(
  key: Uint8Array,
  purpose: Purpose,
  payload: JWTPayload,
  expiresAtMs: number,
): Promise<string> {
  return new EncryptJWT(payload)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .setAudience(purpose)
    .setExpirationTime(Math.floor(expiresAtMs / 1000))
    .encrypt(key);
}

/** null: not ours, changed, for something else, or too old. */
export async function unseal(key: Uint8Array, purpose: Purpose, text: string): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtDecrypt(text, key, {
      audience: purpose,
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      requiredClaims: ["exp"],
    });
    return payload;
  } catch {
    return null;
  }
}
