// The answers on conditions that nobody wrote by hand, held against what a real PostgreSQL finds in a table: a condition that
// is said to be bounded leaves rows out, one that is made to be true for all rows is never said to be.

import { boundedness } from "../../../core/sql/analyse/bounded/index.ts";
import type { Boundedness } from "#core/sql";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogOf } from "../../support/catalog.ts";
import { testGrammar } from "../../support/grammar.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

const ROWS = 40;
const SETUP = `CREATE TABLE t (id int PRIMARY KEY, n int, name text, active boolean, price numeric);
  INSERT INTO t SELECT i, i % 25, 'name ' || i % 30, i % 3 = 0, i / 4.0 FROM generate_series(1, ${ROWS}) i;
  UPDATE t SET n = NULL, name = NULL, active = NULL WHERE id % 13 = 0;
  CREATE TABLE other (id int, x int); INSERT INTO other SELECT i, i FROM generate_series(0, 60) i;`;

const grammar = testGrammar();
const target = catalogOf({
  "public.t": ["id int4", "n int4", "name text", "active bool", "price numeric"],
}).relation({ schema: "public", name: "t" });

function judge(condition: string): Boundedness {
  const parsed = grammar.parse(`DELETE FROM t WHERE ${condition}`);
  const node = parsed.ok ? parsed.value[0]?.node : undefined;
  if (node === undefined || !("DeleteStmt" in node) || target === null || target === undefined)
    throw new Error(`not parsed: ${condition}`);
  return boundedness({ where: node.DeleteStmt.whereClause, target, aliases: ["t"], from: [], via: [] });
}

/** Few enough that the equalities of one condition cannot name all rows. */
const number = fc.integer({ min: -1, max: 30 }).map(String);
const column = fc.constantFrom("id", "t.id", "n", "public.t.n", "price");
const operator = fc.constantFrom("=", "<>", "<", ">", "<=", ">=");

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 2 },
    column,
    number,
    column.map((one) => `${one} + 0`),
    column.map((one) => `coalesce(${one}, ${one})`),
    column.map((one) => `(${one})::text::numeric`),
    column.map((one) => `${one}::int`),
    column.map((one) => `(SELECT ${one})`),
    fc
      .tuple(tie("expression"), fc.constantFrom("+", "-", "*"), tie("expression"))
      .map(([left, sign, right]) => `(${left} ${sign} ${right})`),
  ),
}));

const leaf = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(column, number).map(([left, right]) => `${left} = ${right}`) },
  fc.tuple(column, number).map(([left, right]) => `${right} = ${left}`),
  fc.tuple(expression, operator, expression).map((parts) => parts.join(" ")),
  fc.tuple(column, number, number).map(([left, ...list]) => `${left} IN (${list.join()})`),
  fc.tuple(column, number, expression).map(([left, ...list]) => `${left} NOT IN (${list.join()})`),
  fc.tuple(column, number).map(([left, one]) => `${left} = ANY (ARRAY[${one}, 2])`),
  fc.tuple(column, number).map(([left, one]) => `${left} <> ALL (ARRAY[${one}, 2])`),
  fc.tuple(column, number, number).map(([left, low, high]) => `${left} BETWEEN ${low} AND ${high}`),
  fc.tuple(column, expression).map(([left, right]) => `${left} IS DISTINCT FROM ${right}`),
  fc.tuple(column, expression).map(([left, right]) => `${left} IS NOT DISTINCT FROM ${right}`),
  column.map((one) => `${one} IS NULL`),
  column.map((one) => `${one} IS NOT NULL`),
  fc.tuple(column, column).map(([left, right]) => `(${left}, 1) = (${right}, 1)`),
  fc.tuple(column, number).map(([left, right]) => `(${left}, true) = (${right}, true)`),
  fc.constantFrom(
    "active",
    "true",
    "false",
    "NULL",
    "1 = 1",
    "1 = 0",
    "'t'::boolean",
    "name = 'name 3'",
    "name = 'name ' || 3",
    "name LIKE '%'",
    "lower(name) = 'name 4'",
    "id::boolean",
    "name::varchar(1) = 'n'",
    "name::varchar = 'name 5'",
    "active = true",
    "EXISTS (SELECT 1)",
    "EXISTS (SELECT 1 FROM other o WHERE o.id = t.id)",
    "NOT EXISTS (SELECT 1 WHERE false)",
    "NOT EXISTS (SELECT generate_series(1, 0))",
    "id IN (SELECT id FROM t)",
    "id IN (SELECT other.id FROM other)",
    "id IN (SELECT generate_series(0, 50))",
    "id = ALL ('{}'::int[])",
    "id <> ALL (ARRAY[]::int[])",
  ),
);

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    {
      weight: 4,
      arbitrary: fc
        .tuple(tie("condition"), tie("condition"))
        .map(([left, right]) => `(${left}) AND (${right})`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("condition"), tie("condition"))
        .map(([left, right]) => `(${left}) OR (${right})`),
    },
    tie("condition").map((one) => `NOT (${one})`),
    fc
      .tuple(
        tie("condition"),
        fc.constantFrom(
          "IS TRUE",
          "IS NOT TRUE",
          "IS FALSE",
          "IS NOT FALSE",
          "IS UNKNOWN",
          "= true",
          "<> true",
        ),
      )
      .map(([one, ending]) => `(${one}) ${ending}`),
    fc
      .tuple(tie("condition"), tie("condition"), tie("condition"))
      .map(([one, two, three]) => `CASE WHEN ${one} THEN ${two} ELSE ${three} END`),
    fc.tuple(tie("condition"), tie("condition")).map(([one, two]) => `coalesce((${one}), (${two}))`),
  ),
}));

