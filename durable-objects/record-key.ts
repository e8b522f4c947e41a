// The key that signs the record: 32 random bytes (the secret RECORD_KEY) as an Ed25519 key, and what the public sees of it.
// A secret in the wrong form is told without it.

import { base64Decode, base64Encode, hexDecode, utf8Encode } from "#core/bytes";
import { canonicalJson, type Head } from "#core/record";
import type { HeadSigner } from "./journal/signer.ts";
import { err, ok, type Result } from "../core/result.ts";

/** A public key as `/.well-known/sluice/keys` shows it (RFC 8037). */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly alg: "EdDSA";
  readonly use: "sig";
  readonly kid: string;
  /** base64url of the 32 bytes. */
  readonly x: string;
}

export interface RecordKey {
  readonly public: PublicKey;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

const SEED_BYTES = 32;
/** PrivateKeyInfo of Ed25519 up to the seed (RFC 8410 §7). */
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

export async function readRecordKey(secret: string): Promise<Result<RecordKey, string>> {
  const seed = hexDecode(secret.trim());
  if (seed?.length !== SEED_BYTES) {
    return err("RECORD_KEY has to be 32 random bytes as hexadecimal digits: openssl rand -hex 32");
  }
  const pkcs8 = Uint8Array.of(...PKCS8, ...seed);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x = "" } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
  const kid = await thumbprint(x);
  return ok({
    public: { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid, x },
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes as Uint8Array<ArrayBuffer>)),
  });
}

export function headSigner(key: RecordKey): HeadSigner {
  return async (said) => {
    const head: Head = { type: "sluice.head/1", kid: key.public.kid, ...said };
    return { head, signature: base64Url(await key.sign(utf8Encode(canonicalJson(head)))) };
  };
}

/** Its 32 bytes. */
export function rawKey({ x }: PublicKey): Uint8Array {
  return base64Decode(`${x.replaceAll("-", "+").replaceAll("_", "/")}=`) ?? new Uint8Array(0);
}

/** RFC 7638, with the members that RFC 8037 §2 names. */
async function thumbprint(x: string): Promise<string> {
  const members = utf8Encode(canonicalJson({ crv: "Ed25519", kty: "OKP", x }));
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", members as Uint8Array<ArrayBuffer>)));
}

export function base64Url(bytes: Uint8Array): string {
  return base64Encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
