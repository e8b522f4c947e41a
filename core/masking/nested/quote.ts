// How array_out and record_out set a value inside of another: bare where that reads back, else between double quotes.

import type { ByteWriter } from "#core/bytes";

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;

/** `special`: characters of ASCII that need quotes. `escape`: what goes before a quote, a backslash always before itself. */
export function quoteWith(
  writer: ByteWriter,
  value: Uint8Array,
  special: string,
  escape: typeof QUOTE | typeof BACKSLASH,
  force: boolean,
): void {
  if (!force && value.length > 0 && !value.some((byte) => isBlank(byte) || special.includes(ascii(byte)))) {
    writer.bytes(value);
    return;
  }
  writer.u8(QUOTE);
  for (const byte of value) {
    if (byte === BACKSLASH) writer.u8(BACKSLASH);
    else if (byte === QUOTE) writer.u8(escape);
    writer.u8(byte);
  }
  writer.u8(QUOTE);
}

function ascii(byte: number): string {
  return String.fromCharCode(byte);
}

/** scanner_isspace and \v: PostgreSQL's array_isspace. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