/** True for every row, NULLs and all, by the way they are made. */
const { tautology } = fc.letrec<{ tautology: string }>((tie) => ({
  tautology: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(
      "true",
      "1 = 1",
      "'a' = 'a'",
      "NOT false",
      "EXISTS (SELECT 1)",
      "NULL IS NULL",
      "'t'::bool",
    ),
    fc.constantFrom(
      "id = id",
      "t.id = id",
      "id IS NOT NULL",
      "id >= id",
      "id IN (SELECT id FROM t)",
      "id > -9",
    ),
    expression.map((one) => `${one} IS NOT DISTINCT FROM ${one}`),
    condition.map((one) => `((${one}) IS TRUE OR (${one}) IS NOT TRUE)`),
    condition.map((one) => `((${one}) OR NOT (${one}) OR (${one}) IS NULL)`),
    fc.tuple(condition, tie("tautology")).map(([one, two]) => `((${one}) OR (${two}))`),
    fc.tuple(condition, tie("tautology")).map(([one, two]) => `((${two}) OR (${one}))`),
    fc.tuple(tie("tautology"), tie("tautology")).map(([one, two]) => `(${one}) AND (${two})`),
    fc
      .tuple(condition, tie("tautology"), tie("tautology"))
      .map(([one, two, three]) => `CASE WHEN ${one} THEN ${two} ELSE ${three} END`),
    tie("tautology").map((one) => `NOT (NOT (${one}))`),
    tie("tautology").map((one) => `(${one}) IS TRUE`),
    tie("tautology").map((one) => `coalesce((${one}), false)`),
    tie("tautology").map((one) => `(SELECT ${one})`),
  ),
}));

let server: TestPostgres;
let client: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(SETUP);
}, 60_000);
afterAll(async () => {
  await client?.end();
  await server?.stop();
});

/** null: PostgreSQL does not take it (types that do not match, a subquery of several rows). */
async function matching(text: string): Promise<number | null> {
  try {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM t WHERE ${text}`);
    return Number(rows[0]?.count);
  } catch (error) {
    if (error instanceof pg.DatabaseError) return null;
    throw error;
  }
}

test("a condition that is said to be bounded leaves rows out", async () => {
  const seen = { bounded: 0, by_effect: 0, unbounded: 0 };
  await fc.assert(
    fc.asyncProperty(condition, async (text) => {
      const answer = judge(text);
      const count = await matching(text);
      if (count === null) return;
      seen[answer] += 1;
      if (answer === "bounded") expect(count).toBeLessThan(ROWS);
    }),
    { numRuns: 1_500 },
  );
  // Else the property says nothing.
  expect(seen.bounded).toBeGreaterThan(25);
  expect(seen.by_effect).toBeGreaterThan(25);
  expect(seen.unbounded).toBeGreaterThan(25);
}, 120_000);

test("a condition that is true for all rows is never said to be bounded", async () => {
  let valid = 0;
  await fc.assert(
    fc.asyncProperty(tautology, async (text) => {
      const count = await matching(text);
      if (count === null) return;
      expect(count).toBe(ROWS);
      valid += 1;
      expect(judge(text)).not.toBe("bounded");
    }),
    { numRuns: 1_000 },
  );
  expect(valid).toBeGreaterThan(700);
}, 120_000);
