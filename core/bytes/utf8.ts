// UTF-8 to string and back. Pure. Strict by default: what is not UTF-8 is null, and the caller decides.
// TextEncoder and TextDecoder are pure and exist in every runtime that matters (WHATWG Encoding), but core/ compiles
// without ambient types, so the little that is used of them is declared here and nowhere else.

declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF in the string. Without it three bytes would vanish, and the text would not be exact.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Up to here a loop over ASCII is cheaper than a call into the decoder; most names, tags and values are this short. */
const SHORT_BYTES = 16;

/** A lone surrogate becomes U+FFFD, as TextEncoder has it. */
export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** null when `bytes` is not UTF-8. */
export function utf8Decode(bytes: Uint8Array): string | null {
  const ascii = shortAscii(bytes);
  if (ascii !== null) return ascii;
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** For people to read: what is not UTF-8 becomes U+FFFD, and does not come back by encoding. */
export function utf8DecodeLossy(bytes: Uint8Array): string {
  return shortAscii(bytes) ?? lossy.decode(bytes);
}

function shortAscii(bytes: Uint8Array): string | null {
  if (bytes.length > SHORT_BYTES) return null;
  let text = "";
  for (const byte of bytes) {
    if (byte > 0x7f) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}
