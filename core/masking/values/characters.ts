// Masks that keep some characters of a text. Characters are code points. What is left out is always three stars, so that
// its length is not told. A text with bytes that are not UTF-8 shows nothing.

import { REDACTED } from "../mask.ts";

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
