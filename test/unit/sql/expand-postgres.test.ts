// Expansion over what a real PostgreSQL says of its views, rules, triggers, foreign keys and functions, asked as a session
// asks. Each statement's effect is then looked at in the database: whatever it changed, the facts had named.

import { type Access, analyse, type Analysis, CatalogCache, type StatementFacts } from "#core/sql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testGrammar } from "../../support/grammar.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "./catalog-session.ts";

const SETUP = `
CREATE TABLE customers (id int PRIMARY KEY, email text, ssn text, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers ON DELETE CASCADE ON UPDATE CASCADE, total numeric);
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE SET NULL ON UPDATE CASCADE);
CREATE TABLE audit (line text);
CREATE TABLE counters (n int);
INSERT INTO customers VALUES (1, 'a@x', '111', 'A'), (2, 'b@x', '222', 'B');
INSERT INTO orders VALUES (10, 1, 5), (20, 2, 6);
INSERT INTO items VALUES (100, 10), (200, 20);
INSERT INTO counters VALUES (0);

CREATE VIEW contacts AS SELECT id, email AS mail FROM customers WHERE name IS NOT NULL;
CREATE VIEW mails AS SELECT mail FROM contacts;
CREATE VIEW totals AS SELECT c.name, sum(o.total) AS sum FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name;
CREATE RECURSIVE VIEW numbers(n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 3;
CREATE MATERIALIZED VIEW copied AS SELECT id, ssn FROM customers;

CREATE FUNCTION log_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit VALUES (TG_OP || ' ' || COALESCE(NEW.id, OLD.id)); RETURN COALESCE(NEW, OLD); END $$;
CREATE TRIGGER log_order AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION log_order();

CREATE TABLE ruled (id int, note text);
INSERT INTO ruled VALUES (1, 'x');
CREATE RULE ruled_log AS ON UPDATE TO ruled WHERE new.note <> old.note DO ALSO INSERT INTO audit VALUES (old.note || new.note);
CREATE RULE ruled_keep AS ON DELETE TO ruled DO INSTEAD UPDATE counters SET n = n + 1;

CREATE VIEW joined AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id;
CREATE FUNCTION write_joined() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE customers SET name = NEW.name WHERE id = (SELECT customer_id FROM orders WHERE id = NEW.id); RETURN NEW; END $$;
CREATE TRIGGER write_joined INSTEAD OF UPDATE ON joined FOR EACH ROW EXECUTE FUNCTION write_joined();

CREATE FUNCTION bump(by int) RETURNS int LANGUAGE sql AS 'UPDATE counters SET n = n + by RETURNING n';
CREATE FUNCTION quiet() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN bump(1); END $$;
CREATE FUNCTION atomic(who int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT ssn FROM customers WHERE id = who; END;
CREATE FUNCTION dynamic(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE what; END $$;
CREATE AGGREGATE bumped(int) (SFUNC = bump_step, STYPE = int);
CREATE VIEW sneaky AS SELECT bump(1) AS b;
CREATE TABLE defaulted (id int DEFAULT bump(1), note text CHECK (quiet() > 0 OR true));

CREATE TABLE parted (id int, region text) PARTITION BY LIST (region);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a');
CREATE TABLE parted_b PARTITION OF parted FOR VALUES IN ('b');
INSERT INTO parted VALUES (1, 'a');
CREATE FUNCTION log_part() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES ('part'); RETURN NEW; END $$;
CREATE TRIGGER log_part BEFORE INSERT ON parted_b FOR EACH ROW EXECUTE FUNCTION log_part();
`.replace(
  "CREATE AGGREGATE",
  "CREATE FUNCTION bump_step(int, int) RETURNS int LANGUAGE sql AS 'SELECT bump($2)';\nCREATE AGGREGATE",
);

const WATCHED = [
  "customers",
  "orders",
  "items",
  "audit",
  "counters",
  "ruled",
  "defaulted",
  "parted_a",
  "parted_b",
];
const grammar = testGrammar();
let server: TestPostgres;
let session: AskingSession;
beforeAll(async () => {
  server = await startPostgres();
  session = await openSession(server.url);
  await session.client.query(SETUP);
}, 60_000);
afterAll(async () => {
  await session?.end();
  await server?.stop();
});

async function factsOf(text: string): Promise<StatementFacts> {
  const parsed = grammar.parse(text);
  const [statement] = parsed.ok ? parsed.value : [];
  if (statement === undefined) throw new Error(`not parsed: ${text}`);
  const catalog = new CatalogCache();
  const names = { prepared: () => null, cursor: () => null };
  for (let round = 0; round < 20; round++) {
    const analysis: Analysis = analyse(statement, { grammar, catalog, session: names });
    if (analysis.kind === "facts") return analysis.facts;
    const found = await session.ask(...analysis.questions);
    for (const [place, question] of analysis.questions.entries()) {
      const answer = found[place];
      if (answer !== undefined) catalog.learn(question, answer, 0);
    }
  }
  throw new Error(`no end of questions: ${text}`);
}

