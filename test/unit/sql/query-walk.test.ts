// The walk as a whole: no function call, relation or literal of a statement's tree is passed over, and everything that has to
// be asked of the catalog is asked while nothing is known yet.

import { analyse, type Catalog, type Question } from "#core/sql";
import { describe, expect, test } from "vitest";
import { testGrammar } from "../../support/grammar.ts";
import { factsOf } from "./query-facts.ts";
import { STATEMENTS } from "./query-statements.ts";

const grammar = testGrammar();

function parsed(sql: string): NonNullable<ReturnType<typeof statementOf>> {
  const statement = statementOf(sql);
  if (statement === null) throw new Error(`not parsed: ${sql}`);
  return statement;
}

function statementOf(sql: string) {
  const found = grammar.parse(sql);
  return found.ok ? (found.value[0] ?? null) : null;
}

/** Every object in the tree that stands under that key. */
function members(tree: unknown, key: string): readonly Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const waiting: unknown[] = [tree];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (typeof at !== "object" || at === null) continue;
    for (const [name, value] of Object.entries(at)) {
      waiting.push(value);
      if (name === key && typeof value === "object") found.push(value as Record<string, unknown>);
    }
  }
  return found;
}

function nameOf({ funcname }: Record<string, unknown>): string {
  const last = (funcname as readonly { readonly String: { readonly sval: string } }[]).at(-1);
  return last?.String.sval ?? "";
}

describe("nothing in the tree is passed over", () => {
  test.each(STATEMENTS)("in %s", (sql) => {
    const facts = factsOf(sql);
    if (facts.unknown.length > 0) return;
    const { node } = parsed(sql);
    const called = new Set(facts.calls.map(({ function: { name } }) => name));
    // `ssn(people)` is a field.
    const calls = members(node, "FuncCall")
      .map(nameOf)
      .filter((name) => name !== "ssn");
    for (const name of calls) expect(called).toContain(name);
    const withNames = new Set(members(node, "CommonTableExpr").map(({ ctename }) => ctename));
    const accessed = new Set(facts.accesses.map(({ relation: { name } }) => name));
    // FOR UPDATE OF names aliases.
    const aliases = new Set(members(node, "alias").map(({ aliasname }) => aliasname));
    for (const { relname } of members(node, "RangeVar"))
      if (!withNames.has(relname) && !aliases.has(relname)) expect(accessed).toContain(relname);
    const literals = new Set(facts.literals.map(({ offsetBytes }) => offsetBytes));
    for (const { location, isnull } of members(node, "A_Const"))
      if (isnull !== true && location !== -1 && !isTypmod(node, location))
        expect(literals).toContain(location ?? 0);
  });
});

/** `varchar(3)`: a type's modifier shows nothing. */
function isTypmod(node: unknown, location: unknown): boolean {
  return members(node, "typmods").some((typmods) =>
    members(typmods, "A_Const").some((constant) => constant["location"] === location),
  );
}

describe("a catalog that knows nothing yet", () => {
  const NOTHING: Catalog = {
    relation: () => undefined,
    relationByOid: () => undefined,
    functions: () => undefined,
    functionByOid: () => undefined,
    operators: () => undefined,
    type: () => undefined,
    typeByOid: () => undefined,
  };
  const session = { prepared: () => null, cursor: () => null };
  const asked = (sql: string): readonly Question[] => {
    const analysis = analyse(parsed(sql), { grammar, catalog: NOTHING, session });
    return analysis.kind === "questions" ? analysis.questions : [];
  };
  const names = (sql: string): readonly string[] =>
    asked(sql)
      .map((question) => ("name" in question ? `${question.kind} ${question.name.name}` : question.kind))
      .toSorted();

  test("is asked for all names at once", () => {
    expect(
      names(
        "WITH a AS (SELECT lower(note) FROM orders) SELECT * FROM a, people p WHERE p.x <=> 'a'::mood AND audit.f(1) > 2",
      ),
    ).toEqual([
      "functions f",
      "functions lower",
      "operators <=>",
      "operators >",
      "relation orders",
      "relation people",
      // f(x) may be a cast.
      "type f",
      "type lower",
      "type mood",
    ]);
  });

  test("is asked for the targets of writes and all that stands in them", () => {
    expect(
      names(
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = g() WHEN NOT MATCHED THEN INSERT VALUES (h())",
      ),
    ).toEqual(["functions g", "functions h", "operators =", "relation s", "relation t"]);
  });
});
