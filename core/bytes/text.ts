// Text that is nearly always UTF-8, as a string that always gives its bytes back: each byte that is not part of a
// well-formed sequence stands as the lone surrogate U+DC00 + byte (Python's "surrogateescape", PEP 383). Pure.
// PostgreSQL's names and messages are bytes in an encoding the wire does not name (a SQL_ASCII database sends what it was
// given), yet they have to work as keys of a Map. Distinct bytes give distinct strings, and ordinary text reads as itself.

import { concat } from "./concat.ts";
import { utf8Decode, utf8Encode } from "./utf8.ts";

const ESCAPE = 0xdc00;
const LONE_SURROGATE = /\p{Surrogate}/u;

export function textDecode(bytes: Uint8Array): string {
  return utf8Decode(bytes) ?? decodeEscaping(bytes);
}

/** The inverse of {@link textDecode} for each of its results. Other lone surrogates become U+FFFD. */
export function textEncode(text: string): Uint8Array {
  return LONE_SURROGATE.test(text) ? encodeEscaped(text) : utf8Encode(text);
}

function decodeEscaping(bytes: Uint8Array): string {
  const parts: string[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    const sequence = length === 0 ? null : utf8Decode(bytes.subarray(offset, offset + length));
    parts.push(sequence ?? String.fromCharCode(ESCAPE + (bytes[offset] ?? 0)));
    offset += sequence === null ? 1 : length;
  }
  return parts.join("");
}

/** What the lead byte promises (RFC 3629 §3), 0 where it is none or promises more than there is. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  return offset + length <= bytes.length ? length : 0;
}

function encodeEscaped(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let start = 0;
  let offset = 0;
  for (const character of text) {
    const code = character.charCodeAt(0);
    // A string's iterator gives pairs as one character of length 2: what has length 1 and is in range stands alone.
    if (character.length === 1 && code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) {
      parts.push(utf8Encode(text.slice(start, offset)), Uint8Array.of(code - ESCAPE));
      start = offset + 1;
    }
    offset += character.length;
  }
  parts.push(utf8Encode(text.slice(start)));
  return concat(parts);
}
