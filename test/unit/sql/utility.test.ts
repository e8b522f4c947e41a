// What utility statements do, as facts: what they name, define, carry inside, change in the session and reach outside.

import { describe, expect, it } from "vitest";
import { analyse, type Access, type SessionNames, type StatementFacts } from "#core/sql";
import { testGrammar } from "../../support/grammar.ts";
import { callable, catalogOf, noNames, table } from "./utility-catalog.ts";

const grammar = testGrammar();
const catalog = catalogOf(
  [
    table(1, "t", ["a", "b", "generated_c"]),
    table(2, "u", ["a"], { descendants: [{ oid: 3, schema: "public", name: "u1", kind: "table" }] }),
    table(3, "u1", ["a"]),
    table(4, "v", ["a"], { kind: "view", viewDefinition: "select a from t" }),
    table(5, "m", ["a"], { kind: "materialized_view", viewDefinition: "select a from t" }),
  ],
  [callable(10, "f"), callable(11, "p", { kind: "procedure" })],
);

function analysis(text: string, session: SessionNames = noNames): StatementFacts {
  const parsed = grammar.parse(text);
  if (!parsed.ok) throw new Error(`${parsed.error.message}: ${text}`);
  const [statement] = parsed.value;
  if (statement === undefined) throw new Error("no statement");
  const result = analyse(statement, { grammar, catalog, session });
  if (result.kind === "questions") throw new Error(JSON.stringify(result.questions));
  return result.facts;
}

/** `action schema.name(columns) via …` */
function accesses(facts: StatementFacts): readonly string[] {
  return facts.accesses.map(spell).toSorted();
}

function spell({ action, relation, columns, via }: Access): string {
  const way = via.map(({ kind, name }) => ` via ${kind} ${name}`).join("");
  return `${action} ${relation.schema}.${relation.name}(${columns.join(",")})${way}`;
}

const calls = (facts: StatementFacts) =>
  facts.calls.map((call) => `${call.function.name}${call.via.map(({ name }) => ` via ${name}`).join("")}`);
const unknowns = (facts: StatementFacts) => facts.unknown.map(({ what }) => what);
const renames = (facts: StatementFacts) => facts.effects.some(({ kind }) => kind === "names");

