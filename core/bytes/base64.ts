// Base64 with the standard alphabet and padding (RFC 4648 §4) to bytes and back. Pure.

import { utf8DecodeLossy } from "./utf8.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 0x3d;
const INVALID = 0xff;

const DIGIT = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const VALUE = new Uint8Array(256).fill(INVALID);
DIGIT.forEach((digit, value) => {
  VALUE[digit] = value;
});

export function base64Encode(bytes: Uint8Array): string {
  const text = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  let to = 0;
  for (let from = 0; from < bytes.length; from += 3) {
    const left = bytes.length - from;
    const group = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    text[to++] = DIGIT[group >>> 18] ?? PAD;
    text[to++] = DIGIT[(group >>> 12) & 63] ?? PAD;
    text[to++] = left > 1 ? (DIGIT[(group >>> 6) & 63] ?? PAD) : PAD;
    text[to++] = left > 2 ? (DIGIT[group & 63] ?? PAD) : PAD;
  }
  return utf8DecodeLossy(text);
}

/** null unless `text` is canonical: whole groups, padded, and no stray bits in the last digit (RFC 4648 §3.5). */
export function base64Decode(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let to = 0;
  for (let from = 0; from < digits; from++) {
    const code = text.charCodeAt(from);
    const value = code < 256 ? (VALUE[code] ?? INVALID) : INVALID;
    if (value === INVALID) return null;
    bits = ((bits << 6) | value) & 0xffffff;
    // The second, third and fourth digit of a group each complete a byte; 4, 2 and 0 bits are left over.
    const place = from % 4;
    if (place > 0) bytes[to++] = bits >>> (6 - 2 * place);
  }
  const stray = padding === 2 ? 0xf : padding === 1 ? 0x3 : 0;
  return (bits & stray) === 0 ? bytes : null;
}
