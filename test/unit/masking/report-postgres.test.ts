// Errors and notices of a real PostgreSQL, each with a marker in its value: the marker is nowhere in what is shown, the
// SQLSTATE is, and the words of those that an agent has to act on are.

import { maskReport } from "#core/masking";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

const MARKER = "MARKER77";
const NAMES = new Set([
  "people",
  "public",
  "email",
  "id",
  "age",
  "people_email_key",
  "people_pkey",
  "people_age_check",
  "pets",
  "pets_owner_fkey",
  "owner",
  "mood",
]);

/** Letters of the fields by pg's names. */
const LETTERS = {
  severity: "S",
  code: "C",
  message: "M",
  detail: "D",
  hint: "H",
  position: "P",
  internalPosition: "p",
  internalQuery: "q",
  where: "W",
  schema: "s",
  table: "t",
  column: "c",
  dataType: "d",
  constraint: "n",
  file: "F",
  line: "L",
  routine: "R",
} as const;

const SETUP = [
  "CREATE TYPE mood AS ENUM ('happy')",
  "CREATE DOMAIN short AS text CHECK (length(value) < 3)",
  "CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, age int CHECK (age > 0), m mood, s short, c char(3), j jsonb, CONSTRAINT long CHECK (email <> 'never'))",
  "CREATE TABLE pets (owner text REFERENCES people (email))",
  "CREATE TABLE parted (k text) PARTITION BY LIST (k)",
  `INSERT INTO people VALUES (1, '${MARKER}@example.com', 5)`,
  `INSERT INTO pets VALUES ('${MARKER}@example.com')`,
  "CREATE FUNCTION f(x text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN x::int; END $$",
  "CREATE FUNCTION g(x text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ' || x; RETURN 1; END $$",
  "CREATE FUNCTION r(x text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = x, DETAIL = x, HINT = x, COLUMN = x, TABLE = x, SCHEMA = x, CONSTRAINT = x, DATATYPE = x, ERRCODE = left(upper(x), 5); END $$",
];

const CASES: readonly (readonly [sql: string, message: RegExp])[] = [
  [
    `INSERT INTO people VALUES (2, '${MARKER}@example.com')`,
    /^duplicate key value violates unique constraint "people_email_key"$/,
  ],
  [
    `INSERT INTO people VALUES (3, '${MARKER}', -1)`,
    /^new row for relation "people" violates check constraint "people_age_check"$/,
  ],
  [
    `INSERT INTO people VALUES (NULL, '${MARKER}')`,
    /^null value in column "id" of relation "people" violates not-null constraint$/,
  ],
  [
    "UPDATE people SET email = 'x'",
    /^update or delete on table "people" violates foreign key constraint "pets_owner_fkey" on table "pets"$/,
  ],
  [
    `INSERT INTO pets VALUES ('${MARKER}')`,
    /^insert or update on table "pets" violates foreign key constraint "pets_owner_fkey"$/,
  ],
  [`INSERT INTO parted VALUES ('${MARKER}')`, /^no partition of relation "…" found for row$/],
  ["SELECT email::int FROM people", /^invalid input syntax for type integer: "…"$/],
  ["SELECT email::numeric FROM people", /^invalid input syntax for type numeric: "…"$/],
  ["SELECT email::date FROM people", /^invalid input syntax for type date: "…"$/],
  ["SELECT email::timestamptz FROM people", /^invalid input syntax for type timestamp with time zone: "…"$/],
  ["SELECT email::uuid FROM people", /^invalid input syntax for type uuid: "…"$/],
  ["SELECT email::mood FROM people", /^invalid input value for enum mood: "…"$/],
  ["SELECT email::json FROM people", /^invalid input syntax for type json$/],
  ["SELECT email::text[] FROM people", /^malformed array literal: "…"$/],
  ["SELECT email::int4range FROM people", /^malformed range literal: "…"$/],
  ["SELECT email::inet FROM people", /^invalid input syntax for type inet: "…"$/],
  ["SELECT email::xml FROM people WHERE xmlparse(document email) IS NOT NULL", /./],
  ["SELECT email::regclass FROM people", /./],
  ["SELECT email::short FROM people", /^value for domain .* violates check constraint "…"$/],
  ["SELECT to_timestamp(email, 'YYYY') FROM people", /./],
  ["SELECT to_number(email, '999') FROM people", /./],
  ["SELECT ('x' || email || '(') ~ (email || '(') FROM people", /./],
  ["SELECT set_config('work_mem', email, false) FROM people", /./],
  ["SELECT set_config(email, 'x', false) FROM people", /./],
  ["SELECT 1 / (length(email) - length(email)) FROM people", /^division by zero$/],
  ["SELECT currval(email) FROM people", /./],
  ["SELECT pg_catalog.has_table_privilege(email, 'select') FROM people", /./],
  ["SELECT query_to_xml(email, true, true, '') FROM people", /./],
  ["SELECT jsonb_path_query('1', email::jsonpath) FROM people", /./],
  ["SELECT f(email) FROM people", /^invalid input syntax for type integer: "…"$/],
  ["SELECT g(email) FROM people", /./],
  ["SELECT r(email) FROM people", /^PL\/pgSQL error; its text may hold masked values and is not shown$/],
  [`DO $$ BEGIN RAISE EXCEPTION 'the value %', (SELECT email FROM people); END $$`, /is not shown$/],
  ["INSERT INTO people (id, c) SELECT 9, email FROM people", /^value too long for type character\(3\)$/],
  [
    "SELECT (SELECT email FROM people UNION ALL SELECT email || 'x' FROM people)",
    /^more than one row returned by a subquery used as an expression$/,
  ],
  [
    "COPY people (id, age) FROM PROGRAM 'echo 5,MARKER77' CSV",
    /^invalid input syntax for type integer: "…"$/,
  ],
];

let postgres: TestPostgres;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres({ sql: SETUP });
  client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await postgres?.stop();
});

function show(report: object): ReadonlyMap<string, string> {
  const given = report as Partial<Record<keyof typeof LETTERS, string>>;
  const fields = new Map<string, string>();
  for (const [name, letter] of Object.entries(LETTERS)) {
    const text = given[name as keyof typeof LETTERS];
    if (text !== undefined) fields.set(letter, text);
  }
  return maskReport(fields, (name) => NAMES.has(name));
}

test.each(CASES)("%s", async (sql, message) => {
  const error: unknown = await client.query(sql).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof pg.DatabaseError)) throw new Error(`no error: ${sql}`);
  const shown = show(error);
  expect([...shown.values()].join("\n").toUpperCase()).not.toContain(MARKER);
  expect(shown.get("M")).toMatch(message);
  if (error.code !== "MARKE") expect(shown.get("C")).toBe(error.code);
});

test("notices too", async () => {
  const notices: object[] = [];
  client.on("notice", (notice) => notices.push(notice));
  await client.query(
    "DO $$ BEGIN RAISE NOTICE 'the value %', (SELECT email FROM people) USING HINT = (SELECT email FROM people); END $$",
  );
  expect(notices.length).toBe(1);
  for (const notice of notices) expect(JSON.stringify([...show(notice)])).not.toContain(MARKER);
});
