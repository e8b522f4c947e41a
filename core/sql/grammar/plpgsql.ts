// Every SQL text of a PL/pgSQL body, out of the JSON that libpg_query makes of it. Node types that this file does not know
// end in an error: a text in a place nobody looked at would run unread.

import type { Result } from "../../result.ts";
import type { PlpgsqlBody, SyntaxError } from "./grammar.ts";

/** Statements and their parts (plpgsql.h): texts are in PLpgSQL_expr alone. */
const KNOWN: ReadonlySet<string> = new Set(
  [
    "function var rec row recfield type alias expr",
    "stmt_block stmt_assign stmt_if stmt_case stmt_loop stmt_while stmt_fori stmt_fors stmt_forc stmt_dynfors",
    "stmt_foreach_a stmt_exit stmt_return stmt_return_next stmt_return_query stmt_raise stmt_assert stmt_execsql",
    "stmt_dynexecute stmt_getdiag stmt_open stmt_fetch stmt_close stmt_perform stmt_call stmt_commit stmt_rollback",
    "if_elsif case_when exception_block exception condition diag_item raise_option",
  ].flatMap((line) => line.split(" ").map((word) => `PLpgSQL_${word}`)),
);

/** Statements whose text only exists when they run. */
const DYNAMIC: ReadonlySet<string> = new Set(["PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"]);
/** Statements that do one thing or another. */
const DECIDING: ReadonlySet<string> = new Set(
  "if case while fori exit raise assert"
    .split(" ")
    .map((word) => `PLpgSQL_stmt_${word}`)
    .concat("PLpgSQL_exception_block"),
);
/** The member that holds it in OPEN … FOR EXECUTE and RETURN QUERY EXECUTE. */
const DYNAMIC_QUERY = "dynquery";

/** RawParseMode (parser.h). */
const PARSE_STATEMENT = 0;
const PARSE_EXPRESSION = 2;
const PARSE_ASSIGNMENTS: ReadonlySet<number> = new Set([3, 4, 5]);

interface Collected {
  readonly statements: Set<string>;
  dynamic: boolean;
  decides: boolean;
  readonly assignments: { readonly statement: string; readonly column: string | null }[];
}

/** `parses`: whether a text is one statement. `defaults`: see declarations.ts. */
export function collectPlpgsql(
  json: unknown,
  defaults: readonly string[],
  parses: (text: string) => boolean,
): Result<PlpgsqlBody, SyntaxError> {
  const functions = (json as { readonly plpgsql_funcs?: readonly unknown[] }).plpgsql_funcs ?? [];
  const [only, ...others] = functions as readonly { readonly PLpgSQL_function?: object }[];
  const body = only?.PLpgSQL_function;
  // Without an action: another language, whose body nobody read.
  if (body === undefined || others.length > 0 || !("action" in body)) return unread("no PL/pgSQL body");
  const collected: Collected = {
    statements: new Set(),
    dynamic: false,
    decides: false,
    assignments: [],
  };
  const waiting: unknown[] = [only];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== "object" || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      if (key.startsWith("PLpgSQL_") && !KNOWN.has(key)) return unread(key);
      if (DYNAMIC.has(key) || key === DYNAMIC_QUERY) collected.dynamic = true;
      if (DECIDING.has(key)) collected.decides = true;
      if (key !== "PLpgSQL_expr") waiting.push(member);
      else if (!addExpression(collected, member, parses)) return unread("an expression");
    }
  }
  for (const expression of defaults) collected.statements.add(`SELECT ${expression}`);
  const { statements, dynamic, decides, assignments } = collected;
  return { ok: true, value: { statements: [...statements], dynamic, decides, assignments } };
}

function addExpression(
  { statements, assignments }: Collected,
  expr: unknown,
  parses: (text: string) => boolean,
): boolean {
  const { query, parseMode } = expr as { readonly query?: unknown; readonly parseMode?: unknown };
  if (typeof query !== "string" || typeof parseMode !== "number") return false;
  if (parseMode === PARSE_STATEMENT) statements.add(query);
  // The grammar takes what may follow SELECT: `x := a FROM t` (PLpgSQL_Expr, gram.y).
  else if (parseMode === PARSE_EXPRESSION) statements.add(`SELECT ${query}`);
  else if (PARSE_ASSIGNMENTS.has(parseMode)) {
    const split = splitAssignment(query, parses);
    if (split === null) return false;
    for (const text of split) statements.add(text);
    assignments.push({ statement: split.at(-1) ?? "", column: columnOfNew(query) });
  } else return false;
  return true;
}

/**
 * `target := expression`; a target may have subscripts, which run too. The first `=` or `:=` that leaves something readable on
 * both sides is it; were another meant, both sides still hold every text there is.
 */
function splitAssignment(text: string, parses: (text: string) => boolean): readonly string[] | null {
  for (let at = text.indexOf("="); at >= 0; at = text.indexOf("=", at + 1)) {
    const target = text.slice(0, text[at - 1] === ":" ? at - 1 : at);
    const read = `SELECT ${target}`;
    const value = `SELECT ${text.slice(at + 1)}`;
    if (!parses(read) || !parses(value)) continue;
    return target.includes("[") ? [read, value] : [value];
  }
  return null;
}

/** The column of NEW that is assigned to; null: another variable. */
function columnOfNew(assignment: string): string | null {
  const found = /^\s*"?new"?\s*\.\s*(?:"((?:[^"]|"")*)"|(\w+))/i.exec(assignment);
  return found === null ? null : (found[1]?.replaceAll('""', '"') ?? found[2]?.toLowerCase() ?? null);
}

function unread(what: string): Result<never, SyntaxError> {
  return {
    ok: false,
    error: { sqlstate: "0A000", message: `PL/pgSQL body cannot be read: ${what}`, position: null },
  };
}
