// Names found where PostgreSQL finds them: by search_path, temporary objects, quotes, cut and odd names.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestPostgres, startPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "./catalog-session.ts";

let server: TestPostgres;
let session: AskingSession;

const run = (sql: string) => session.client.query(sql);
/** PostgreSQL's own answer. */
const regclass = async (name: string): Promise<number | null> => {
  const { rows } = await session.client.query<{ oid: number | null }>("SELECT to_regclass($1)::oid AS oid", [
    name,
  ]);
  return rows[0]?.oid ?? null;
};

beforeAll(async () => {
  server = await startPostgres({
    sql: [
      "CREATE ROLE limited LOGIN PASSWORD 'limited'",
      "CREATE SCHEMA a",
      "CREATE SCHEMA b",
      "CREATE SCHEMA closed",
      "CREATE TABLE a.t (a int)",
      "CREATE TABLE b.t (b int)",
      "CREATE TABLE b.only_b (b int)",
      "CREATE TABLE closed.t (c int)",
      'CREATE TABLE "we.ird" (a int)',
      'CREATE TABLE "Quoted ""name""" (a int)',
      'CREATE TABLE "naïve 😀" (a int)',
      `CREATE TABLE "${"é".repeat(40)}" (a int)`,
      "CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE FUNCTION b.f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
      "CREATE FUNCTION b.f(int) RETURNS int LANGUAGE sql AS 'SELECT 3'",
      "CREATE FUNCTION a.g(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE FUNCTION b.g(x int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 2'",
      "CREATE TYPE b.mood AS ENUM ('x')",
      "CREATE FUNCTION a.plus(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE OPERATOR a.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = a.plus)",
      "CREATE OPERATOR a.+% (LEFTARG = int, RIGHTARG = int, FUNCTION = a.plus)",
    ],
  });
  session = await openSession(server.url);
});
afterAll(async () => {
  await session.end();
  await server.stop();
});

describe("a relation's name", () => {
  it("is the first of search_path", async () => {
    for (const [path, schema] of [
      ["a, b", "a"],
      ["b, a", "b"],
      ["nowhere, b", "b"],
    ]) {
      await run(`SET search_path = ${path}`);
      expect((await session.relation("t"))?.schema).toBe(schema);
      expect((await session.relation("t"))?.oid).toBe(await regclass("t"));
    }
    await run("SET search_path = a");
    expect(await session.relation("only_b")).toBeNull();
    expect((await session.relation("only_b", "b"))?.name).toBe("only_b");
    expect(await session.relation("t", "nowhere")).toBeNull();
    expect(await session.relation("t", "pg_temp")).toBeNull();
    await run("RESET search_path");
  });

  it("is PostgreSQL's own catalog's before others, until search_path says otherwise", async () => {
    await run("CREATE TABLE a.pg_class (mine int)");
    await run("SET search_path = a");
    expect((await session.relation("pg_class"))?.schema).toBe("pg_catalog");
    await run("SET search_path = a, pg_catalog");
    expect((await session.relation("pg_class"))?.schema).toBe("a");
    await run("DROP TABLE a.pg_class; RESET search_path");
  });

  it("is a temporary one's before all others, and pg_temp names its schema", async () => {
    await run("SET search_path = a");
    const permanent = await session.relation("t");
    await run(
      "BEGIN; CREATE TEMPORARY TABLE t (temporary int); CREATE TEMPORARY TABLE pg_class (temporary int)",
    );
    const shadow = await session.relation("t");
    expect(shadow).toMatchObject({ schema: "pg_temp", name: "t", columns: [{ name: "temporary" }] });
    expect(shadow?.oid).toBe(await regclass("t"));
    expect((await session.relation("t", "pg_temp"))?.oid).toBe(shadow?.oid);
    expect((await session.relation("pg_class"))?.schema).toBe("pg_temp");
    expect((await session.relation("t", "a"))?.oid).toBe(permanent?.oid);
    await run("SET LOCAL search_path = a, pg_temp");
    expect((await session.relation("t"))?.oid).toBe(permanent?.oid);
    await run("ROLLBACK");
    expect((await session.relation("t"))?.oid).toBe(permanent?.oid);
    await run("RESET search_path");
  });

  it("may hold quotes, dots, blanks and any letter, and is cut at 63 bytes between letters", async () => {
    for (const name of ["we.ird", 'Quoted "name"', "naïve 😀", "é".repeat(40), "é".repeat(31)])
      expect((await session.relation(name))?.kind, name).toBe("table");
    expect((await session.relation("é".repeat(40)))?.name).toBe("é".repeat(31));
    for (const name of ["Quoted name", "é".repeat(30), 'quoted "name"', "a\0b", "\ud800", "", "a\nb"])
      expect(await session.relation(name), JSON.stringify(name)).toBeNull();
  });

  it("is answered for a schema that the role may not use, by name and not on the path", async () => {
    const limited = await openSession(server.url.replace("superuser:test-superuser", "limited:limited"));
    await limited.client.query("SET search_path = closed, a, public");
    expect(await limited.relation("t")).toBeNull();
    expect((await limited.relation("t", "closed"))?.name).toBe("t");
    await limited.end();
  });
});

