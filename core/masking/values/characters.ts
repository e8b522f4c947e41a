// Masks that keep some characters of a text. Characters are code points. What is left out is always three stars, so that
// its length is not told. A text with bytes that are not UTF-8 shows nothing.

import { REDACTED } from "#core/policy";

const LONE_SURROGATE = /\p{Surrogate}/u;
/** Deliberately loose: one @ with something on both sides, nothing that cannot be in an address. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;

/** The first and last characters, if the text has more than those. */
export function keepEnds(text: string, first: number, last: number): string {
  const kept = Math.max(0, Math.trunc(first)) + Math.max(0, Math.trunc(last));
  // A text has at most as many characters as code units: no need to count the long ones.
  if (LONE_SURROGATE.test(text) || text.length <= kept) return REDACTED;
  const characters = Array.from(text);
  if (!(characters.length > kept)) return REDACTED;
  const head = characters.slice(0, Math.max(0, Math.trunc(first))).join("");
  const tail = last >= 1 ? characters.slice(-Math.trunc(last)).join("") : "";
  return head + REDACTED + tail;
}

/** `a***@***.com`, or with `domain` `a***@example.com`. */
export function hideEmail(text: string, domain: boolean): string {
  if (!ADDRESS.test(text) || LONE_SURROGATE.test(text)) return REDACTED;
  const at = text.indexOf("@");
  const [first = ""] = text;
  const host = text.slice(at + 1);
  // A name of one letter would be shown whole.
  const name = Array.from(text.slice(0, at)).length > 1 ? first : "";
  return `${name}${REDACTED}@${domain ? host : hiddenHost(host)}`;
}

/** The last label alone, where it is a top-level domain by its looks. */
function hiddenHost(host: string): string {
  const top = /\.([a-z]{2,6})$/i.exec(host)?.[1];
  return top === undefined ? REDACTED : `${REDACTED}.${top}`;
}

const AT = 0x40;
const DOT = 0x2e;
const STAR = 0x2a;

/** The same as keepEnds for text of ASCII, without a string; null for other text. */
export function keepEndsAscii(bytes: Uint8Array, first: number, last: number): Uint8Array | null {
  const head = Math.trunc(first);
  const tail = Math.trunc(last);
  if (!(head >= 0 && tail >= 0 && bytes.length > head + tail) || !isPlain(bytes)) return null;
  const shown = new Uint8Array(head + 3 + tail).fill(STAR, head, head + 3);
  for (let at = 0; at < head; at++) shown[at] = bytes[at] ?? 0;
  for (let at = 0; at < tail; at++) shown[head + 3 + at] = bytes[bytes.length - tail + at] ?? 0;
  return shown;
}

/** The same as hideEmail for addresses of ASCII whose host ends in a top-level domain; null for other text. */
export function hideEmailAscii(bytes: Uint8Array, domain: boolean): Uint8Array | null {
  const at = bytes.indexOf(AT);
  if (at < 1 || at === bytes.length - 1 || bytes.indexOf(AT, at + 1) >= 0 || !isPlain(bytes)) return null;
  const dot = bytes.lastIndexOf(DOT);
  const letters = bytes.length - dot - 1;
  if (dot < at || letters < 2 || letters > 6) return null;
  for (let i = dot + 1; i < bytes.length; i++) {
    const lower = (bytes[i] ?? 0) | 0x20;
    if (lower < 0x61 || lower > 0x7a) return null;
  }
  const host = domain ? at + 1 : dot;
  const head = at > 1 ? 1 : 0;
  const shown = new Uint8Array(head + 4 + (domain ? 0 : 3) + bytes.length - host).fill(STAR);
  if (head === 1) shown[0] = bytes[0] ?? 0;
  shown[head + 3] = AT;
  for (let i = host; i < bytes.length; i++) shown[shown.length - bytes.length + i] = bytes[i] ?? 0;
  return shown;
}

/** Of ASCII, without blanks and control characters. */
function isPlain(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte <= 0x20 || byte >= 0x7f) return false;
  }
  return true;
}
