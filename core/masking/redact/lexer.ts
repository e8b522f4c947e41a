// Where the literals of a SQL text stand, by PostgreSQL's lexical rules (parser/scan.l; standard_conforming_strings on, as
// governed sessions have it). Pure, linear, over bytes of UTF-8. It knows no grammar: libpg_query does, and the two are held
// against each other in test/unit/masking/redact.test.ts. What does not end is null: the caller then shows nothing.

export type LiteralKind =
  /** '…' and its continuations on further lines. The N of N'…' is a word before it, as in scan.l. */
  | "string"
  /** E'…' */
  | "escaped"
  /** U&'…' */
  | "unicode"
  | "bits"
  | "hex"
  | "dollar"
  | "integer"
  /** Has a point or an exponent, or does not fit 32 bits. */
  | "decimal";

export interface Token {
  readonly kind: LiteralKind | "comment" | "word" | "other";
  /** In bytes. */
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const DASH = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;
const DOT = 0x2e;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const AMPERSAND = 0x26;
const UNDERSCORE = 0x5f;

/** Prefixes of a quote, in lower case. */
const PREFIXES: ReadonlyMap<number, LiteralKind> = new Map([
  [0x65, "escaped"],
  [0x62, "bits"],
  [0x78, "hex"],
]);

/** All tokens but blanks; null where a quote or comment does not end. */
export function tokens(sql: Uint8Array): readonly Token[] | null {
  const found: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const start = at;
    const token = next(sql, at);
    if (token === null) return null;
    at = token.end;
    if (token.kind !== "other" || !isSpace(sql[start])) found.push({ ...token, start });
  }
  return found;
}

interface End {
  readonly kind: Token["kind"];
  readonly end: number;
}

function next(sql: Uint8Array, at: number): End | null {
  const byte = sql[at] ?? 0;
  const second = sql[at + 1];
  if (isIdentifierStart(byte)) return word(sql, at);
  if (isDigit(byte) || (byte === DOT && isDigit(second))) return number(sql, at);
  if (byte === QUOTE) return quoted(sql, at, at, "string");
  if (byte === DOUBLE_QUOTE) return ended("word", closing(sql, at + 1, DOUBLE_QUOTE, false));
  if (byte === DOLLAR) return dollar(sql, at);
  if (byte === DASH && second === DASH) return { kind: "comment", end: lineEnd(sql, at) };
  if (byte === SLASH && second === STAR) return ended("comment", commentEnd(sql, at));
  // PL/pgSQL's 1..5: the second point begins no number.
  return { kind: "other", end: byte === DOT && second === DOT ? at + 2 : at + 1 };
}

function word(sql: Uint8Array, at: number): End | null {
  const second = sql[at + 1];
  const lower = (sql[at] ?? 0) | 0x20;
  const kind = PREFIXES.get(lower);
  if (kind !== undefined && second === QUOTE) return quoted(sql, at, at + 1, kind);
  if (lower === 0x75 && second === AMPERSAND) {
    if (sql[at + 2] === QUOTE) return quoted(sql, at, at + 2, "unicode");
    if (sql[at + 2] === DOUBLE_QUOTE) return ended("word", closing(sql, at + 3, DOUBLE_QUOTE, false));
  }
  let end = at + 1;
  while (isIdentifierStart(sql[end]) || isDigit(sql[end]) || sql[end] === DOLLAR) end++;
  return { kind: "word", end };
}

/** `quote` is at the opening quote. A string goes on behind blanks with a newline among them (quotecontinue). */
function quoted(sql: Uint8Array, start: number, quote: number, kind: LiteralKind): End | null {
  let end = closing(sql, quote + 1, QUOTE, kind === "escaped");
  while (end > start) {
    const more = continuation(sql, end);
    if (more < 0) return { kind, end };
    end = closing(sql, more + 1, QUOTE, kind === "escaped");
  }
  return null;
}

