// What masks refuse, where it takes a real catalog to say: extensions and their operators, triggers, partitions, inheritance,
// copies, PostgreSQL's own functions with all their overloads.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "../sql/catalog-session.ts";
import { Analyst } from "../sql/lineage-facts.ts";
import { NOON, policyOf } from "./world.ts";

const SETUP = [
  "CREATE EXTENSION citext",
  "CREATE EXTENSION pg_trgm",
  `CREATE TABLE people (id int PRIMARY KEY, name text, ssn text, email citext, salary int, born date, tags text[], attrs jsonb)`,
  "CREATE TABLE notes (id int, body text, n int)",
  "CREATE TABLE watched (id int, pin text)",
  "CREATE TABLE kid (extra text) INHERITS (people)",
  "CREATE TABLE parts (id int, ssn text) PARTITION BY RANGE (id)",
  "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10)",
  "CREATE VIEW ones AS SELECT id, ssn AS code FROM people WHERE ssn LIKE '1%' AND salary / 2 > 1",
  "CREATE MATERIALIZED VIEW copies AS SELECT id, ssn FROM people",
  "CREATE FUNCTION who(text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM people WHERE ssn LIKE $1'",
  "CREATE FUNCTION low(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)'",
  "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END'",
  "CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION stamp()",
  "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO notes (body) VALUES (OLD.pin); RETURN NEW; END'",
  "CREATE TRIGGER note AFTER UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION note()",
];

const POLICY = policyOf(`extends: owner
mask:
  public.people.ssn: { mask: partial, last: 4 }
  public.people.email: email
  public.people.salary: redact
  public.people.born: year
  public.people.tags: redact
  public.people.attrs: redact
  public.parts.ssn: { mask: partial, last: 4 }
  public.watched.pin: redact
`);

let server: TestPostgres;
let session: AskingSession;
let analyst: Analyst;
beforeAll(async () => {
  server = await startPostgres({ sql: SETUP });
  session = await openSession(server.url);
  analyst = new Analyst(session);
}, 60_000);
afterAll(async () => {
  await session.end();
  await server.stop();
});

async function decide(sql: string): Promise<string> {
  const { effect, rule } = POLICY.decide(await analyst.factsOf(sql), NOON).decision;
  return effect === "deny" ? rule : effect;
}

describe("passes", () => {
  for (const sql of [
    "SELECT id FROM people WHERE email = 'a@b.c' OR email IN ('a', 'b')",
    "SELECT max(email), min(ssn), count(salary), sum(salary), avg(salary), array_agg(ssn) FROM people",
    "SELECT name FROM people WHERE name LIKE 'a%' AND name ~ 'b'",
    "SELECT format('%s <%s>', name, email), attrs ->> 'a', attrs @> '{}', to_char(born, 'YYYY') FROM people",
    "SELECT extract(year FROM born), date_trunc('month', born), salary::text, round(salary) FROM people",
    "SELECT id FROM ones",
    "SELECT id FROM ones WHERE code = 'x'",
    "SELECT ssn FROM parts_1",
    "SELECT * FROM kid",
    "INSERT INTO parts_1 SELECT id, ssn FROM parts",
    "INSERT INTO parts SELECT id, ssn FROM people",
    "UPDATE people SET name = 'x' WHERE id = 1",
    "REFRESH MATERIALIZED VIEW copies",
    // Of the rows that come in.
    "COPY people (id, ssn) FROM STDIN WHERE ssn LIKE '1%'",
    "MERGE INTO people p USING notes n ON p.id = n.id WHEN MATCHED THEN UPDATE SET ssn = n.body RETURNING p.ssn",
    "SELECT tableoid::regclass, ctid FROM people",
    "CREATE INDEX ON people (name)",
  ])
    test(`${sql}`, async () => {
      expect(await decide(sql)).toBe("allow");
    });
});

describe("is refused", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["SELECT id FROM people WHERE email LIKE 'a%'", "mask.inference"],
    ["SELECT id FROM people WHERE email > 'a'", "mask.inference"],
    ["SELECT ssn ~ '1' FROM people", "mask.inference"],
    ["SELECT similarity(ssn, 'x') FROM people", "mask.inference"],
    ["SELECT id FROM people WHERE ssn % 'x'", "mask.inference"],
    ["SELECT born + salary FROM people", "mask.inference"],
    ["SELECT age(born) FROM people", "mask.inference"],
    ["SELECT ssn::regclass FROM people", "mask.inference"],
    ["SELECT current_setting(ssn) FROM people", "mask.inference"],
    ["SELECT jsonb_array_elements(attrs) FROM people", "mask.inference"],
    ["SELECT id FROM people, unnest(tags) t", "mask.inference"],
    ["SELECT generate_series(1, salary) FROM people", "mask.inference"],
    ["SELECT who('1%')", "mask.inference"],
    ["SELECT id FROM ones WHERE left(code, 1) = '1'", "mask.inference"],
    ["SELECT ssn FROM kid ORDER BY ssn", "mask.inference"],
    ["SELECT ssn FROM parts_1 WHERE ssn < 'x'", "mask.inference"],
    ["SELECT id FROM copies ORDER BY ssn", "mask.inference"],
    ["INSERT INTO parts_1 SELECT id, upper(ssn) FROM parts", "mask.write"],
    ["INSERT INTO notes (n) SELECT salary FROM kid", "mask.write"],
    ["INSERT INTO notes (body) SELECT ssn FROM copies", "mask.write"],
    ["UPDATE watched SET id = 2 WHERE id = 1", "mask.write"],
    ["SELECT low(ssn) FROM people", "mask.function"],
    ["SELECT pg_notify('x', ssn) FROM people", "mask.function"],
    ["SELECT setval('s', salary) FROM people", "mask.function"],
    ["SELECT pg_sleep(salary) FROM people", "mask.function"],
    ["SELECT lo_from_bytea(0, attrs::text::bytea) FROM people", "mask.function"],
    ["ALTER TABLE parts DETACH PARTITION parts_1", "mask.define"],
    ["ALTER TABLE parts_1 RENAME TO other", "mask.define"],
    ["ALTER TABLE kid NO INHERIT people", "mask.define"],
    ["ALTER TABLE notes ADD FOREIGN KEY (id) REFERENCES people (id)", "mask.define"],
    ["ALTER MATERIALIZED VIEW copies RENAME COLUMN ssn TO other", "mask.define"],
    ["CREATE INDEX ON parts_1 (ssn)", "mask.define"],
    ["SELECT most_common_vals FROM pg_stats", "mask.blind_spot"],
    ["SELECT query FROM pg_stat_activity", "mask.blind_spot"],
    ["SELECT attmissingval FROM pg_attribute", "mask.blind_spot"],
    ["SELECT pg_stat_get_backend_activity(1)", "mask.blind_spot"],
  ];
  for (const [sql, rule] of cases)
    test(`${sql}: ${rule}`, async () => {
      expect(await decide(sql)).toBe(rule);
    });
});
