// The two primitives that verifying needs, handed in: Web Cryptography in a Worker, Node's own in the command.

export interface VerifierCrypto {
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
  /** `x`: the public key as JWK has it, base64url. False also where it is no key. */
  verifyEd25519(x: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** Public keys by `kid`, as base64url: of the document at /.well-known/sluice/keys. */
export type Keys = ReadonlyMap<string, string>;

/** null where it is no such document. */
export function readKeys(document: unknown): Keys | null {
  const keys = memberOf(document, "keys");
  if (!Array.isArray(keys)) return null;
  const found = new Map<string, string>();
  for (const key of keys) {
    const [kid, x] = [memberOf(key, "kid"), memberOf(key, "x")];
    if (memberOf(key, "crv") === "Ed25519" && typeof kid === "string" && typeof x === "string")
      found.set(kid, x);
  }
  return found;
}

/** An own member of a JSON object; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Uint8Array | null {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard base64 with padding; null where it is anything else, unused bits included: one text for one value. */
export function fromBase64(text: unknown): Uint8Array | null {
  if (typeof text !== "string" || !BASE64.test(text)) return null;
  const binary = atob(text);
  if (btoa(binary) !== text) return null;
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function fromBase64Url(text: unknown): Uint8Array | null {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text)) return null;
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(padded.padEnd(Math.ceil(padded.length / 4) * 4, "="));
}