/** Behind the closing quote, where a doubled one is none; -1 where there is none. */
function closing(sql: Uint8Array, from: number, quote: number, backslashes: boolean): number {
  for (let at = from; at < sql.length; at++) {
    if (backslashes && sql[at] === BACKSLASH) at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return -1;
}

/** Where the quote of a continuation stands, or -1. Comments of a line may stand between, with the newline that ends them. */
function continuation(sql: Uint8Array, from: number): number {
  let newline = false;
  let at = from;
  while (at < sql.length) {
    const byte = sql[at];
    if (byte === DASH && sql[at + 1] === DASH) at = lineEnd(sql, at);
    else if (byte === QUOTE) return newline ? at : -1;
    else if (!isSpace(byte)) return -1;
    else {
      newline ||= byte === NEWLINE || byte === RETURN;
      at++;
    }
  }
  return -1;
}

/** $tag$…$tag$, or a parameter, or a character of no meaning. */
function dollar(sql: Uint8Array, at: number): End | null {
  if (isDigit(sql[at + 1])) {
    let end = at + 1;
    while (isDigit(sql[end])) end++;
    return { kind: "other", end };
  }
  let close = at + 1;
  while (isIdentifierStart(sql[close]) || (close > at + 1 && isDigit(sql[close]))) close++;
  if (sql[close] !== DOLLAR) return { kind: "other", end: at + 1 };
  const length = close + 1 - at;
  for (let end = sql.indexOf(DOLLAR, close + 1); end >= 0; end = sql.indexOf(DOLLAR, end + 1)) {
    let same = 0;
    while (same < length && sql[end + same] === sql[at + same]) same++;
    if (same === length) return { kind: "dollar", end: end + length };
  }
  return null;
}

/** Decimal, 0x, 0o, 0b with underscores between digits; a point; an exponent. `1..2` is 1, two points, 2. */
function number(sql: Uint8Array, at: number): End {
  const radix = (sql[at + 1] ?? 0) | 0x20;
  if (sql[at] === 0x30 && (radix === 0x78 || radix === 0x6f || radix === 0x62)) {
    const end = digits(sql, at + 2, radix === 0x78);
    if (end > at + 2) return { kind: fits(sql, at, end) ? "integer" : "decimal", end };
  }
  let end = digits(sql, at, false);
  let whole = true;
  if (sql[end] === DOT && sql[end + 1] !== DOT) {
    whole = false;
    end = digits(sql, end + 1, false);
  }
  if (((sql[end] ?? 0) | 0x20) === 0x65) {
    const sign = sql[end + 1] === 0x2b || sql[end + 1] === DASH ? 1 : 0;
    if (isDigit(sql[end + 1 + sign])) {
      whole = false;
      end = digits(sql, end + 1 + sign, false);
    }
  }
  return { kind: whole && fits(sql, at, end) ? "integer" : "decimal", end };
}

function digits(sql: Uint8Array, from: number, hex: boolean): number {
  const isOne = (byte: number | undefined): boolean => isDigit(byte) || (hex && isHex(byte));
  let at = from;
  for (;;) {
    if (isOne(sql[at])) at++;
    else if (sql[at] === UNDERSCORE && isOne(sql[at + 1])) at += 2;
    else return at;
  }
}

/** ICONST is what pg_strtoint32 takes; all else is FCONST (process_integer_literal). */
function fits(sql: Uint8Array, start: number, end: number): boolean {
  const text = String.fromCharCode(...sql.subarray(start, Math.min(end, start + 80))).replaceAll("_", "");
  return end - start <= 80 && Number(text) <= 0x7fffffff;
}

/** Comments nest. */
function commentEnd(sql: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === SLASH && sql[at + 1] === STAR) {
      depth++;
      at++;
    } else if (sql[at] === STAR && sql[at + 1] === SLASH) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function lineEnd(sql: Uint8Array, from: number): number {
  let at = from;
  while (at < sql.length && sql[at] !== NEWLINE && sql[at] !== RETURN) at++;
  return at;
}

function ended(kind: Token["kind"], end: number): End | null {
  return end < 0 ? null : { kind, end };
}

function isIdentifierStart(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    (byte >= 0x80 || byte === UNDERSCORE || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a))
  );
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHex(byte: number | undefined): boolean {
  const lower = (byte ?? 0) | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

/** scan.l's space: blank, tab, newline, return, form feed, vertical tab. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