describe("the name of a function, operator or type", () => {
  it("gives every candidate on the path, but none that another hides in every call", async () => {
    await run("SET search_path = a, b");
    expect((await session.functions("f")).map(({ schema, arguments: args }) => `${schema}(${args})`)).toEqual(
      ["a()", "b(integer)"],
    );
    // g() can only be b's, by its default: a's does not hide it.
    expect((await session.functions("g")).map(({ schema }) => schema)).toEqual(["a", "b"]);
    expect((await session.functions("f", "b")).length).toBe(2);
    expect(await session.functions("f", "nowhere")).toEqual([]);
    await run("RESET search_path");
    expect(await session.functions("f")).toEqual([]);
    expect((await session.functions("lower")).every(({ schema }) => schema === "pg_catalog")).toBe(true);
  });

  it("never means a temporary function or operator unless pg_temp is written", async () => {
    await run("CREATE FUNCTION pg_temp.hidden() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    expect(await session.functions("hidden")).toEqual([]);
    await run("SET search_path = pg_temp, public");
    expect(await session.functions("hidden")).toEqual([]);
    expect(await session.functions("hidden", "pg_temp")).toMatchObject([
      { schema: "pg_temp", name: "hidden" },
    ]);
    await run("RESET search_path");
  });

  it("gives operators outside of pg_catalog that are not hidden by PostgreSQL's own", async () => {
    const plus = (name: string, schema: string | null = null) =>
      session.ask({ kind: "operators", name: { schema, name } });
    expect(await plus("+")).toEqual([{ kind: "operators", value: [] }]);
    await run("SET search_path = a");
    expect(await plus("+")).toEqual([{ kind: "operators", value: [] }]);
    expect(await plus("+%")).toMatchObject([{ value: [{ schema: "a", name: "+%" }] }]);
    await run("SET search_path = a, pg_catalog");
    expect(await plus("+")).toMatchObject([{ value: [{ schema: "a", name: "+" }] }]);
    await run("RESET search_path");
    expect(await plus("+", "a")).toMatchObject([{ value: [{ schema: "a" }] }]);
    expect(await plus("+", "pg_catalog")).toEqual([{ kind: "operators", value: [] }]);
  });

  it("finds types by the path and temporary ones first", async () => {
    expect(await session.type("mood")).toBeNull();
    await run("SET search_path = b");
    expect((await session.type("mood"))?.kind).toBe("enum");
    expect(await session.type("_mood")).toMatchObject({
      kind: "base",
      elementOid: (await session.type("mood"))?.oid,
    });
    await run("BEGIN; CREATE TEMPORARY TABLE mood (a int)");
    expect(await session.type("mood")).toMatchObject({ kind: "composite", schema: "pg_temp" });
    await run("ROLLBACK; RESET search_path");
  });
});

describe("an inquiry", () => {
  it("works in read-only transactions of any isolation and under odd settings, and leaves nothing", async () => {
    const honest = await session.rows(
      { kind: "relation", name: { schema: "b", name: "t" } },
      { kind: "type", name: { schema: "b", name: "mood" } },
    );
    for (const isolation of ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE, DEFERRABLE"]) {
      await run(
        `BEGIN ISOLATION LEVEL ${isolation}, READ ONLY`.replace(
          ", DEFERRABLE, READ ONLY",
          ", READ ONLY, DEFERRABLE",
        ),
      );
      for (const setting of [
        "quote_all_identifiers = on",
        "DateStyle = 'SQL, DMY'",
        "bytea_output = escape",
        "standard_conforming_strings = off",
        "extra_float_digits = -15",
        "transform_null_equals = on",
        "array_nulls = off",
        "row_security = off",
        "enable_indexscan = off",
        "plan_cache_mode = force_custom_plan",
      ])
        await run(`SET LOCAL ${setting}`);
      expect(
        await session.rows(
          { kind: "relation", name: { schema: "b", name: "t" } },
          { kind: "type", name: { schema: "b", name: "mood" } },
        ),
      ).toEqual(honest);
      await run("COMMIT");
    }
  });

  it("holds no lock on what it was asked of, but ACCESS SHARE below a view until the transaction ends", async () => {
    await run("CREATE VIEW b.v AS SELECT b FROM b.t");
    await run("BEGIN");
    const locks = async () =>
      (
        await session.client.query<{
          name: string;
          mode: string;
        }>(`SELECT relation::regclass::text AS name, mode FROM pg_locks
          WHERE pid = pg_backend_pid() AND relation::regclass::text NOT LIKE 'pg\\_%' ORDER BY 1`)
      ).rows;
    await session.relation("only_b", "b");
    expect(await locks()).toEqual([]);
    await session.relation("v", "b");
    expect(await locks()).toEqual([{ name: "b.t", mode: "AccessShareLock" }]);
    await run("ROLLBACK; DROP VIEW b.v");
  });

  it("is cheap enough in the planner's eyes that no just-in-time compilation starts (jit_above_cost is 100,000)", async () => {
    const { rows } = await session.client.query<{
      "QUERY PLAN": readonly [{ Plan: { "Total Cost": number } }];
    }>("EXPLAIN (FORMAT JSON) EXECUTE inquiry('')");
    expect(rows[0]?.["QUERY PLAN"][0].Plan["Total Cost"]).toBeLessThan(50_000);
  });
});
