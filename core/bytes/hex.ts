// Hexadecimal to bytes and back. Pure.

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const HEX = /^(?:[0-9a-f]{2})*$/i;

/** Lower case. */
export function hexEncode(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte] ?? "";
  return text;
}

/** null unless `text` is whole pairs of hexadecimal digits, of either case. */
export function hexDecode(text: string): Uint8Array | null {
  if (!HEX.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
