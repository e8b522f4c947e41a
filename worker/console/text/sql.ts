// SQL cut into tokens for colouring: enough of PostgreSQL's lexer that strings, comments and dollar quotes are not mistaken for
// code. What it does not know stays plain; nothing is decided by it. Pure.

export type TokenKind = "plain" | "keyword" | "string" | "number" | "comment" | "name" | "parameter";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Colour is for reading; nobody reads more at once. */
const MOST_CHARACTERS = 20_000;

const KEYWORDS: ReadonlySet<string> = new Set(
  `add all alter analyze and any array as asc begin between both by call cascade case cast check coalesce collate column
  comment commit concurrently conflict constraint copy create cross current_date current_timestamp current_user cursor
  database declare default delete desc distinct do drop else end except execute exists explain extract false fetch filter
  first following for foreign from full function grant group having if ilike in index inner insert intersect interval into
  is isolation join key last lateral leading left level like limit listen lock materialized merge natural no not notify
  null nulls of offset on only or order outer over partition policy preceding prepare primary procedure range read
  recursive references refresh release rename reset restrict return returning returns revoke right role rollback row rows
  savepoint schema select sequence serializable session set share show similar some start table temp temporary then
  ties to transaction trigger true truncate type union unique unlisten update user using vacuum values view when
  where window with work write zone`.split(/\s+/),
);

/** In the order in which they are tried, each sticky. Quotes that do not end run to the end. */
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ["plain", /\s+/y],
  ["comment", /--[^\n]*/y],
  ["comment", /\/\*[\s\S]*?(?:\*\/|$)/y],
  ["string", /\b[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/y],
  ["string", /(?:\b(?:[bBxXnN]|[uU]&))?'(?:[^']|'')*(?:'|$)/y],
  ["string", /\$([\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?(?:\$\1\$|$)/uy],
  ["name", /(?:[uU]&)?"(?:[^"]|"")*(?:"|$)/y],
  ["parameter", /\$\d+/y],
  ["number", /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:[eE][+-]?\d+)?)/y],
  ["plain", /[\p{L}_][\p{L}\p{N}_$]*/uy],
];

export function tokens(sql: string): readonly Token[] {
  const found: Token[] = [];
  const end = Math.min(sql.length, MOST_CHARACTERS);
  const text = sql.slice(0, end);
  for (let at = 0; at < end;) {
    const token = tokenAt(text, at);
    const last = found.at(-1);
    if (last !== undefined && last.kind === token.kind)
      found[found.length - 1] = { kind: last.kind, text: last.text + token.text };
    else found.push(token);
    at += token.text.length;
  }
  if (sql.length > end) found.push({ kind: "plain", text: sql.slice(end) });
  return found;
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match === undefined || match === "") continue;
    return { kind: kind === "plain" && KEYWORDS.has(match.toLowerCase()) ? "keyword" : kind, text: match };
  }
  return { kind: "plain", text: String.fromCodePoint(text.codePointAt(at) ?? 0) };
}
