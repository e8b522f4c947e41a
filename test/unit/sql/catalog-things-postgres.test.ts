// What is said of each kind of thing: relations with all that hangs on them, functions, types.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestPostgres, startPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "./catalog-session.ts";

let server: TestPostgres;
let session: AskingSession;

const run = (sql: string) => session.client.query(sql);
const oidOf = async (signature: string): Promise<number> => {
  const { rows } = await session.client.query<{ oid: number }>("SELECT $1::regprocedure::oid AS oid", [
    signature,
  ]);
  return rows[0]?.oid ?? 0;
};

const oidsOf = async (...signatures: readonly string[]): Promise<readonly number[]> => {
  const oids: number[] = [];
  for (const signature of signatures) oids.push(await oidOf(signature));
  return oids;
};

beforeAll(async () => {
  server = await startPostgres({
    sql: [
      `CREATE TABLE customers (id serial PRIMARY KEY, email text UNIQUE, name text, dropped int,
        upper_name text GENERATED ALWAYS AS (upper(name)) STORED)`,
      "ALTER TABLE customers DROP COLUMN dropped",
      "CREATE UNIQUE INDEX partial_key ON customers (name) WHERE id > 10",
      "CREATE UNIQUE INDEX expression_key ON customers (lower(name))",
      "CREATE UNIQUE INDEX including_key ON customers (name, email) INCLUDE (id)",
      `CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, customer int, other int,
        CONSTRAINT to_customer FOREIGN KEY (customer) REFERENCES customers ON DELETE CASCADE ON UPDATE SET NULL,
        CONSTRAINT to_other FOREIGN KEY (other) REFERENCES customers ON DELETE SET DEFAULT,
        CONSTRAINT only_checks FOREIGN KEY (other) REFERENCES customers)`,
      "CREATE VIEW v AS SELECT id, email FROM customers",
      "CREATE VIEW vv WITH (security_invoker) AS SELECT email FROM v",
      "CREATE VIEW not_invoker WITH (security_invoker = off) AS SELECT email FROM v",
      "CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 3",
      "CREATE MATERIALIZED VIEW mv AS SELECT email FROM customers",
      "CREATE TABLE log (line text)",
      "CREATE RULE also AS ON INSERT TO customers DO ALSO INSERT INTO log VALUES (NEW.name)",
      "CREATE RULE instead AS ON DELETE TO v DO INSTEAD DELETE FROM log",
      "CREATE RULE off AS ON UPDATE TO customers DO ALSO NOTHING",
      "ALTER TABLE customers DISABLE RULE off",
      "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
      "CREATE FUNCTION condition(text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
      "CREATE TRIGGER before_row BEFORE INSERT OR UPDATE ON customers FOR EACH ROW WHEN (condition(NEW.name)) EXECUTE FUNCTION fire()",
      "CREATE TRIGGER truncation AFTER TRUNCATE ON customers FOR EACH STATEMENT EXECUTE FUNCTION fire()",
      "ALTER TABLE customers DISABLE TRIGGER truncation",
      "CREATE TABLE events (at int, what text) PARTITION BY RANGE (at)",
      "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100) PARTITION BY LIST (what)",
      "CREATE TABLE events_1_a PARTITION OF events_1 FOR VALUES IN ('a')",
      "CREATE TRIGGER below BEFORE DELETE ON events_1_a FOR EACH ROW EXECUTE FUNCTION fire()",
      "ALTER TABLE events_1_a ADD PRIMARY KEY (at)",
      "CREATE TABLE follows (at int CONSTRAINT to_leaf REFERENCES events_1_a ON DELETE CASCADE)",
      "CREATE TABLE mother (a int)",
      "CREATE TABLE father (b int)",
      "CREATE TABLE child () INHERITS (mother, father)",
      "CREATE FUNCTION guess() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE FUNCTION fits(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'",
      "CREATE FUNCTION same(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'",
      "CREATE OPERATOR ==~ (LEFTARG = int, RIGHTARG = text, FUNCTION = same)",
      "CREATE TABLE guarded (a int DEFAULT guess() CHECK (fits(a)), t text, CHECK (a ==~ t))",
      "CREATE FUNCTION mine(text) RETURNS bool LANGUAGE sql STABLE AS 'SELECT true'",
      "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
      "CREATE POLICY mine ON guarded USING (mine(t))",
      "CREATE TYPE pair AS (x int, y text)",
      "CREATE DOMAIN small AS int CHECK (fits(VALUE))",
      "CREATE TYPE holder AS (s small[])",
      "CREATE TYPE span AS RANGE (subtype = int)",
      "CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql AS $$SELECT ROW($1, '')::pair$$",
      "CREATE CAST (int AS pair) WITH FUNCTION to_pair(int)",
      `CREATE FUNCTION many(a int, b text DEFAULT 'x', VARIADIC c pair[] DEFAULT '{}') RETURNS TABLE (p int, q text)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS 'BEGIN RETURN; END'`,
      "CREATE FUNCTION two_out(a int, OUT x int, OUT text) LANGUAGE sql AS $$SELECT 1, ''$$",
      "CREATE PROCEDURE proc(a int, OUT b int) LANGUAGE sql AS 'SELECT 1'",
      "CREATE FUNCTION modern(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a; END",
      "CREATE FUNCTION step(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE AGGREGATE total(int) (SFUNC = step, STYPE = int, FINALFUNC = modern)",
      "CREATE EXTENSION citext",
      "CREATE EXTENSION pgcrypto",
    ],
  });
  session = await openSession(server.url);
});
afterAll(async () => {
  await session.end();
  await server.stop();
});

