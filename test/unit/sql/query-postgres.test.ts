// What analysis says of a query, held against a real PostgreSQL: a role that may read and write exactly the columns named by
// the facts can run it; the output has the names and the columns that PostgreSQL describes; what is said to be missing is
// refused with the same SQLSTATE, words and position.

import { analyse, type StatementFacts } from "#core/sql";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CatalogCache } from "../../../core/sql/catalog/index.ts";
import { testGrammar } from "../../support/grammar.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "./catalog-session.ts";
import { STATEMENTS } from "./query-statements.ts";

const SETUP = [
  "CREATE TABLE people (id int PRIMARY KEY, name text, ssn text, email text, boss int)",
  "CREATE TABLE orders (id int PRIMARY KEY, person int, total numeric, note text)",
  "CREATE TABLE items (order_id int, person int, sku text, price numeric)",
  'CREATE TABLE "Odd Name" ("Id" int, "select" text, "naïve" text)',
  "CREATE TABLE docs (id int PRIMARY KEY, body jsonb, page xml, owner people, tags text[])",
  "CREATE SCHEMA audit",
  "CREATE TABLE audit.log (id bigserial, at timestamptz DEFAULT now(), what text)",
  "CREATE VIEW adults AS SELECT id, name || email AS label, ssn FROM people WHERE boss > 0",
  "CREATE FUNCTION full_name(people) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.name'",
  "CREATE FUNCTION pairs(int, OUT a int, OUT b text) LANGUAGE sql IMMUTABLE AS 'SELECT 1, ''x'''",
  "CREATE FUNCTION anything() RETURNS record LANGUAGE sql IMMUTABLE AS 'SELECT 1, ''x''::text'",
  "INSERT INTO people VALUES (1, 'a', '1', 'a@b', 0), (2, 'b', '2', 'b@b', 1)",
  "INSERT INTO orders VALUES (1, 1, 10, 'n'), (2, 2, 20, 'm')",
];

/** Where it is not `id`. */
const FIRST_COLUMNS: Readonly<Record<string, string>> = { items: "order_id", "Odd Name": '"Id"' };

/** What names are refused with. Anything else that PostgreSQL refuses is no affair of names. */
const NAMES: ReadonlySet<string> = new Set(["42P01", "42703", "42702", "42883", "42704", "42501", "3F000"]);

const grammar = testGrammar();
let server: TestPostgres;
let session: AskingSession;

beforeAll(async () => {
  server = await startPostgres({ sql: SETUP });
  session = await openSession(server.url);
  await session.client.query("SET statement_timeout = '2s'");
});
afterAll(async () => {
  await session.end();
  await server.stop();
});

async function factsOf(sql: string): Promise<StatementFacts> {
  const parsed = grammar.parse(sql);
  const statement = parsed.ok ? parsed.value[0] : undefined;
  if (statement === undefined) throw new Error(`not parsed: ${sql}`);
  const catalog = new CatalogCache();
  const names = { prepared: () => null, cursor: () => null };
  for (let round = 0; round < 10; round++) {
    const analysis = analyse(statement, { grammar, catalog, session: names });
    if (analysis.kind === "facts") return analysis.facts;
    const found = await session.ask(...analysis.questions);
    for (const [index, question] of analysis.questions.entries()) {
      const answer = found[index];
      if (answer !== undefined) catalog.learn(question, answer, 0);
    }
  }
  throw new Error(`asks for ever: ${sql}`);
}

/** Exactly what the statement itself does by its facts; what is behind views is their owner's. */
function grants({ accesses, kinds }: StatementFacts): readonly string[] {
  const told = accesses.filter(({ via }) => via.length === 0);
  // PostgreSQL wants SELECT on what is read of EXCLUDED, which shows nothing of the table.
  const upsert = kinds.includes("insert") && kinds.includes("update");
  return told.flatMap(({ relation: { schema, name }, action, columns }) => {
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    const list = columns.map((column) => pg.escapeIdentifier(column)).join();
    // Of a relation without columns read, PostgreSQL wants a privilege on any one of them.
    const some = columns.length === 0 ? `(${FIRST_COLUMNS[name] ?? "id"})` : `(${list})`;
    if (action === "delete") return [`GRANT DELETE ON ${table} TO narrow`];
    if (action === "lock") return [`GRANT UPDATE ON ${table} TO narrow`];
    if (columns.includes("*")) return [`GRANT SELECT ON ${table} TO narrow`];
    const granted = action === "insert" && upsert ? [action, "select"] : [action];
    return granted.map((privilege) => `GRANT ${privilege} ${some} ON ${table} TO narrow`);
  });
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly position: number | null;
}

/** Runs in a transaction that is rolled back. */
async function attempt(sql: string, before: readonly string[]): Promise<Failure | readonly pg.FieldDef[]> {
  const { client } = session;
  await client.query("BEGIN");
  try {
    for (const each of before) await client.query(each);
    const { fields } = await client.query({ text: sql, values: [] });
    return fields;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const { code = "", message, position } = error;
    return { code, message, position: position === undefined ? null : Number(position) };
  } finally {
    await client.query("ROLLBACK");
  }
}

function isFailure(found: Failure | readonly pg.FieldDef[]): found is Failure {
  return "code" in found;
}

describe("PostgreSQL agrees", () => {
  test.each(STATEMENTS)("on %s", async (sql) => {
    const facts = await factsOf(sql);
    const found = await attempt(sql, []);
    if (facts.unknown.length > 0) {
      const said = facts.unknown.map(({ missing }) => ({
        code: missing?.sqlstate,
        message: missing?.message,
        position: missing?.position,
      }));
      expect(said).toContainEqual(found);
      return;
    }
    if (isFailure(found)) {
      expect(NAMES).not.toContain(found.code);
      return;
    }
    expect(facts.output?.map(({ name }) => name) ?? []).toEqual(found.map(({ name }) => name));
    for (const [index, { tableID }] of found.entries()) {
      if (tableID === 0) continue;
      const sources = facts.output?.[index]?.sources.map(({ relation }) => relation.oid);
      expect(sources).toContain(tableID);
    }
    const roles = ["CREATE ROLE narrow", "GRANT USAGE ON SCHEMA audit TO narrow"];
    const narrowed = await attempt(`EXPLAIN ${sql}`, [...roles, ...grants(facts), "SET LOCAL ROLE narrow"]);
    expect(isFailure(narrowed) ? narrowed : null).toBeNull();
  });
});
