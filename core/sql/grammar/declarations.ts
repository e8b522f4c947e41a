// Default values out of the DECLARE sections of a PL/pgSQL body. libpg_query 18.1.5 leaves those of record variables
// (PLpgSQL_rec) out of its JSON, and they run like all others; here they are found by their tokens.

import { utf8Decode } from "#core/bytes";

/** Of the scanner (scan.l), which PL/pgSQL shares. */
export interface Token {
  /** Bytes of UTF-8. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly tokenName: string;
}

/** What begins a default value (pl_gram.y, decl_defkey). */
const DEFAULTS: ReadonlySet<string> = new Set([":=", "=", "default"]);
const COMMENTS: ReadonlySet<string> = new Set(["SQL_COMMENT", "C_COMMENT"]);

/** Expressions as they are written; more than there are, where a name looks like a keyword. null: not readable. */
export function defaultValues(body: Uint8Array, all: readonly Token[]): readonly string[] | null {
  const tokens = all.filter(({ tokenName }) => !COMMENTS.has(tokenName));
  const found: string[] = [];
  let declaring = false;
  let declaration: Token[] = [];
  for (const token of tokens) {
    const first = declaration.length === 0;
    // DECLARE may also be a name of SQL's: then more is read as declarations than there are. It may stand twice.
    if (word(token) === "declare" && (!declaring || first)) declaring = true;
    else if (!declaring) continue;
    else if (first && word(token) === "begin") declaring = false;
    else if (token.text !== ";") declaration.push(token);
    else {
      // A semicolon inside of parentheses would be an error (read_sql_construct, pl_gram.y).
      const value = valueOf(body, declaration);
      if (value === null) return null;
      if (value !== "") found.push(value);
      declaration = [];
    }
  }
  return found;
}

/** name [[NO] SCROLL] CURSOR …: its query is in the JSON. */
const CURSORS: readonly string[] = ["cursor", "scroll cursor", "no scroll cursor"];

/** Empty: it has none. */
function valueOf(body: Uint8Array, declaration: readonly Token[]): string | null {
  const words = declaration.slice(1, 4).map(word).join(" ");
  if (CURSORS.some((cursor) => words === cursor || words.startsWith(`${cursor} `))) return "";
  const start = declaration.findIndex((token) => DEFAULTS.has(word(token)));
  const first = declaration[start + 1];
  const last = declaration.at(-1);
  if (start < 0) return "";
  return first === undefined || last === undefined ? null : utf8Decode(body.subarray(first.start, last.end));
}

function word(token: Token | undefined): string {
  return token?.text.toLowerCase() ?? "";
}