describe("a relation", () => {
  it("has its columns, without dropped ones, and its plain unique keys, the primary first", async () => {
    const customers = await session.relation("customers");
    expect(customers?.columns.map(({ name, number, generated }) => [name, number, generated])).toEqual([
      ["id", 1, false],
      ["email", 2, false],
      ["name", 3, false],
      ["upper_name", 5, true],
    ]);
    expect(customers?.uniqueKeys).toEqual([["id"], ["email"], ["name", "email"]]);
    expect(customers?.columns.map(({ generatedFrom }) => generatedFrom)).toEqual([
      undefined,
      undefined,
      undefined,
      ["name"],
    ]);
  });

  it("has its rules and user triggers, but no rule that is off", async () => {
    const customers = await session.relation("customers");
    expect(customers?.rules).toMatchObject([{ name: "also", event: "insert", instead: false }]);
    expect(customers?.rules[0]?.definition).toContain("INSERT INTO log");
    expect((await session.relation("v"))?.rules).toMatchObject([
      { name: "instead", event: "delete", instead: true },
    ]);
    const fire = await oidOf("fire()");
    expect(customers?.triggers).toEqual([
      { name: "before_row", functionOid: fire, events: ["insert", "update"], enabled: true },
      { name: "truncation", functionOid: fire, events: ["truncate"], enabled: false },
    ]);
    expect(customers?.expressionFunctionOids).toEqual([await oidOf("condition(text)")]);
  });

  it("has the foreign keys that point to it", async () => {
    const cascades = (await session.relation("customers"))?.cascades;
    expect(
      cascades?.map(({ constraint, columns, onDelete, onUpdate }) => [
        constraint,
        columns,
        onDelete,
        onUpdate,
      ]),
    ).toEqual([
      ["only_checks", ["other"], "none", "none"],
      ["to_customer", ["customer"], "delete", "update"],
      ["to_other", ["other"], "update", "none"],
    ]);
    expect(cascades?.[0]?.relation).toMatchObject({ schema: "public", name: "orders", kind: "table" });
    expect((await session.relation("orders"))?.cascades).toEqual([]);
  });

  it("that is a view has its definition and says whose rights it uses", async () => {
    expect(await session.relation("v")).toMatchObject({ kind: "view", securityInvoker: false });
    expect((await session.relation("v"))?.viewDefinition).toContain("FROM customers");
    expect(await session.relation("vv")).toMatchObject({ securityInvoker: true });
    expect(await session.relation("not_invoker")).toMatchObject({ securityInvoker: false });
    expect((await session.relation("numbers"))?.viewDefinition).toContain("WITH RECURSIVE");
    const stored = await session.relation("mv");
    expect(stored).toMatchObject({ kind: "materialized_view", viewDefinition: null });
    expect(stored?.storedDefinition).toContain("FROM customers");
    expect(await session.relation("pg_tables")).toMatchObject({
      kind: "view",
      schema: "pg_catalog",
      viewDefinition: null,
    });
  });

  it("has all that is above and below it, and what acts below", async () => {
    const names = (refs: readonly { readonly name: string }[] | undefined) => refs?.map(({ name }) => name);
    const events = await session.relation("events");
    expect(events?.kind).toBe("partitioned_table");
    expect(names(events?.descendants)).toEqual(["events_1", "events_1_a"]);
    expect(names(events?.triggersBelow)).toEqual(["below"]);
    expect(events?.cascadesBelow).toMatchObject([{ constraint: "to_leaf", onDelete: "delete" }]);
    expect(names((await session.relation("events_1_a"))?.ancestors)).toEqual(["events", "events_1"]);
    expect(names((await session.relation("child"))?.ancestors)).toEqual(["mother", "father"]);
    expect(names((await session.relation("mother"))?.descendants)).toEqual(["child"]);
  });

  it("has the functions of its expressions, those of operators and of policies too", async () => {
    const guarded = await session.relation("guarded");
    const expected = await oidsOf("guess()", "fits(int)", "same(int, text)", "mine(text)");
    expect(new Set(guarded?.expressionFunctionOids)).toEqual(new Set(expected));
    expect(guarded?.rowSecurity).toBe(true);
  });

  it("that is a sequence has its owner; each kind has its word", async () => {
    expect(await session.relation("customers_id_seq")).toMatchObject({
      kind: "sequence",
      ownedBy: { name: "customers" },
    });
    expect(await session.relation("orders_id_seq")).toMatchObject({ ownedBy: { name: "orders" } });
    expect((await session.relation("customers_pkey"))?.kind).toBe("index");
    expect((await session.relation("pair"))?.kind).toBe("composite_type");
  });

  it("is the same by OID", async () => {
    const customers = await session.relation("customers");
    expect(
      await session.ask({ kind: "relation_oid", oid: customers?.oid ?? 0 }, { kind: "relation_oid", oid: 1 }),
    ).toEqual([
      { kind: "relation", value: customers },
      { kind: "relation", value: null },
    ]);
  });
});

