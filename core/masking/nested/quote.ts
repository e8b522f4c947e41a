// How array_out and record_out set a value inside of another: bare where that reads back, else between double quotes.

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;

/** `special`: characters of ASCII that need quotes. `escape`: what goes before a quote, a backslash always before itself. */
export function quoted(
  value: Uint8Array,
  special: string,
  escape: typeof QUOTE | typeof BACKSLASH,
  force: boolean,
): Uint8Array {
  const bare = !force && value.length > 0;
  if (bare && !value.some((byte) => isBlank(byte) || special.includes(ascii(byte)))) return value;
  const out = new Uint8Array(2 * value.length + 2);
  let length = 0;
  out[length++] = QUOTE;
  for (const byte of value) {
    if (byte === BACKSLASH) out[length++] = BACKSLASH;
    else if (byte === QUOTE) out[length++] = escape;
    out[length++] = byte;
  }
  out[length++] = QUOTE;
  return out.subarray(0, length);
}

function ascii(byte: number): string {
  return String.fromCharCode(byte);
}

/** scanner_isspace and \v: PostgreSQL's array_isspace. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
