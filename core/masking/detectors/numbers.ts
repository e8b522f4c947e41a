// Detectors of what is made of digits: card numbers, IBANs, phone numbers, US social security numbers.

import { isDigit, isInWord, isUpper, isWord, type Span } from "./span.ts";

const SPACE = 0x20;
const DASH = 0x2d;
const DOT = 0x2e;
const PLUS = 0x2b;
const OPEN = 0x28;
const CLOSE = 0x29;

/** ISO/IEC 7812: 13 to 19 digits with a valid check digit, single blanks or dashes between. */
const CARD_DIGITS = { least: 13, most: 19 } as const;

export function cardNumber(bytes: Uint8Array, at: number, from: number): Span | null {
  if (!isDigit(bytes[at]) || bytes[at] === 0x30 || before(bytes, at, from)) return null;
  const digits: number[] = [];
  let end = at;
  for (let i = at; i < bytes.length && digits.length <= CARD_DIGITS.most; i++) {
    const byte = bytes[i] ?? 0;
    if (isDigit(byte)) {
      digits.push(byte - 0x30);
      end = i + 1;
    } else if ((byte !== SPACE && byte !== DASH) || !isDigit(bytes[i + 1])) break;
  }
  if (digits.length < CARD_DIGITS.least || digits.length > CARD_DIGITS.most || isInWord(bytes[end]))
    return null;
  // All of one digit passes Luhn for 0 alone, which no number begins with.
  return luhn(digits) ? { start: at, end } : null;
}

/** ISO/IEC 7812-1, annex B. */
function luhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (const [index, digit] of digits.entries()) {
    const doubled = (digits.length - index) % 2 === 0 ? 2 * digit : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: country, check digits, 11 to 30 letters and digits in groups; mod 97 is 1. */
const IBAN_CHARACTERS = { least: 15, most: 34 } as const;

export function iban(bytes: Uint8Array, at: number, from: number): Span | null {
  if (!isUpper(bytes[at]) || !isUpper(bytes[at + 1]) || !isDigit(bytes[at + 2]) || !isDigit(bytes[at + 3]))
    return null;
  if (at > from && isInWord(bytes[at - 1])) return null;
  const characters: number[] = [];
  let found: Span | null = null;
  for (let i = at; i < bytes.length && characters.length < IBAN_CHARACTERS.most; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === SPACE && isIbanCharacter(bytes[i + 1])) continue;
    if (!isIbanCharacter(byte)) break;
    characters.push(byte);
    // In groups of four with blanks between, the next word may look like one more group: the longest valid wins.
    const whole = characters.length >= IBAN_CHARACTERS.least && !isInWord(bytes[i + 1]);
    if (whole && mod97(characters) === 1) found = { start: at, end: i + 1 };
  }
  return found;
}

function isIbanCharacter(byte: number | undefined): boolean {
  return isUpper(byte) || isDigit(byte);
}

function mod97(characters: readonly number[]): number {
  let rest = 0;
  for (const byte of [...characters.slice(4), ...characters.slice(0, 4)]) {
    rest = isDigit(byte) ? (rest * 10 + byte - 0x30) % 97 : (rest * 100 + byte - 0x37) % 97;
  }
  return rest;
}

/** `+` and 8 to 15 digits (E.164), or ten digits in the North American groups: (555) 123-4567, 555-123-4567, 555.123.4567. */
export function phone(bytes: Uint8Array, at: number, from: number): Span | null {
  const first = bytes[at];
  if (before(bytes, at, from)) return null;
  if (first === PLUS) return international(bytes, at);
  const open = first === OPEN;
  const area = open ? at + 1 : at;
  if (!digitsAt(bytes, area, 3) || (bytes[area] ?? 0) < 0x32) return null;
  let exchange = area + 3;
  if (open) {
    if (bytes[exchange] !== CLOSE) return null;
    exchange += bytes[exchange + 1] === SPACE ? 2 : 1;
  } else if (isSeparator(bytes[exchange])) exchange++;
  else return null;
  const line = exchange + 4;
  const grouped =
    digitsAt(bytes, exchange, 3) && isSeparator(bytes[exchange + 3]) && digitsAt(bytes, line, 4);
  return grouped && !isInWord(bytes[line + 4]) ? { start: at, end: line + 4 } : null;
}

function international(bytes: Uint8Array, at: number): Span | null {
  let digits = 0;
  let end = at + 1;
  for (let i = at + 1; i < bytes.length && digits <= 15; i++) {
    const byte = bytes[i];
    if (isDigit(byte)) {
      digits++;
      end = i + 1;
    } else if (!isSeparator(byte) && byte !== OPEN && byte !== CLOSE) break;
    else if (i - end > 1 || digits === 0) break;
  }
  return digits >= 8 && digits <= 15 && !isInWord(bytes[end]) ? { start: at, end } : null;
}

/** AAA-GG-SSSS without what was never given out: area 000, 666, 900 and above, group 00, serial 0000. */
export function socialSecurityNumber(bytes: Uint8Array, at: number, from: number): Span | null {
  if (before(bytes, at, from) || !digitsAt(bytes, at, 3)) return null;
  const separator = bytes[at + 3];
  if ((separator !== DASH && separator !== SPACE) || bytes[at + 6] !== separator) return null;
  if (!digitsAt(bytes, at + 4, 2) || !digitsAt(bytes, at + 7, 4)) return null;
  const next = bytes[at + 11];
  if (isInWord(next) || (next === DASH && isDigit(bytes[at + 12]))) return null;
  const area = number(bytes, at, 3);
  const valid =
    area > 0 && area !== 666 && area < 900 && number(bytes, at + 4, 2) > 0 && number(bytes, at + 7, 4) > 0;
  return valid ? { start: at, end: at + 11 } : null;
}

/** Something that a number belongs to stands before it: a letter, a digit, or digits and a separator. */
function before(bytes: Uint8Array, at: number, from: number): boolean {
  if (at <= from) return false;
  const byte = bytes[at - 1];
  return (
    isInWord(byte) ||
    ((byte === DASH || byte === DOT || byte === PLUS) && at - 2 >= from && isWord(bytes[at - 2]))
  );
}

function isSeparator(byte: number | undefined): boolean {
  return byte === SPACE || byte === DASH || byte === DOT;
}

function digitsAt(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (!isDigit(bytes[at + i])) return false;
  return true;
}

function number(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) value = value * 10 + (bytes[at + i] ?? 0) - 0x30;
  return value;
}