describe("a function", () => {
  it("has all its properties", async () => {
    const [many] = await session.functions("many");
    expect(many).toMatchObject({
      schema: "public",
      arguments: "a integer, b text, VARIADIC c public.pair[]",
      kind: "function",
      volatility: "stable",
      securityDefiner: true,
      language: "plpgsql",
      leastArguments: 1,
      mostArguments: null,
      hasSettings: true,
      returnsSet: true,
      outputColumns: ["p", "q"],
      supportOids: [],
      extension: null,
    });
    expect(many?.definition).toContain("CREATE OR REPLACE FUNCTION public.many");
    expect((await session.functions("two_out"))[0]).toMatchObject({
      arguments: "a integer, OUT x integer, OUT text",
      leastArguments: 1,
      mostArguments: 1,
      outputColumns: ["x", "column2"],
    });
    expect((await session.functions("proc"))[0]).toMatchObject({
      kind: "procedure",
      arguments: "IN a integer, OUT b integer",
      leastArguments: 2,
      mostArguments: 2,
    });
    expect((await session.functions("modern"))[0]?.definition).toContain("BEGIN ATOMIC");
  });

  it("of PostgreSQL's own has no definition, but all candidates", async () => {
    const kinds = new Set((await session.functions("row_number")).map(({ kind }) => kind));
    expect([...kinds]).toEqual(["window"]);
    const format = await session.functions("format", "pg_catalog");
    expect(new Set(format.map(({ mostArguments }) => mostArguments))).toEqual(new Set([1, null]));
    expect(format.every(({ definition }) => definition === null)).toBe(true);
  });

  it("that is an aggregate names what runs with it", async () => {
    const [total] = await session.functions("total");
    expect(total).toMatchObject({ kind: "aggregate", definition: null });
    expect(new Set(total?.supportOids)).toEqual(new Set(await oidsOf("step(int, int)", "modern(int)")));
  });

  it("names the extension it came with", async () => {
    expect(
      (await session.functions("gen_salt")).map(({ extension, language }) => [extension, language]),
    ).toEqual([
      ["pgcrypto", "c"],
      ["pgcrypto", "c"],
    ]);
  });

  it("writes its arguments as PostgreSQL does where types are its own", async () => {
    const { rows } = await session.client.query<{ oid: number; a: string }>(
      `SELECT oid, pg_get_function_identity_arguments(oid) AS a FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'a' ORDER BY oid`,
    );
    const found = await session.ask(...rows.map(({ oid }) => ({ kind: "function_oid", oid }) as const));
    expect(found.map((answer) => (answer.kind === "function" ? answer.value?.arguments : null))).toEqual(
      rows.map(({ a }) => a),
    );
  });
});

