// The console's own keys, derived from SESSION_KEY (HKDF, RFC 5869), each for one purpose: to seal cookies, and to make the
// tokens of its forms. Kept per isolate; a changed SESSION_KEY ends all sign-ins.

export interface ConsoleKeys {
  /** 256 bits, for A256GCM. */
  readonly seal: Uint8Array;
  readonly forms: CryptoKey;
}

let kept: { readonly of: string; readonly keys: ConsoleKeys } | null = null;

export async function consoleKeys(sessionKey: string): Promise<ConsoleKeys> {
  if (kept?.of === sessionKey) return kept.keys;
  const secret = await crypto.subtle.importKey("raw", Uint8Array.fromHex(sessionKey), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const purpose = (info: string): SubtleCryptoHkdfParams => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: new TextEncoder().encode(`sluice console ${info}`),
  });
  const keys = {
    seal: new Uint8Array(await crypto.subtle.deriveBits(purpose("cookies"), secret, 256)),
    forms: await crypto.subtle.deriveKey(
      purpose("forms"),
      secret,
      { name: "HMAC", hash: "SHA-256", length: 256 },
      false,
      ["sign"],
    ),
  };
  kept = { of: sessionKey, keys };
  return keys;
}

interface SubtleCryptoHkdfParams {
  readonly name: "HKDF";
  readonly hash: "SHA-256";
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
}
