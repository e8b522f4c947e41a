// Detectors of what is made of words: e-mail addresses, tokens and keys of known shapes.

import { isDigit, isInWord, isUpper, isWord, runEnd, startsWith, type Span } from "./span.ts";

const DOT = 0x2e;
const DASH = 0x2d;

/** RFC 5321 §4.5.3.1: 64 bytes before the @, 255 behind. */
const LOCAL_BYTES = 64;
const DOMAIN_BYTES = 255;
/** Of RFC 5322's atext those that are met: quotes and braces around an address are not part of it. */
const LOCAL_MARKS = new Set(Array.from(".!#$%&*+/=?^_~-", (mark) => mark.charCodeAt(0)));

/** `at`: the @. */
export function emailAddress(bytes: Uint8Array, at: number, from: number): Span | null {
  let start = at;
  const least = Math.max(from, at - LOCAL_BYTES);
  while (start > least && isLocal(bytes[start - 1])) start--;
  let end = runEnd(bytes, at + 1, DOMAIN_BYTES, isDomain);
  while (end > at + 1 && !isInDomain(bytes[end - 1])) end--;
  const dot = bytes.subarray(at + 1, end).indexOf(DOT);
  // Something of letters behind the last dot: 1.2@3.4 is none.
  const top = bytes.subarray(at + 1, end).lastIndexOf(DOT) + at + 2;
  return start < at && dot > 0 && end - top >= 2 && !isDigit(bytes[top]) ? { start, end } : null;
}

function isLocal(byte: number | undefined): boolean {
  return isWord(byte) || (byte !== undefined && (byte >= 0x80 || LOCAL_MARKS.has(byte)));
}

function isInDomain(byte: number | undefined): boolean {
  return isWord(byte) || (byte !== undefined && byte >= 0x80);
}

function isDomain(byte: number | undefined): boolean {
  return isInDomain(byte) || byte === DOT || byte === DASH;
}

function isBase64Url(byte: number | undefined): boolean {
  return isWord(byte) || byte === DASH || byte === 0x5f;
}

/** RFC 7519: three base64url parts; the first two are JSON objects, and `{"` encodes as `eyJ`. */
export function jsonWebToken(bytes: Uint8Array, at: number, from: number): Span | null {
  if (!startsWith(bytes, at, "eyJ") || (at > from && isBase64Url(bytes[at - 1]))) return null;
  const header = runEnd(bytes, at, bytes.length, isBase64Url);
  if (bytes[header] !== DOT || !startsWith(bytes, header + 1, "eyJ")) return null;
  const payload = runEnd(bytes, header + 1, bytes.length, isBase64Url);
  // Without a signature (alg none) nothing follows the second dot.
  return bytes[payload] === DOT
    ? { start: at, end: runEnd(bytes, payload + 1, bytes.length, isBase64Url) }
    : null;
}

/** AWS's unique identifiers: four letters for the kind, sixteen letters and digits. */
const AWS_PREFIXES = ["AKIA", "ASIA", "AGPA", "AIDA", "AROA", "AIPA", "ANPA", "ANVA", "ABIA", "ACCA"];

export function awsKey(bytes: Uint8Array, at: number, from: number): Span | null {
  if (at > from && isInWord(bytes[at - 1])) return null;
  if (!AWS_PREFIXES.some((prefix) => startsWith(bytes, at, prefix))) return null;
  const end = runEnd(bytes, at, 21, (byte) => isUpper(byte) || isDigit(byte));
  return end === at + 20 && !isInWord(bytes[end]) ? { start: at, end } : null;
}

/** Secrets that say what they are by how they begin, and how many characters they have behind that at least. */
const PREFIXED: readonly (readonly [string, number])[] = [
  ["ghp_", 36],
  ["gho_", 36],
  ["ghu_", 36],
  ["ghs_", 36],
  ["ghr_", 36],
  ["github_pat_", 22],
  ["glpat-", 20],
  ["xoxb-", 20],
  ["xoxa-", 20],
  ["xoxp-", 20],
  ["xoxr-", 20],
  ["xoxs-", 20],
  ["sk_live_", 16],
  ["rk_live_", 16],
  ["sk_test_", 16],
  ["sk-ant-", 20],
  ["sk-proj-", 20],
  ["AIza", 35],
  ["npm_", 36],
  ["dop_v1_", 64],
  ["SG.", 60],
];

export function apiKey(bytes: Uint8Array, at: number, from: number): Span | null {
  if (at > from && isInWord(bytes[at - 1])) return null;
  const prefix = PREFIXED.find(([word]) => startsWith(bytes, at, word));
  if (prefix === undefined) return null;
  const end = runEnd(bytes, at, bytes.length, (byte) => isBase64Url(byte) || byte === DOT);
  return end - at - prefix[0].length >= prefix[1] ? { start: at, end } : null;
}

const KEY_BEGINS = "-----BEGIN ";
const KEY_ENDS = "-----END ";
const KEY_NAME = "PRIVATE KEY";
/** RFC 7468's label, and `RSA`, `EC`, `OPENSSH`, `ENCRYPTED` before it. */
const LABEL_BYTES = 40;

/** To the end of its END line, or of the text where there is none. */
export function privateKey(bytes: Uint8Array, at: number): Span | null {
  if (!startsWith(bytes, at, KEY_BEGINS)) return null;
  const name = at + KEY_BEGINS.length;
  const nameEnd = runEnd(bytes, name, LABEL_BYTES, (byte) => isUpper(byte) || isDigit(byte) || byte === 0x20);
  const label = nameEnd - KEY_NAME.length;
  if (label < name || !startsWith(bytes, label, KEY_NAME) || !startsWith(bytes, nameEnd, "-----"))
    return null;
  for (let end = nameEnd + 5; end < bytes.length; end++) {
    if (bytes[end] === DASH && startsWith(bytes, end, KEY_ENDS)) {
      const close = runEnd(
        bytes,
        end + KEY_ENDS.length,
        LABEL_BYTES,
        (byte) => isUpper(byte) || isDigit(byte) || byte === 0x20,
      );
      return { start: at, end: runEnd(bytes, close, 5, (byte) => byte === DASH) };
    }
  }
  return { start: at, end: bytes.length };
}
