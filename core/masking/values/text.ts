// The text family, where both formats are the same bytes: text, varchar, char(n), name, "char", citext, refcursor; and what
// is kept as text but not cut into characters: xml. What is not UTF-8 has no characters, and is only ever replaced.

import { hexEncode, textDecode, textEncode, utf8Encode } from "#core/bytes";
import { REDACTED } from "#core/policy";
import type { Codec, KeyedHash } from "./codec.ts";

export interface TextKind {
  /** The most characters that the type holds, null for any. */
  readonly most: number | null;
  /** char(n): blanks at the end mean nothing (bpchareq). */
  readonly padded?: boolean;
  /** Not made of characters: the parts of an XML document may not be one. */
  readonly opaque?: boolean;
}

/** Bytes of a hash that are shown: 128 bits. */
export const TOKEN_BYTES = 16;
/** A shorter token says too much of the few values that share it. */
const MIN_TOKEN_CHARACTERS = 8;

export function textCodec({ most, padded, opaque }: TextKind): Codec<string> {
  const fit = (text: string): string =>
    most === null || text.length <= most ? text : Array.from(text).slice(0, most).join("");
  return {
    decode: (bytes) => textDecode(bytes),
    encode: (value) => (value.includes("\0") ? null : textEncode(fit(value))),
    neutral: REDACTED,
    plain: most === null && padded !== true && opaque !== true,
    canonical: (value) => `text:${padded === true ? trimBlanks(value) : value}`,
    token: (random) =>
      most !== null && most < MIN_TOKEN_CHARACTERS ? null : hexEncode(random.subarray(0, TOKEN_BYTES)),
    ...(opaque === true
      ? {}
      : { characters: (value, change) => change(padded === true ? trimBlanks(value) : value) }),
  };
}

const PREFIX = utf8Encode("text:");

/** The same as `hash` by the codec, for text of any length: textDecode and textEncode give the bytes back. */
export function hashText(bytes: Uint8Array, keyed: KeyedHash): Uint8Array {
  const canonical = new Uint8Array(PREFIX.length + bytes.length);
  canonical.set(PREFIX);
  canonical.set(bytes, PREFIX.length);
  const random = keyed(canonical);
  const token = new Uint8Array(2 * TOKEN_BYTES);
  for (let at = 0; at < TOKEN_BYTES; at++) {
    token[2 * at] = hexDigit((random[at] ?? 0) >>> 4);
    token[2 * at + 1] = hexDigit((random[at] ?? 0) & 0xf);
  }
  return token;
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(0, end);
}
