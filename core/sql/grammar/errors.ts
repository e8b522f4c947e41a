// The parser's errors come as words and a position; PostgreSQL's SQLSTATE is found again by the words. Nearly all of them
// are 42601 (gram.y, scan.l, parser.c).

import type { SyntaxError } from "./grammar.ts";

const SYNTAX_ERROR = "42601";

/** First match wins. Left of the arrow: PostgreSQL's own messages, in the C locale. */
const SQLSTATES: readonly (readonly [RegExp, string])[] = [
  // mcxt.c says so when our ceiling on memory is reached; the server, with more of it, might not.
  [/^out of memory|^invalid memory alloc request size/, "54000"],
  [/^stack depth limit exceeded/, "54001"],
  // bison's stack is full (YYMAXDEPTH 10000): the server answers the same, with 42601.
  [/^memory exhausted/, SYNTAX_ERROR],
  [/^unsafe use of \\' in a string literal/, "22P06"],
  [/^invalid Unicode escape( value)?$|^invalid Unicode escape character/, "22025"],
  [/^invalid byte sequence|^invalid message format/, "22021"],
  [/is not yet implemented|not yet implemented$/, "0A000"],
  [/^(WITH CHECK OPTION not supported|current database cannot be changed|.* is not supported$)/, "0A000"],
  [/^frame (start|end|starting)/, "42P20"],
];

export function syntaxError(message: string, position: number | null): SyntaxError {
  const sqlstate = SQLSTATES.find(([words]) => words.test(message))?.[1] ?? SYNTAX_ERROR;
  return { sqlstate, message, position };
}