/** Tables whose rows the statement changed; everything is taken back. */
async function changed(text: string): Promise<readonly string[]> {
  const state = async (table: string): Promise<string> => {
    const { rows } = await session.client.query<{ rows: string | null }>(
      `SELECT string_agg(${table}::text, ';' ORDER BY ${table}::text) AS rows FROM ${table}`,
    );
    return rows[0]?.rows ?? "";
  };
  const before = new Map<string, string>();
  for (const table of WATCHED) before.set(table, await state(table));
  await session.client.query("BEGIN");
  try {
    await session.client.query(text);
    const differing: string[] = [];
    for (const table of WATCHED) if ((await state(table)) !== before.get(table)) differing.push(table);
    return differing;
  } finally {
    await session.client.query("ROLLBACK");
  }
}

const isWrite = ({ action }: Access): boolean => action !== "select" && action !== "lock";

const STATEMENTS: readonly (readonly [string, readonly string[]])[] = [
  ["DELETE FROM customers WHERE id = 1", ["audit", "customers", "items", "orders"]],
  ["UPDATE customers SET id = 3 WHERE id = 1", ["audit", "customers", "orders"]],
  ["UPDATE customers SET name = 'Z' WHERE id = 1", ["customers"]],
  ["DELETE FROM contacts WHERE id = 2", ["audit", "customers", "items", "orders"]],
  ["UPDATE mails SET mail = 'z@x'", ["customers"]],
  ["INSERT INTO contacts VALUES (9, 'n@x')", ["customers"]],
  ["UPDATE joined SET name = 'Q' WHERE id = 10", ["customers"]],
  ["UPDATE ruled SET note = 'y'", ["audit", "ruled"]],
  ["DELETE FROM ruled", ["counters"]],
  ["SELECT bump(1)", ["counters"]],
  ["SELECT quiet()", ["counters"]],
  ["SELECT * FROM sneaky", ["counters"]],
  ["SELECT bumped(id) FROM customers", ["counters"]],
  ["SELECT * FROM customers WHERE quiet() > 0", ["counters"]],
  ["INSERT INTO defaulted (note) VALUES ('x')", ["counters", "defaulted"]],
  ["INSERT INTO parted VALUES (2, 'b')", ["audit", "parted_b"]],
  ["UPDATE parted SET region = 'b'", ["audit", "parted_a", "parted_b"]],
  ["DELETE FROM parted", ["parted_a"]],
  ["INSERT INTO orders VALUES (30, 1, 1) ON CONFLICT (id) DO UPDATE SET total = 9", ["audit", "orders"]],
  ["WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone", ["audit", "items", "orders"]],
  ["DO $$ BEGIN PERFORM bump(2); DELETE FROM items; END $$", ["counters", "items"]],
  ["SELECT * FROM totals", []],
  ["SELECT * FROM numbers", []],
  ["SELECT * FROM copied", []],
  ["SELECT atomic(1)", []],
];

describe("whatever a statement changes, its facts name", () => {
  test.each(STATEMENTS)("%s", async (text, expected) => {
    expect([...(await changed(text))].toSorted()).toEqual(expected);
    const facts = await factsOf(text);
    expect(facts.unknown).toEqual([]);
    const writes = facts.accesses.filter(isWrite);
    const written = writes.map(({ relation }) => `${relation.schema}.${relation.name}`);
    written.push(...writes.flatMap(({ descendants }) => descendants));
    for (const table of expected) expect(written).toContain(`public.${table}`);
    if (expected.length === 0) expect(written).toEqual([]);
  });

  test("rows that are written beside the tag's own are told", async () => {
    for (const [text, expected] of STATEMENTS) {
      const beside = expected.includes("audit") || expected.includes("counters");
      if (beside) expect((await factsOf(text)).tagCounts, text).toBe(false);
    }
    expect((await factsOf("UPDATE customers SET name = 'Z' WHERE id = 1")).tagCounts).toBe(true);
  });

  test("text that is built at run time is never taken for read", async () => {
    const { calls } = await factsOf("SELECT dynamic('DELETE FROM orders')");
    expect(calls.map(({ function: { name }, examined }) => [name, examined])).toEqual([["dynamic", false]]);
  });
});

describe("where columns come from", () => {
  test.each([
    ["SELECT mail FROM mails", "customers.email"],
    ["SELECT sum FROM totals", "orders.total"],
    ["SELECT ssn FROM copied", "customers.ssn"],
    ["SELECT upper(m.mail) FROM (SELECT mail FROM mails) m", "customers.email"],
  ])("%s shows %s", async (text, source) => {
    const { output } = await factsOf(text);
    const sources = output?.[0]?.sources.map(({ relation, column }) => `${relation.name}.${column}`);
    expect(sources).toContain(source);
  });

  test("what a function reads inside is named, with the way there", async () => {
    const { accesses } = await factsOf("SELECT atomic(1)");
    const read = accesses.find(({ relation }) => relation.name === "customers");
    expect(read?.columns).toEqual(["id", "ssn"]);
    expect(read?.via).toEqual([{ kind: "function", name: "public.atomic" }]);
  });
});
