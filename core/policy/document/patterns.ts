// Names with wildcards as documents write them: `public.*`, `public."Order"`, `!public.secrets`, `*`. Unquoted names are
// folded to lower case as PostgreSQL folds them; `*` stands for any run of characters of one part of a name, never in quotes.

import { err, ok, type Result } from "../../result.ts";

/** A part of a name: text, or text with wildcards. */
export interface PartPattern {
  readonly text: string;
  /** Its stars are wildcards. */
  readonly wild: boolean;
}

export interface NamePattern {
  /** As written. */
  readonly source: string;
  readonly negated: boolean;
  /** null: in any schema (`*` alone). */
  readonly schema: PartPattern | null;
  readonly name: PartPattern;
  /** No wildcard, not negated. */
  readonly exact: boolean;
}

export interface ColumnPattern {
  readonly source: string;
  readonly negated: boolean;
  /** null: of whatever relation. */
  readonly relation: NamePattern | null;
  readonly column: PartPattern;
}

const MAX_NAME_CHARACTERS = 256;
/** What stands unquoted: identifiers as PostgreSQL's scanner takes them, and `*`. */
const UNQUOTED = /^[\p{L}_*][\p{L}\p{N}_$*]*/u;
const QUOTED = /^"((?:[^"]|"")+)"/;

/** `schema.name`, or `*`. */
export function parseNamePattern(source: string): Result<NamePattern, string> {
  const split = splitPattern(source);
  if (!split.ok) return split;
  const { negated, parts } = split.value;
  const [first, second, third] = parts;
  if (first === undefined) return err("write a name such as public.orders, public.* or *");
  if (third !== undefined) return err(`write schema.name; ${source} has ${parts.length} parts`);
  if (second === undefined) {
    if (first.text !== "*" || !first.wild)
      return err(
        `say the schema too: public.${source.replace(/^!/, "")} (or *.${source.replace(/^!/, "")} for any schema)`,
      );
    return ok({ source, negated, schema: null, name: first, exact: false });
  }
  const exact = !negated && !first.wild && !second.wild;
  return ok({ source, negated, schema: first, name: second, exact });
}

/** `column`, or `schema.relation.column`. */
export function parseColumnPattern(source: string): Result<ColumnPattern, string> {
  const split = splitPattern(source);
  if (!split.ok) return split;
  const { negated, parts } = split.value;
  const [first, second, third] = parts;
  if (first !== undefined && second === undefined)
    return ok({ source, negated, relation: null, column: first });
  if (first === undefined || second === undefined || third === undefined || parts.length > 3)
    return err("write a column's name, or schema.relation.column");
  const exact = !first.wild && !second.wild;
  const relation: NamePattern = { source, negated: false, schema: first, name: second, exact };
  return ok({ source, negated, relation, column: third });
}

function splitPattern(
  source: string,
): Result<{ readonly negated: boolean; readonly parts: readonly PartPattern[] }, string> {
  if (source.length > MAX_NAME_CHARACTERS) return err(`a name has at most ${MAX_NAME_CHARACTERS} characters`);
  const negated = source.startsWith("!");
  let rest = negated ? source.slice(1) : source;
  const parts: PartPattern[] = [];
  for (;;) {
    const quoted = QUOTED.exec(rest);
    const found = quoted ?? UNQUOTED.exec(rest);
    if (found === null)
      return err('write unquoted names with letters, digits, _ and $ ("quote" others inside of the name)');
    parts.push(
      quoted === null ? toPart(found[0]) : { text: (quoted[1] ?? "").replaceAll('""', '"'), wild: false },
    );
    rest = rest.slice(found[0].length);
    if (rest === "") return ok({ negated, parts });
    if (!rest.startsWith("."))
      return err('put a dot between schema and name, and "quotes" around names with other characters');
    rest = rest.slice(1);
  }
}

function toPart(unquoted: string): PartPattern {
  const text = foldCase(unquoted);
  return { text, wild: text.includes("*") };
}

/** ASCII only: so does PostgreSQL in multi-byte encodings (parser/scansup.c, downcase_identifier). */
export function foldCase(identifier: string): string {
  return identifier.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** `*` is any run of characters. Steps back to the last star alone, so it takes no more than length times length. */
export function globMatches(glob: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  let i = 0;
  while (i < text.length) {
    if (glob[at] === "*") {
      star = at++;
      taken = i;
    } else if (at < glob.length && glob[at] === text[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++taken;
    } else return false;
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}

export function partMatches({ text, wild }: PartPattern, name: string): boolean {
  return wild ? globMatches(text, name) : text === name;
}

export function isAny({ text, wild }: PartPattern): boolean {
  return wild && text === "*";
}
