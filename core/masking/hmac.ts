// HMAC-SHA-256 (RFC 2104), synchronous: rows are masked while they stream by. Pure. For tokens of masked values; nothing else
// in the gateway may lean on it.

import { sha256, sha256After, sha256From } from "#core/bytes";
import type { KeyedHash } from "./values/codec.ts";

const BLOCK_BYTES = 64;

/** The key's two blocks are hashed once; a short value costs two blocks more. */
export function hmacSha256(key: Uint8Array): KeyedHash {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const inner = sha256After(block.map((byte) => byte ^ 0x36));
  const outer = sha256After(block.map((byte) => byte ^ 0x5c));
  return (bytes) => sha256From(outer, sha256From(inner, bytes, BLOCK_BYTES), BLOCK_BYTES);
}
