// A statement's text without the values that meet masked columns, for the record, webhooks and logs. It still reads, and still
// parses to a tree of the same shape. Pure. Where a place is not where a literal stands, or it is not known which literals
// matter, all of them go, and comments with them; a text that has no end shows nothing.

import { concat, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { LiteralPlace } from "#core/sql";
import { tokens, type LiteralKind, type Token } from "./lexer.ts";

export interface RedactedText {
  readonly text: Uint8Array;
  /** How many literals and comments were taken out. */
  readonly redactions: number;
  /** `whole`: nothing of the text could be shown. */
  readonly extent: "none" | "places" | "all" | "whole";
}

/** What stands for a literal: of its kind, so that the grammar takes it wherever it took the other. */
const SHOWN = {
  string: "'[redacted]'",
  escaped: "E'[redacted]'",
  // Empty: UESCAPE may make any other character an escape.
  unicode: "U&''",
  bits: "B'0'",
  hex: "X'0'",
  dollar: "'[redacted]'",
  // Not 0: float(0) is a syntax error.
  integer: "1",
  decimal: "1.0",
} as const satisfies Record<LiteralKind, string>;

/** Whole, so that a comment between two tokens goes on keeping them apart. */
const COMMENT = "/* [redacted] */";
const WHOLE = "[redacted]";
const CONSTANT = /^(?:true|false|null)$/i;
const CONSTANT_SHOWN = "NULL";

/** `places` null: which literals matter is not known, all go. Where any goes, comments go with it. `hides`: whether one that meets these columns goes. */
export function redactSql(
  sql: Uint8Array,
  places: readonly LiteralPlace[] | null,
  hides: (place: LiteralPlace) => boolean,
): RedactedText {
  const found = tokens(sql);
  if (found === null) return { text: utf8Encode(WHOLE), redactions: 1, extent: "whole" };
  const wanted = places?.filter(hides) ?? null;
  if (wanted !== null && wanted.length === 0) return { text: sql, redactions: 0, extent: "none" };
  const at = new Map(found.map((token, index) => [token.start, index]));
  const chosen = wanted?.map(({ offsetBytes }) => literalAt(sql, found, at.get(offsetBytes)));
  if (chosen === undefined || chosen.includes(undefined)) {
    return { ...replace(sql, everything(sql, found)), extent: "all" };
  }
  const starts = new Set(chosen.map((token) => token?.start));
  // A comment beside a value that goes may say it again.
  return {
    ...replace(
      sql,
      found.filter((token) => token.kind === "comment" || starts.has(token.start)),
    ),
    extent: "places",
  };
}

/** What a literal says, as far as its quotes show it (escapes stay as written); null where none stands at that place. */
export function literalText(sql: Uint8Array, offsetBytes: number): string | null {
  const found = tokens(sql.subarray(offsetBytes));
  const token = found?.[0];
  if (token === undefined || !isLiteral(token)) return null;
  return utf8DecodeLossy(sql.subarray(offsetBytes + token.start, offsetBytes + token.end));
}

/** The literal that the parser places there: TRUE, FALSE and NULL are words, and a minus belongs to its number (doNegate). */
function literalAt(sql: Uint8Array, found: readonly Token[], index: number | undefined): Token | undefined {
  if (index === undefined) return undefined;
  const token = found[index];
  if (token === undefined || isLiteral(token)) return token;
  if (token.kind === "word") return CONSTANT.test(spell(sql, token)) ? token : undefined;
  if (token.kind !== "other" || spell(sql, token) !== "-") return undefined;
  const number = found.slice(index + 1).find(({ kind }) => kind !== "comment");
  return number?.kind === "integer" || number?.kind === "decimal" ? number : undefined;
}

/** All literals and comments; not the one character behind UESCAPE, which is no value. */
function everything(sql: Uint8Array, found: readonly Token[]): readonly Token[] {
  let previous: Token | null = null;
  return found.filter((token) => {
    const escape = previous !== null && isUescape(sql, previous);
    if (token.kind !== "comment") previous = token;
    return token.kind === "comment" || (isLiteral(token) && !escape);
  });
}

function isUescape(sql: Uint8Array, token: Token): boolean {
  return token.kind === "word" && spell(sql, token).toLowerCase() === "uescape";
}

/** The first letters of a token. */
function spell(sql: Uint8Array, { start, end }: Token): string {
  return String.fromCharCode(...sql.subarray(start, Math.min(end, start + 8)));
}

function replace(sql: Uint8Array, chosen: readonly Token[]): Pick<RedactedText, "text" | "redactions"> {
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (const token of chosen) {
    const shown = token.kind === "comment" ? COMMENT : isLiteral(token) ? SHOWN[token.kind] : CONSTANT_SHOWN;
    parts.push(sql.subarray(copied, token.start), utf8Encode(shown));
    copied = token.end;
  }
  parts.push(sql.subarray(copied));
  return { text: concat(parts), redactions: chosen.length };
}

function isLiteral(token: Token): token is Token & { readonly kind: LiteralKind } {
  return token.kind !== "comment" && token.kind !== "word" && token.kind !== "other";
}
