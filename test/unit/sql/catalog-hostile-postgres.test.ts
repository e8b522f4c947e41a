// An agent who may create in a schema of its own, and puts that schema before pg_catalog: every operator, function, type
// and relation that the inquiry uses has a double there, and none of them may ever run or change an answer.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Question, inquiry } from "../../../core/sql/catalog/index.ts";
import { type TestPostgres, startPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "./catalog-session.ts";

const QUESTIONS: readonly Question[] = [
  { kind: "relation", name: { schema: "app", name: "t" } },
  { kind: "relation", name: { schema: "app", name: "parts" } },
  { kind: "relation", name: { schema: "app", name: "t_id_seq" } },
  { kind: "relation", name: { schema: "pg_catalog", name: "pg_tables" } },
  { kind: "functions", name: { schema: "app", name: "f" } },
  { kind: "functions", name: { schema: "pg_catalog", name: "lower" } },
  { kind: "operators", name: { schema: "app", name: "=" } },
  { kind: "type", name: { schema: "app", name: "d" } },
  { kind: "type", name: { schema: "pg_catalog", name: "text" } },
  { kind: "relation", name: { schema: "app", name: "missing" } },
];
const VIEW: Question = { kind: "relation", name: { schema: "app", name: "v" } };

/** Doubles of all that the inquiry's text names; whoever calls one of them gets an exception. */
function doubles(sql: string): string {
  const names = [...sql.matchAll(/pg_catalog\.([a-z_0-9]+)/gu)].map(([, name]) => `'${name}'`);
  const used = [...new Set(names)].join(", ");
  return `
  DO $do$ DECLARE x pg_catalog.record; DECLARE n pg_catalog.int4 := 0; BEGIN
    FOR x IN SELECT DISTINCT l.typname AS l, r.typname AS r, o.oprname FROM pg_operator o
      JOIN pg_type l ON l.oid = o.oprleft JOIN pg_type r ON r.oid = o.oprright
      WHERE o.oprname IN ('=', '<>', '<', '<=', '>', '>=') AND l.typtype = 'b' AND r.typtype = 'b' LOOP
      n := n + 1;
      EXECUTE format('CREATE FUNCTION evil.trap_%s(pg_catalog.%I, pg_catalog.%I) RETURNS bool LANGUAGE plpgsql AS
        ''BEGIN RAISE EXCEPTION ''''trapped''''; END''', n, x.l, x.r);
      EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = pg_catalog.%I, RIGHTARG = pg_catalog.%I, FUNCTION = evil.trap_%s)',
        x.oprname, x.l, x.r, n);
    END LOOP;
    FOR x IN SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS a FROM pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (${used}) LOOP
      BEGIN
        EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS bool LANGUAGE plpgsql AS
          ''BEGIN RAISE EXCEPTION ''''trapped''''; END''', x.proname, replace(x.a, 'VARIADIC "any"', 'VARIADIC text[]'));
      EXCEPTION WHEN others THEN NULL; END;
    END LOOP;
    FOR x IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relname IN (${used}) LOOP
      EXECUTE format('CREATE TABLE evil.%I (oid pg_catalog.int4)', x.relname);
    END LOOP;
    FOR x IN SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b'
      AND t.typname IN (${used}, 'bool', 'int4', 'char', 'record') LOOP
      EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.int4 CHECK (VALUE IS NULL)', x.typname);
    END LOOP;
  END $do$`;
}

let server: TestPostgres;
let agent: AskingSession;

beforeAll(async () => {
  server = await startPostgres({
    sql: [
      "CREATE ROLE agent LOGIN PASSWORD 'agent'",
      "CREATE SCHEMA app",
      "GRANT USAGE ON SCHEMA app TO agent",
      "CREATE SCHEMA evil AUTHORIZATION agent",
      "CREATE TABLE app.t (id serial PRIMARY KEY, a text)",
      "CREATE TABLE app.other (id int, secret text)",
      "CREATE TABLE app.parts (id int PRIMARY KEY REFERENCES app.t ON DELETE CASCADE) PARTITION BY RANGE (id)",
      "CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (0) TO (10)",
      "CREATE VIEW app.v AS SELECT id, a FROM app.t",
      "CREATE VIEW app.w AS SELECT id, secret AS a FROM app.other",
      "CREATE FUNCTION app.f(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "CREATE FUNCTION app.same(int, text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
      "CREATE OPERATOR app.= (LEFTARG = int, RIGHTARG = text, FUNCTION = app.same)",
      "CREATE DOMAIN app.d AS int CHECK (app.f(VALUE) > 0)",
    ],
  });
  agent = await openSession(server.url.replace("superuser:test-superuser", "agent:agent"));
});
afterAll(async () => {
  await agent.end();
  await server.stop();
});

describe("a search_path with doubles of everything before pg_catalog", () => {
  it("changes no answer and runs nothing of the agent's", async () => {
    const honest = await agent.ask(...QUESTIONS);
    expect(honest.filter(({ kind }) => kind === "unanswerable")).toEqual([]);
    await agent.client.query(doubles(inquiry([]).sql));
    const { rows } = await agent.client.query<{ o: string; f: string; r: string }>(`SELECT
      (SELECT count(*) FROM pg_operator WHERE oprnamespace = 'evil'::regnamespace) AS o,
      (SELECT count(*) FROM pg_proc WHERE pronamespace = 'evil'::regnamespace AND proname NOT LIKE 'trap%') AS f,
      (SELECT count(*) FROM pg_class WHERE relnamespace = 'evil'::regnamespace) AS r`);
    expect(Number(rows[0]?.o)).toBeGreaterThan(100);
    expect(Number(rows[0]?.f)).toBeGreaterThan(15);
    expect(Number(rows[0]?.r)).toBeGreaterThan(10);
    for (const path of ["evil, pg_catalog", "evil, pg_temp, pg_catalog, app", "pg_catalog, evil"]) {
      await agent.client.query(`SET search_path = ${path}`);
      expect(await agent.ask(...QUESTIONS), path).toEqual(honest);
      // And with a plan made on this path from the start.
      const { sql, parameter } = inquiry([]);
      await agent.client.query({ text: sql, values: [parameter] });
    }
  });

  it("leaves a view unanswered where an operator of the agent's could choose its definition", async () => {
    await agent.client.query("SET search_path = pg_catalog, evil");
    expect(await agent.ask(VIEW)).toMatchObject([{ kind: "unanswerable", why: "shadowed_operator" }]);
    await agent.client.query("RESET search_path");
    expect(await agent.ask(VIEW)).toMatchObject([{ kind: "relation", value: { kind: "view" } }]);
  });

  it("would be fooled by such an operator, did it ask for the definition", async () => {
    await agent.client.query(`CREATE OR REPLACE FUNCTION evil.swap(oid, oid) RETURNS bool LANGUAGE sql AS
      'SELECT pg_catalog.oideq($1, ''app.w''::pg_catalog.regclass)'`);
    await agent.client.query("DROP OPERATOR evil.= (oid, oid); DROP OPERATOR evil.= (name, name)");
    await agent.client.query("CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.swap)");
    await agent.client.query("SET search_path = evil, pg_catalog");
    const { rows } = await agent.client.query<{ d: string }>(
      "SELECT pg_catalog.pg_get_viewdef('app.v'::pg_catalog.regclass::pg_catalog.oid) AS d",
    );
    expect(rows[0]?.d).toContain("secret");
    expect(await agent.ask(VIEW)).toMatchObject([{ kind: "unanswerable" }]);
    await agent.client.query("RESET search_path");
  });
});
