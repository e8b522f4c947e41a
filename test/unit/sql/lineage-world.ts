// A small world with secrets, made twice: in the schemas `one` and `two`, where only the secret columns' values differ. What
// a statement gives in the one and in the other tells, without looking at the statement, which of its values come from secrets.

import type { ColumnPlace } from "#core/sql";

/** By table; what inherits from it has them as well. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  people: ["ssn", "salary", "attrs"],
  orders: ["card"],
  staff: ["badge"],
  parts: ["amount"],
};

export function isSecret({
  relation,
  column,
  ancestors = [],
}: Omit<ColumnPlace, "relation"> & {
  readonly relation: ColumnPlace["relation"] | null;
}): boolean {
  if (relation === null) return true;
  const names = [relation.name, ...ancestors.map((name) => name.slice(name.indexOf(".") + 1))];
  return names.some((name) => (column === "*" ? name in SECRETS : SECRETS[name]?.includes(column)) === true);
}

const TABLES = [
  `CREATE TABLE people (id int PRIMARY KEY, name text, ssn text, salary int, boss int, tags text[], attrs jsonb,
     label text GENERATED ALWAYS AS (name || ':' || ssn) STORED, twice int GENERATED ALWAYS AS (boss * 2) VIRTUAL)`,
  "CREATE TABLE staff (badge text, floor int) INHERITS (people)",
  "CREATE TABLE orders (id int PRIMARY KEY, person int, total int, card text, note text)",
  "CREATE TABLE parts (id int, region text, amount int) PARTITION BY LIST (region)",
  "CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a')",
  "CREATE TABLE parts_b PARTITION OF parts DEFAULT",
  "CREATE TABLE sink (a int PRIMARY KEY, b text, c text, d jsonb)",
  "CREATE TABLE log (what text, who int)",
];

const THINGS = [
  "CREATE VIEW codes AS SELECT id, name, ssn AS code, salary + 1 AS pay FROM people",
  "CREATE VIEW pays AS SELECT boss, count(*)::int AS n, max(salary) AS top FROM people GROUP BY boss",
  "CREATE VIEW plain AS SELECT id, name, boss FROM people",
  "CREATE VIEW nested AS SELECT c.id, c.code || o.note AS mix, o.total FROM codes c JOIN orders o ON o.person = c.id",
  "CREATE VIEW sinks AS SELECT a, b AS bee, c FROM sink",
  "CREATE MATERIALIZED VIEW copies AS SELECT id, upper(ssn) AS up, name FROM people",
  "CREATE FUNCTION ssn_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT ssn FROM people WHERE id = $1 LIMIT 1'",
  `CREATE FUNCTION pay_of(i int) RETURNS int LANGUAGE plpgsql STABLE AS
     'DECLARE x int; BEGIN SELECT p.salary INTO x FROM people p WHERE p.id = i LIMIT 1; RETURN x; END'`,
  "CREATE FUNCTION plus_one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1'",
  `CREATE FUNCTION pairs() RETURNS TABLE (k int, v text) LANGUAGE sql STABLE AS 'SELECT id, card FROM orders'`,
  "CREATE FUNCTION everyone() RETURNS SETOF people LANGUAGE sql STABLE AS 'SELECT * FROM people'",
  "CREATE FUNCTION somebody(int) RETURNS people LANGUAGE sql STABLE AS 'SELECT * FROM people WHERE id = $1 LIMIT 1'",
  "CREATE FUNCTION secret_of(people) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.ssn'",
  `CREATE FUNCTION running(int) RETURNS text LANGUAGE plpgsql STABLE AS
     'DECLARE x text; BEGIN EXECUTE ''SELECT ssn FROM people WHERE id = $1 LIMIT 1'' INTO x USING $1; RETURN x; END'`,
  "CREATE AGGREGATE glued(text) (SFUNC = textcat, STYPE = text, INITCOND = '')",
  "CREATE FUNCTION joined(text, int) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1 || ssn_of($2)'",
  "CREATE OPERATOR ### (LEFTARG = text, RIGHTARG = int, FUNCTION = joined)",
  `CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
     'DECLARE x text; BEGIN x := NEW.b; INSERT INTO log VALUES (x, NEW.a); RETURN NULL; END'`,
  "CREATE TRIGGER noted AFTER INSERT OR UPDATE ON sink FOR EACH ROW EXECUTE FUNCTION noted()",
  `CREATE FUNCTION kept(t text) RETURNS int LANGUAGE sql VOLATILE AS
     'INSERT INTO log VALUES (t, 0); SELECT 1'`,
];

function rows(world: number): readonly string[] {
  const secret = secretOf(world);
  // Of another length, or not there at all.
  const maybe = (row: number, text: string): string =>
    (row + world) % 4 === 0 ? "NULL" : `'${text}${"q".repeat((row * world) % 3)}'`;
  const person = (i: number): string =>
    `${i}, 'name${i}', ${maybe(i, secret(i, 1))}, ${Number.parseInt(secret(i, 2), 36) % 9}, ${(i % 3) + 1}, ARRAY['t${i}', 'u${i % 2}'],
     '{"t": "${secret(i, 3)}", "n": ${Number.parseInt(secret(i, 4), 36) % 7}, "l": ["${secret(i, 5)}", "x"]}'`;
  const columns = "id, name, ssn, salary, boss, tags, attrs";
  return [
    ...[1, 2, 3, 4, 5].map((i) => `INSERT INTO people (${columns}) VALUES (${person(i)})`),
    ...[6, 7].map(
      (i) => `INSERT INTO staff (${columns}, badge, floor) VALUES (${person(i)}, '${secret(i, 6)}', ${i})`,
    ),
    ...[1, 2, 3, 4, 5, 6].map(
      (i) => `INSERT INTO orders VALUES (${i}, ${(i % 4) + 1}, ${i * 10}, '${secret(i, 7)}', 'note${i}')`,
    ),
    ...[1, 2, 3, 4].map(
      (i) =>
        `INSERT INTO parts VALUES (${i}, '${i % 2 === 0 ? "a" : "b"}', ${Number.parseInt(secret(i, 8), 36) % 100})`,
    ),
    "INSERT INTO sink VALUES (1, 'one', 'c1', '{}'), (2, 'two', 'c2', '[]')",
  ];
}

/** Base 36, of one length, and other in the other schema. */
function secretOf(world: number): (row: number, of: number) => string {
  return (row, of) =>
    (((row * 7919 + of * 104_729 + world * 15_485_863) * 2_654_435_761) % 2_176_782_336)
      .toString(36)
      .padStart(6, "z");
}

function worldOf(schema: string, world: number): readonly string[] {
  return [`CREATE SCHEMA ${schema}`, `SET search_path = ${schema}`, ...TABLES, ...rows(world), ...THINGS];
}

export const WORLD: readonly string[] = [...worldOf("one", 1), ...worldOf("two", 2)];
