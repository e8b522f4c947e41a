// A list of name patterns, ready to be asked. What is negated is taken away from the rest, wherever it stands in the list.
// A list that only takes away grants nothing; a rule's condition of that sort fits everything else.

import { SYSTEM_SCHEMAS } from "../builtin/relations.ts";
import { type NamePattern, partMatches } from "../document/patterns.ts";

export class NameList {
  readonly #exact = new Set<string>();
  readonly #wild: readonly NamePattern[];
  readonly #not: readonly NamePattern[];
  readonly #onlyTakesAway: boolean;
  /** Exact names as facts spell what stands inside of a view or function; none whose dots could be another name's. */
  readonly #trusted = new Set<string>();

  constructor(patterns: readonly NamePattern[]) {
    for (const { exact, schema, name } of patterns) {
      if (!exact || schema === null) continue;
      this.#exact.add(key(schema.text, name.text));
      if (!schema.text.includes(".") && !name.text.includes("."))
        this.#trusted.add(`${schema.text}.${name.text}`);
    }
    this.#not = patterns.filter(({ negated }) => negated);
    const positive = patterns.filter(({ negated }) => !negated);
    this.#onlyTakesAway = positive.length === 0;
    this.#wild =
      positive.length === 0
        ? this.#not.map(() => ANYTHING).slice(0, 1)
        : positive.filter(({ exact }) => !exact);
  }

  /** Grants: wildcards do not reach PostgreSQL's own schemas; what is negated is not granted. */
  grants(schema: string, name: string): boolean {
    if (this.#onlyTakesAway || this.excludes(schema, name)) return false;
    if (this.#exact.has(key(schema, name))) return true;
    return this.#wild.some(
      (pattern) =>
        (!SYSTEM_SCHEMAS.has(schema) || (pattern.schema !== null && !pattern.schema.wild)) &&
        matches(pattern, schema, name),
    );
  }

  /** The same with PostgreSQL's own schemas: for conditions and denials. */
  matches(schema: string, name: string): boolean {
    if (this.excludes(schema, name)) return false;
    return this.#exact.has(key(schema, name)) || this.#wild.some((pattern) => matches(pattern, schema, name));
  }

  names(schema: string, name: string): boolean {
    return this.#exact.has(key(schema, name)) && !this.excludes(schema, name);
  }

  excludes(schema: string, name: string): boolean {
    return this.#not.some((pattern) => matches(pattern, schema, name));
  }

  /** Of a qualified name as facts spell ancestors: every way to take it apart counts. */
  matchesQualified(qualified: string): boolean {
    return waysApart(qualified).some(([schema, name]) => this.matches(schema, name));
  }

  excludesQualified(qualified: string): boolean {
    return this.#not.length > 0 && waysApart(qualified).some(([schema, name]) => this.excludes(schema, name));
  }

  /** Of such a name: only if every way to take it apart is granted. */
  grantsQualified(qualified: string): boolean {
    return waysApart(qualified).every(([schema, name]) => this.grants(schema, name));
  }

  /** Named exactly, as Via spells it: what is inside needs no look. */
  trusts(qualified: string): boolean {
    return this.#trusted.has(qualified);
  }
}

const ANYTHING: NamePattern = {
  source: "*",
  negated: false,
  schema: null,
  name: { text: "*", wild: true },
  exact: false,
};

function matches(pattern: NamePattern, schema: string, name: string): boolean {
  return (pattern.schema === null || partMatches(pattern.schema, schema)) && partMatches(pattern.name, name);
}

/** A zero byte stands in no identifier. */
function key(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

/** Schema and name of a qualified name as facts spell kin, whose parts may have dots of their own. */
export function waysApart(qualified: string): readonly (readonly [string, string])[] {
  const ways: (readonly [string, string])[] = [];
  for (let dot = qualified.indexOf("."); dot >= 0; dot = qualified.indexOf(".", dot + 1))
    ways.push([qualified.slice(0, dot), qualified.slice(dot + 1)]);
  return ways;
}
