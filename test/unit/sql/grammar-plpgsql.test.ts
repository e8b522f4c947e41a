// Every SQL text of a PL/pgSQL body is found: each construct of the language calls a function of its own name, and none is
// missing.

import { describe, expect, it } from "vitest";
import { testGrammar } from "../../support/grammar.ts";

const grammar = testGrammar();

function body(text: string, head = "DO") {
  const result = grammar.plpgsql(`${head} $body$ ${text} $body$`);
  if (!result.ok) throw new Error(result.error.message);
  for (const statement of result.value.statements) {
    const parsed = grammar.parse(statement);
    if (!parsed.ok) throw new Error(`${parsed.error.message}: ${statement}`);
    expect(parsed.value).toHaveLength(1);
  }
  return result.value;
}

const DECLARED = "declare x int; r record; arr int[]; c cursor (k int) for select 1; c2 refcursor;";

/** Constructs, each with one call of `f1`, `f2` …, in a body that declares x, r, arr, c, c2. */
const CONSTRUCTS: readonly string[] = [
  "x := f1(1);",
  "x = f1(1) + f2(2);",
  "r.a := f1(1);",
  "arr[f1(1)] := f2(2);",
  "arr[1 + f1('=')] := f2(':=');",
  "x /* := */ := f1(1);",
  "x -- = 1\n := f1(1);",
  "x := a from t where f1(a);",
  "if f1(1) then x := f2(2); elsif f3(3) then x := f4(4); else x := f5(5); end if;",
  "case f1(1) when f2(2), f3(3) then x := f4(4); else x := f5(5); end case;",
  "case when f1(1) then x := f2(2); end case;",
  "loop exit when f1(1); continue when f2(2); end loop;",
  "while f1(1) loop x := f2(2); end loop;",
  "for i in f1(1) .. f2(2) by f3(3) loop x := f4(4); end loop;",
  "for i in reverse f1(1) .. f2(2) loop x := f3(3); end loop;",
  "for r in select f1(1) loop x := f2(2); end loop;",
  "for r in c(f1(1)) loop x := f2(2); end loop;",
  "foreach x in array f1(1) loop x := f2(2); end loop;",
  "begin x := f1(1); exception when others then x := f2(2); end;",
  "insert into t select f1(1);",
  "update t set a = f1(1);",
  "delete from t where f1(1);",
  "merge into t using u on f1(1) when matched then do nothing;",
  "select f1(1) into x;",
  "with q as (delete from t where f1(1) returning f2(2)) select f3(3) into strict x from q;",
  "perform f1(1);",
  "call f1(f2(2));",
  "open c(f1(1));",
  "open c2 for select f1(1);",
  "open c2 no scroll for select f1(1);",
  "fetch relative f1(1) from c into r;",
  "move absolute f1(1) in c;",
  "raise notice '% %', f1(1), f2(2) using detail = f3(3), hint = f4(4);",
  "raise exception using message = f1(1), errcode = f2(2);",
  "assert f1(1), f2(2);",
  "declare y int := f1(1); begin x := f2(2); end;",
  "declare y record := f1(1); z t := f2(2); begin x := f3(3); end;",
  "declare y t%rowtype default f1(1); begin x := f2(2); end;",
  "declare y constant record not null = row(f1(1)); begin x := f2(2); end;",
  "declare y a.cursor := f1(1); begin null; end;",
  "declare y int := (select begin from f1(1)); z record := f2(2); begin null; end;",
  "declare y cursor (a int) for select f1(1) where a = f2(2); z record := f3(3); begin null; end;",
  "declare declare y record := f1(1); begin null; end;",
  "/* declare */ declare -- begin\n y record := /* ; */ f1('; begin'); begin null; end;",
  "prepare p as select f1(1);",
  "create table n as select f1(1);",
  "explain analyze select f1(1);",
  "do 'begin perform f1(1); end';",
];

const DYNAMIC: readonly string[] = [
  "execute f1(1);",
  "execute f1(1) into x using f2(2);",
  "for r in execute f1(1) using f2(2) loop x := f3(3); end loop;",
  "open c2 for execute f1(1) using f2(2);",
];

describe("a PL/pgSQL body", () => {
  it.each(CONSTRUCTS)("gives every text of %s", (construct) => {
    const { statements, dynamic } = body(`${DECLARED} begin ${construct} end`);
    expect(dynamic).toBe(false);
    expectAllCalls(construct, statements);
  });

  it.each(DYNAMIC)("is dynamic with %s", (construct) => {
    const { statements, dynamic } = body(`${DECLARED} begin ${construct} end`);
    expect(dynamic).toBe(true);
    expectAllCalls(construct, statements);
  });

  it("gives what a function returns", () => {
    const head = (type: string) => `create function f(a int) returns ${type} language plpgsql as`;
    expectAllCalls("f1", body("begin return f1(a); end", head("int")).statements);
    const set = body(
      "begin return next f1(a); return query select f2(a); return query insert into t values (f3(1)) returning f4(a); end",
      head("setof int"),
    );
    expectAllCalls("f1 f2 f3 f4", set.statements);
    const dynamic = body("begin return query execute f1(a) using f2(a); end", head("setof int"));
    expect(dynamic.dynamic).toBe(true);
    expectAllCalls("f1 f2", dynamic.statements);
    expectAllCalls(
      "f1 f2",
      body(
        "begin new.a := f1(1); if old.b = f2(1) then return new; end if; return null; end",
        "create function g() returns trigger language plpgsql as",
      ).statements,
    );
  });

  it("keeps the text as it is, quotes, tags and letters of every script", () => {
    expect(body("begin perform 'ä''b\\n' || $q$d\n\t\"e\"$q$; end").statements).toEqual([
      `SELECT 'ä''b\\n' || $q$d\n\t"e"$q$`,
    ]);
  });

  it("is refused when it is no PL/pgSQL, more than one, or not understood", () => {
    for (const source of [
      "create function f() returns int language sql as 'select 1'",
      "do language plperl 'x'",
      "do 'begin end'; do 'begin end'",
      "select 1",
      "",
      "do 'begin x; end'",
      "do 'begin select from where; end'",
    ])
      expect(grammar.plpgsql(source).ok, source).toBe(false);
  });
});

function expectAllCalls(construct: string, statements: readonly string[]): void {
  const calls = new Set(construct.match(/\bf\d\b/g));
  for (const call of calls) expect(statements.join("\n")).toMatch(new RegExp(`\\b${call}\\b`));
}

describe("a body with control characters in it", () => {
  it.each(Array.from({ length: 31 }, (_, i) => i + 1))("is read as it is: U+%i", (code) => {
    const character = String.fromCharCode(code);
    expect(body(`begin perform f1('${character}'); end`).statements).toEqual([`SELECT f1('${character}')`]);
  });
});