describe("a type", () => {
  it("has its kind and what is inside of it", async () => {
    expect(await session.type("pair")).toMatchObject({
      kind: "composite",
      relationOid: (await session.relation("pair"))?.oid,
    });
    expect(await session.type("small")).toMatchObject({ kind: "domain", baseTypeOid: 23 });
    expect((await session.type("span"))?.kind).toBe("range");
    expect((await session.type("span_multirange"))?.kind).toBe("multirange");
    expect((await session.type("anyelement"))?.kind).toBe("pseudo");
    expect(await session.type("int4")).toMatchObject({ schema: "pg_catalog", functionOids: [] });
  });

  it("has the functions of its checks, casts and input, and those of its parts", async () => {
    const fits = await oidOf("fits(int)");
    for (const name of ["small", "_small", "holder", "_holder"])
      expect((await session.type(name))?.functionOids, name).toEqual([fits]);
    expect((await session.type("pair"))?.functionOids).toEqual([await oidOf("to_pair(int)")]);
    expect((await session.type("citext"))?.functionOids).toEqual(
      expect.arrayContaining([await oidOf("citextin(cstring)"), await oidOf("citext(boolean)")]),
    );
    expect((await session.type("bool"))?.functionOids).toEqual([]);
  });
});

describe("large things", () => {
  it("do not break: 1,600 columns, 1,000 children", async () => {
    await run(`CREATE TABLE wide (${Array.from({ length: 1600 }, (_, i) => `c${i} int`).join(", ")})`);
    expect((await session.relation("wide"))?.columns.length).toBe(1600);
    await run("CREATE TABLE root (a int)");
    await run(`DO $$ BEGIN FOR i IN 1 .. 1000 LOOP
      EXECUTE format('CREATE TABLE partition_of_the_root_%s () INHERITS (root)', i); END LOOP; END $$`);
    expect((await session.relation("root"))?.descendants.length).toBe(1000);
  });

  it("are unanswerable past the cap, and never answered in part", async () => {
    await run(`CREATE VIEW huge AS SELECT '${"x".repeat(1_100_000)}'::text AS a`);
    const [huge, small] = await session.ask(
      { kind: "relation", name: { schema: null, name: "huge" } },
      { kind: "relation", name: { schema: null, name: "v" } },
    );
    expect(huge).toEqual({ kind: "unanswerable", why: "too_large" });
    expect(small).toMatchObject({ kind: "relation", value: { name: "v" } });
  });
});
