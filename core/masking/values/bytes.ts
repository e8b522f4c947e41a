// Types that are a row of bytes: bytea, uuid, macaddr, macaddr8; and bool.

import { hexDecode, hexEncode, utf8Decode, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Codec } from "./codec.ts";

export const byteaCodec: Codec<Uint8Array> = {
  decode: (bytes, format) => (format === 1 ? bytes : parseBytea(bytes)),
  // byteain takes both spellings, whatever bytea_output is.
  encode: (value, format) => (format === 1 ? value : utf8Encode(`\\x${hexEncode(value)}`)),
  neutral: new Uint8Array(0),
  canonical: (value) => `bytes:${hexEncode(value)}`,
  token: (random) => random,
};

/** uuid_out writes lower case with dashes; uuid_in is more lenient, and so is this. */
export const uuidCodec: Codec<Uint8Array> = {
  decode: (bytes, format) => (format === 1 ? exactly(bytes, 16) : parseHex(bytes, 16, /[-{}]/g)),
  encode: (value, format) => {
    if (format === 1) return value;
    return utf8Encode(hexEncode(value).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
  },
  neutral: new Uint8Array(16),
  canonical: (value) => `uuid:${hexEncode(value)}`,
  // Version 8, variant 10 (RFC 9562 §5.8): no database makes such a one, so it is known for a token.
  token: (random) =>
    Uint8Array.from(random.subarray(0, 16), (byte, at) =>
      at === 6 ? (byte & 0x0f) | 0x80 : at === 8 ? (byte & 0x3f) | 0x80 : byte,
    ),
};

export function macCodec(length: 6 | 8): Codec<Uint8Array> {
  return {
    decode: (bytes, format) => (format === 1 ? exactly(bytes, length) : parseHex(bytes, length, /[:.-]/g)),
    encode: (value, format) =>
      format === 1 ? value : utf8Encode(hexEncode(value).replaceAll(/\B(?=(?:..)+$)/g, ":")),
    neutral: new Uint8Array(length),
    canonical: (value) => `mac:${hexEncode(value)}`,
    // Locally administered, one station (IEEE 802): no hardware has it.
    token: (random) =>
      Uint8Array.from(random.subarray(0, length), (byte, at) => (at === 0 ? (byte & 0xfc) | 0x02 : byte)),
  };
}

export const boolCodec: Codec<boolean> = {
  decode: (bytes, format) => {
    if (format === 1) return bytes.length === 1 ? bytes[0] !== 0 : null;
    const text = bytes.length > 5 ? "" : utf8DecodeLossy(bytes);
    return text === "t" || text === "true" ? true : text === "f" || text === "false" ? false : null;
  },
  encode: (value, format) => (format === 1 ? Uint8Array.of(value ? 1 : 0) : utf8Encode(value ? "t" : "f")),
  neutral: false,
};

function exactly(bytes: Uint8Array, length: number): Uint8Array | null {
  return bytes.length === length ? bytes : null;
}

function parseHex(bytes: Uint8Array, length: number, separators: RegExp): Uint8Array | null {
  const value = hexDecode(bytes.length > 64 ? "-" : utf8DecodeLossy(bytes).replaceAll(separators, ""));
  return value === null ? null : exactly(value, length);
}

/** bytea_output hex or escape; in the latter a backslash is always doubled or followed by three octal digits. */
function parseBytea(bytes: Uint8Array): Uint8Array | null {
  if (bytes[0] === 0x5c && bytes[1] === 0x78) {
    const hex = utf8Decode(bytes.subarray(2));
    return hex === null ? null : hexDecode(hex);
  }
  const value = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === 0x5c) {
      if (bytes[at + 1] === 0x5c) at++;
      else {
        const octal = utf8DecodeLossy(bytes.subarray(at + 1, at + 4));
        if (!/^[0-3][0-7]{2}$/.test(octal)) return null;
        byte = Number.parseInt(octal, 8);
        at += 3;
      }
    }
    value[length++] = byte;
  }
  return value.subarray(0, length);
}