describe("COPY", () => {
  it("reads the columns of a table, without generated ones, and says where they come from", () => {
    const facts = analysis("copy t to stdout");
    expect(facts.output?.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(facts.output?.[0]?.sources).toEqual([
      { relation: { oid: 1, schema: "public", name: "t", kind: "table" }, column: "a" },
    ]);
    expect(accesses(facts)).toEqual(["select public.t(*)"]);
    expect(accesses(analysis("copy t (b) to stdout"))).toEqual(["select public.t(b)"]);
  });

  it("writes with FROM, and its WHERE calls functions", () => {
    const facts = analysis("copy t (a) from stdin where f(a)");
    expect(accesses(facts)).toEqual(["insert public.t(a)"]);
    expect(calls(facts)).toEqual(["f"]);
  });

  it("carries a query", () => {
    const facts = analysis("copy (select a from t) to stdout");
    expect(facts.kinds).toEqual(["copy_to", "select"]);
    expect(accesses(facts)).toEqual(["select public.t(a)"]);
    expect(analysis("copy (delete from t returning a) to stdout").kinds).toEqual(["copy_to", "delete"]);
  });

  it("reaches programs and files", () => {
    expect(analysis("copy t to program 'x'").outside).toEqual(["program"]);
    expect(analysis("copy t from program 'x'").outside).toEqual(["program"]);
    expect(analysis("copy (select 1) to '/x'").outside).toEqual(["server_file"]);
    expect(analysis("copy t from stdin").outside).toEqual([]);
  });
});

describe("EXPLAIN", () => {
  it.each([
    "analyze",
    "(analyze)",
    "(analyze on)",
    "(analyze true, verbose)",
    "(analyze 1)",
    "(analyze off, analyze)",
    "(analyze what)",
  ])("runs what it explains with %s", (options) => {
    const facts = analysis(`explain ${options} delete from t`);
    expect(facts.kinds).toEqual(["delete", "explain"]);
    expect(facts.executes).toBe(true);
    expect(facts.tagCounts).toBe(false);
    expect(facts.modifications).toHaveLength(1);
  });

  it.each(["", "verbose", "(analyze off)", "(analyze false)", "(analyze 0)", "(costs off)"])(
    "does not with '%s', and what it reads and calls still counts",
    (options) => {
      const facts = analysis(`explain ${options} select f(a) from t`);
      expect(facts.kinds).toEqual(["explain"]);
      expect(facts.executes).toBe(false);
      expect(accesses(facts)).toEqual(["select public.t(a)"]);
      expect(calls(facts)).toEqual(["f"]);
    },
  );

  it("opens no cursor and prepares nothing", () => {
    expect(analysis("explain declare c cursor for select a from t").effects).toEqual([]);
    expect(analysis("explain create table n as select 1").effects).toEqual([]);
    expect(analysis("explain analyze create table n as select 1").effects).toEqual([{ kind: "names" }]);
  });
});

describe("prepared statements and cursors", () => {
  const [prepared] = (() => {
    const parsed = grammar.parse("select 1; delete from t where a = $1");
    return parsed.ok ? parsed.value.slice(1) : [];
  })();
  const session: SessionNames = {
    prepared: (name) => (name === "d" ? (prepared ?? null) : null),
    cursor: (name) => (name === "c" ? analysis("declare c cursor for select f(a) from t") : null),
  };

  it("are known inside when they are made, and do not run", () => {
    const facts = analysis("prepare d as delete from t");
    expect(facts.kinds).toEqual(["prepare"]);
    expect(facts.executes).toBe(false);
    expect(accesses(facts)).toEqual(["delete public.t()"]);
    expect(facts.effects).toEqual([{ kind: "prepare", name: "d" }]);
  });

  it("run with EXECUTE", () => {
    const facts = analysis("execute d (f(1))", session);
    expect(facts.kinds).toEqual(["delete", "execute"]);
    expect(accesses(facts)).toContain("delete public.t() via prepared d");
    expect(calls(facts)).toEqual(["f"]);
    expect(facts.executes).toBe(true);
    expect(analysis("create table n as execute d (1)", session).kinds).toContain("delete");
  });

  it("that do not exist are missing", () => {
    expect(analysis("execute x", session).unknown[0]?.missing).toEqual({
      sqlstate: "26000",
      message: 'prepared statement "x" does not exist',
      position: null,
    });
    expect(analysis("fetch x", session).unknown[0]?.missing).toEqual({
      sqlstate: "34000",
      message: 'cursor "x" does not exist',
      position: null,
    });
  });

  it("give with FETCH what their query gives", () => {
    const facts = analysis("fetch all from c", session);
    expect(facts.kinds).toEqual(["fetch", "select"]);
    expect(accesses(facts)).toEqual(["select public.t(a) via cursor c"]);
    expect(calls(facts)).toEqual(["f via c"]);
    expect(facts.output?.[0]?.sources).toMatchObject([{ column: "a" }]);
  });

  it("leave their effects", () => {
    expect(analysis("declare c cursor with hold for select 1").effects).toEqual([
      { kind: "declare_cursor", name: "c", hold: true },
    ]);
    expect(analysis("close all").effects).toEqual([{ kind: "close_cursor", name: null }]);
    expect(analysis("deallocate d").effects).toEqual([{ kind: "deallocate", name: "d" }]);
    expect(analysis("listen l").effects).toEqual([{ kind: "listen", name: "l" }]);
    expect(analysis("unlisten *").effects).toEqual([{ kind: "unlisten", name: null }]);
  });
});

describe("settings", () => {
  const settings = (text: string) =>
    analysis(text).settings.map(({ name, value, scope, constant }) =>
      [name, value, scope, ...(constant ? [] : ["?"])].join(" "),
    );

  it.each([
    ["set work_mem = '1MB'", ["work_mem 1MB session"]],
    ['set "Work_Mem" to 4', ["work_mem 4 session"]],
    ["set local work_mem to -1", ["work_mem -1 local"]],
    ["set x.y to true", ["x.y true session"]],
    ["set work_mem to default", ["work_mem  session"]],
    ["reset work_mem", ["work_mem  session"]],
    ["reset all", ["*  session"]],
    ["set search_path to a, \"B,c\", 'd e'", ['search_path a, "B,c", "d e" session']],
    ["set schema 'a'", ["search_path a session"]],
    ["set datestyle to iso, mdy", ["datestyle iso, mdy session"]],
    ["set role a", ["role a session"]],
    ["set local role none", ["role none local"]],
    ["reset role", ["role  session"]],
    ["set session authorization a", ["session_authorization a session"]],
    ["set session authorization default", ["session_authorization  session"]],
    ["set time zone 'UTC'", ["timezone UTC session"]],
    ["set names 'latin1'", ["client_encoding latin1 session"]],
    ["set xml option document", ["xmloption DOCUMENT session"]],
    [
      "set transaction isolation level serializable, read write, not deferrable",
      [
        "transaction_isolation serializable transaction",
        "transaction_read_only off transaction",
        "transaction_deferrable off transaction",
      ],
    ],
    ["set session characteristics as transaction read only", ["transaction_read_only on characteristics"]],
    ["begin read write", ["transaction_read_only off transaction"]],
    [
      "start transaction read only, deferrable",
      ["transaction_read_only on transaction", "transaction_deferrable on transaction"],
    ],
    ["set transaction_read_only = off", ["transaction_read_only off session"]],
    ["set transaction snapshot 'x'", ["transaction_snapshot x transaction"]],
    ["discard all", ["*  session", "session_authorization  session", "role  session"]],
    ["alter role a set role b", []],
    ["alter system set work_mem = 1", []],
  ])("%s", (text, expected) => {
    expect(settings(text)).toEqual(expected);
  });

  it("change what names mean with search_path, role and session authorization alone", () => {
    for (const text of [
      "set search_path to a",
      "set local role b",
      "reset all",
      "discard all",
      "discard temp",
    ])
      expect(renames(analysis(text)), text).toBe(true);
    for (const text of ["set work_mem = 1", "reset work_mem", "discard plans", "begin", "commit"])
      expect(renames(analysis(text)), text).toBe(false);
  });
});

describe("transactions", () => {
  it.each([
    ["begin", "begin", null, false],
    ["start transaction", "begin", null, false],
    ["commit and chain", "commit", null, true],
    ["rollback", "rollback", null, false],
    ["savepoint s", "savepoint", "s", false],
    ["release s", "release", "s", false],
    ["rollback to s", "rollback_to", "s", false],
    ["prepare transaction 'g'", "prepare_transaction", "g", false],
    ["commit prepared 'g'", "commit_prepared", "g", false],
    ["rollback prepared 'g'", "rollback_prepared", "g", false],
  ])("%s", (text, command, name, chain) => {
    expect(analysis(text).effects).toEqual([{ kind: "transaction", command, name, chain }]);
  });
});

describe("code", () => {
  it("of DO is read, whatever it holds", () => {
    const facts = analysis(
      "do $$ declare r record := f(1); begin delete from t; for r in select a from u loop perform 1; end loop; end $$",
    );
    expect(facts.kinds).toEqual(["delete", "do", "select"]);
    expect(accesses(facts)).toEqual(
      expect.arrayContaining(["delete public.t() via function DO", "select public.u(a) via function DO"]),
    );
    expect(calls(facts)).toContain("f via DO");
    expect(facts.tagCounts).toBe(false);
    expect(unknowns(facts)).toEqual([]);
  });

  it("of a DO in a DO is read too", () => {
    const facts = analysis("do $a$ begin do $b$ begin delete from t; end $b$; end $a$");
    expect(facts.kinds).toContain("delete");
    expect(analysis("do $a$ begin do $b$ begin execute 'x'; end $b$; end $a$").unknown).toHaveLength(1);
  });

  it("that is built when it runs, or is in another language, is not understood", () => {
    for (const text of [
      "do $$ begin execute 'drop table t'; end $$",
      "do language plperl 'x'",
      "do language sql 'select 1'",
      "do $$ begin nonsense; end $$",
    ])
      expect(unknowns(analysis(text)), text).toContain("body");
  });

  it("is called with CALL, arguments and all", () => {
    const facts = analysis("call p(f(1), 'x')");
    expect(calls(facts).toSorted()).toEqual(["f", "p"]);
    expect(facts.calls.find((call) => call.function.name === "p")?.constants).toEqual([null, "x"]);
    expect(analysis("call nothing(1)").unknown[0]?.missing?.sqlstate).toBe("42883");
  });

  it("is only kept by CREATE FUNCTION; a library is outside", () => {
    const facts = analysis("create function g() returns int language sql as 'delete from t returning a'");
    expect(facts.accesses).toEqual([]);
    expect(facts.kinds).toEqual(["create_function"]);
    expect(renames(facts)).toBe(true);
    expect(analysis("create function g() returns int language c as 'lib', 'sym'").outside).toEqual([
      "library",
    ]);
    expect(analysis("load 'lib'").outside).toEqual(["library"]);
  });
});

describe("definitions", () => {
  it.each([
    ["create table n (a int references t, b int default f(1))", ["define .n()", "define public.t()"]],
    ["create table s.n (a int references s.n)", ["define s.n()"]],
    ["create temp table n (a int)", ["define pg_temp.n()"]],
    ["create table n partition of u for values in (1)", ["define .n()", "define public.u()"]],
    ["create table n (like t)", ["define .n()", "define public.t()"]],
    ["create table if not exists t (a int)", ["define .t()", "define public.t()"]],
    ["create table n as select a from t", ["define .n()", "select public.t(a)"]],
    ["select a into temp n from t", ["define pg_temp.n()", "select public.t(a)"]],
    [
      "create or replace view v as select a from t",
      ["define .v()", "define public.v()", "select public.t(a)"],
    ],
    ["alter table t add column z int default f(1)", ["define public.t()"]],
    ["alter table u attach partition u1 default", ["define public.u()", "define public.u1()"]],
    ["alter table t rename to z", ["define public.t()", "define public.z()"]],
    ["alter table t set schema z", ["define public.t()", "define z.t()"]],
    ["alter table t owner to x", ["define public.t()"]],
    ["drop table t, public.u", ["define public.t()", "define public.u()"]],
    ["drop table if exists nothing", []],
    ["drop trigger x on t", ["define public.t()"]],
    ["drop policy if exists x on t", ["define public.t()"]],
    ["create index on t (f(a))", ["define public.t(*)"]],
    ["create index on t (a) where a > 1", ["define public.t(*)"]],
    ["create unique index on t (b, a)", ["define public.t(a,b)"]],
    ["create trigger x before insert on t execute function f()", ["define public.t()"]],
    ["create policy x on t using (f(a))", ["define public.t()"]],
    ["create rule x as on insert to t do instead delete from u", ["define public.t()"]],
    ["comment on column t.a is 'x'", ["define public.t()"]],
    ["comment on table public.t is 'x'", ["define public.t()"]],
    ["grant select (a) on t to x", ["define public.t()"]],
    ["revoke all on t, u from x", ["define public.t()", "define public.u()"]],
    ["vacuum t", ["define public.t()"]],
    ["create publication x for table t", ["define public.t()"]],
    ["create sequence n owned by t.a", ["define .n()", "define public.t()"]],
    [
      "create schema z create table n (a int) create view w as select a from t",
      ["define z.n()", "define z.w()", "select public.t(a)"],
    ],
  ])("%s", (text, expected) => {
    const facts = analysis(text);
    expect(accesses(facts)).toEqual(expected);
    expect(renames(facts)).toBe(true);
    expect(facts.unknown).toEqual([]);
  });

  it("call what their expressions call", () => {
    for (const text of [
      "create table n (a int default f(1))",
      "create table n (a int check (f(a) > 1))",
      "alter table t alter column a type text using f(a)",
      "create index on t ((f(a))) where f(b) > 0",
      "create policy x on t using (f(a) = 1)",
      "create domain d as int check (f(value))",
    ])
      expect(calls(analysis(text)), text).toContain("f");
  });

  it("name the owner's change as a matter of privileges", () => {
    expect(analysis("alter table t owner to x").kinds).toEqual(["alter_owner", "alter_table"]);
    expect(analysis("alter function f() owner to x").kinds).toEqual(["alter_function", "alter_owner"]);
  });

  it("of what does not exist are missing as PostgreSQL says", () => {
    const missing = (text: string) => analysis(text).unknown.map((unknown) => unknown.missing?.message);
    expect(missing("alter table nothing add a int")).toEqual(['relation "nothing" does not exist']);
    expect(missing("drop table s.nothing")).toEqual(['table "nothing" does not exist']);
    expect(missing("drop view nothing")).toEqual(['view "nothing" does not exist']);
    expect(missing("truncate nothing")).toEqual(['relation "nothing" does not exist']);
    expect(missing("alter table if exists nothing add a int")).toEqual([]);
  });

  it("that reach further than they say are not understood", () => {
    for (const text of [
      "drop table t cascade",
      "alter table t drop column a cascade",
      "truncate t cascade",
      "drop owned by x",
      "reassign owned by x to y",
      "grant select on all tables in schema public to x",
      "alter schema public rename to x",
      "alter table all in tablespace x set tablespace y",
      "import foreign schema a from server b into c",
    ])
      expect(unknowns(analysis(text)), text).toContain("relation");
  });
});

describe("rows", () => {
  it("are truncated without bound, with what lies below", () => {
    const facts = analysis("truncate u, only t");
    expect(accesses(facts)).toEqual(["truncate public.t()", "truncate public.u()"]);
    expect(facts.accesses.find(({ relation }) => relation.name === "u")?.descendants).toEqual(["public.u1"]);
    expect(facts.modifications.map(({ bounded }) => bounded)).toEqual(["unbounded", "unbounded"]);
    expect(facts.tagCounts).toBe(false);
  });

  it("are locked, through views too", () => {
    expect(accesses(analysis("lock t in share mode"))).toEqual(["lock public.t()"]);
    expect(accesses(analysis("lock v"))).toContain("lock public.t() via view public.v");
  });

  it("of a materialized view are those of its query", () => {
    const facts = analysis("refresh materialized view m");
    expect(accesses(facts)).toEqual(["define public.m()", "select public.t(a) via view public.m"]);
  });
});

describe("the facts", () => {
  it("are questions as long as something is not known", () => {
    const parsed = grammar.parse("copy x to stdout");
    if (!parsed.ok || parsed.value[0] === undefined) throw new Error("no statement");
    const blank = { ...catalog, relation: () => undefined };
    expect(analyse(parsed.value[0], { grammar, catalog: blank, session: noNames })).toEqual({
      kind: "questions",
      questions: [{ kind: "relation", name: { schema: null, name: "x" } }],
    });
  });

  it("are the same for the same statement, in one order", () => {
    const text = "create table n (a int references t, b int references u, c int default f(1))";
    expect(JSON.stringify(analysis(text))).toBe(JSON.stringify(analysis(text)));
  });

  it("of a tree that no visitor can walk to its end say so", () => {
    const facts = analysis(`select ${"(".repeat(10)}1${"+1".repeat(900)}${")".repeat(10)}`);
    expect(facts.kind).toBe("select");
  });
});
