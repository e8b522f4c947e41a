// Where written values come from, what is handed to functions, and the rows of statements that give those of others.

import { describe } from "vitest";
import { overWorld } from "./lineage-facts.ts";

const holds = overWorld(
  [
    `CREATE PROCEDURE fetch_card(i int, OUT c text, INOUT n int) LANGUAGE plpgsql AS
       'BEGIN SELECT card INTO c FROM orders WHERE id = i; END'`,
    `CREATE PROCEDURE store(t text) LANGUAGE sql AS
       'INSERT INTO log SELECT t, id FROM people WHERE ssn = t'`,
    "CREATE RULE also AS ON UPDATE TO orders DO ALSO INSERT INTO log VALUES (NEW.card || OLD.note, 1)",
    "CREATE FUNCTION fold() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT max(ssn) FROM people'",
    "CREATE VIEW holes AS SELECT id, note FROM orders",
    `CREATE RULE shown AS ON UPDATE TO holes DO INSTEAD UPDATE orders SET note = NEW.note WHERE id = OLD.id
       RETURNING id, note || (SELECT max(ssn) FROM people)`,
    "CREATE TABLE taken (a text, b text, c text, d text, low int, high int, CHECK (low <= high))",
    `CREATE FUNCTION takes() RETURNS trigger LANGUAGE plpgsql AS
       'DECLARE x text; BEGIN NEW.b := NEW.a; NEW.a := lower(NEW.a); x := OLD.c; NEW.d := x; RETURN NEW; END'`,
    "CREATE TRIGGER takes BEFORE UPDATE ON taken FOR EACH ROW EXECUTE FUNCTION takes()",
    "CREATE TABLE filled (s text DEFAULT ssn_of(1), n int)",
    "CREATE FUNCTION given(x text DEFAULT ssn_of(1)) RETURNS text LANGUAGE sql STABLE AS 'SELECT x'",
    `CREATE FUNCTION stops(i int, g text) RETURNS int LANGUAGE plpgsql STABLE AS
       'BEGIN IF (SELECT p.ssn FROM people p WHERE p.id = i) = g THEN RAISE EXCEPTION ''yes''; END IF; RETURN 0; END'`,
  ],
  {
    prepared: {
      p: "SELECT ssn FROM people WHERE ssn = $1 AND id = $2",
      w: "INSERT INTO sink VALUES ($2, $1)",
    },
    cursors: { c: "DECLARE c CURSOR FOR SELECT id, ssn FROM people ORDER BY salary" },
  },
);

describe("what is written is told with where it comes from, through views, rules, triggers and bodies", () => {
  holds("INSERT INTO sink SELECT id, ssn FROM people RETURNING b, c", {
    output: ["b = people.ssn + sink.b", "c = sink.c"],
    flows: [
      "sink.a = people.id",
      "trigger > function > log.who = people.id",
      "trigger > function > log.what ~ people.id + people.ssn",
      "trigger > function > log.who ~ people.id + people.ssn",
      "sink.b = people.ssn",
    ],
    predicates: ["constraint equality sink.a"],
  });
  holds("INSERT INTO sinks (bee) SELECT name || ssn FROM people", {
    flows: [
      "sink.b ~ people.name + people.ssn",
      "view > trigger > function > log.what ~ people.name + people.ssn",
      "view > trigger > function > log.who ~ people.name + people.ssn",
      "sinks.bee ~ people.name + people.ssn",
    ],
  });
  holds("INSERT INTO sink VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b || sink.c", {
    flows: [
      "trigger > function > log.what ~ sink.a + sink.b + sink.c",
      "trigger > function > log.who ~ sink.a + sink.b + sink.c",
      "trigger > function > log.who = sink.a",
      "sink.b ~ sink.b + sink.c",
      "trigger > function > log.what ~ sink.b + sink.c",
      "trigger > function > log.who ~ sink.b + sink.c",
    ],
    predicates: ["constraint equality sink.a", "conflict equality sink.a"],
    literals: ["1 sink.a", "'x' sink.b + sink.c"],
  });
  holds("INSERT INTO orders (id, card) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET card = excluded.card", {
    flows: ["orders.card = orders.card", "rule > log.what ~ orders.card + orders.note"],
    predicates: ["constraint equality orders.id", "conflict equality orders.id"],
    literals: ["1 orders.id"],
    parameters: ["$1 orders.card"],
  });
  holds(
    "INSERT INTO orders (id, card) SELECT id, upper(ssn) FROM people ON CONFLICT (id) DO UPDATE SET card = excluded.card",
    {
      flows: [
        "orders.id = people.id",
        "orders.card ~ people.ssn",
        "orders.card ~ orders.card + people.ssn",
        "rule > log.what ~ orders.card + orders.note + people.ssn",
      ],
      predicates: ["constraint equality orders.id", "conflict equality orders.id"],
    },
  );
  holds("UPDATE sink SET (b, c) = (SELECT ssn, name FROM people LIMIT 1) WHERE a = $1", {
    parameters: ["$1 sink.a"],
    flows: [
      "sink.c = people.name",
      "sink.b = people.ssn",
      "trigger > function > log.what ~ people.ssn + sink.a + sink.b",
      "trigger > function > log.who ~ people.ssn + sink.a + sink.b",
      "trigger > function > log.who = sink.a",
    ],
    predicates: ["where equality sink.a"],
    literals: ["1 "],
  });
  holds("UPDATE orders SET note = card WHERE id = 1", {
    flows: ["rule > log.what ~ orders.card + orders.note", "orders.note = orders.card"],
    predicates: ["where equality orders.id"],
    literals: ["1 orders.id"],
  });
  holds("UPDATE people SET name = upper(name) WHERE ssn = $1 RETURNING id, name", {
    output: ["id = people.id", "name = people.name"],
    parameters: ["$1 people.ssn"],
    flows: ["people.name ~ people.name"],
    predicates: ["where equality people.ssn"],
  });
  holds(
    "MERGE INTO sink USING people ON a = id WHEN MATCHED AND salary > 3 THEN UPDATE SET b = ssn WHEN NOT MATCHED THEN INSERT VALUES (id, name)",
    {
      flows: [
        "sink.a = people.id",
        "trigger > function > log.who = people.id",
        "sink.b = people.name",
        "trigger > function > log.what ~ people.id + people.name + people.ssn",
        "trigger > function > log.who ~ people.id + people.name + people.ssn",
        "sink.b = people.ssn",
        "trigger > function > log.who = people.id + sink.a",
        "trigger > function > log.what ~ people.id + people.name + people.ssn + sink.a + sink.b",
        "trigger > function > log.who ~ people.id + people.name + people.ssn + sink.a + sink.b",
      ],
      predicates: [
        "on join people.id",
        "where range people.salary",
        "on join sink.a",
        "constraint equality sink.a",
      ],
      literals: ["3 people.salary"],
    },
  );
  holds("CREATE TABLE made (x) AS SELECT ssn, id FROM people", {
    flows: ["made.id = people.id", "made.x = people.ssn"],
  });
  holds("SELECT ssn INTO TEMP made FROM people", { flows: ["made.ssn = people.ssn"] });
  holds("CREATE TABLE made AS EXECUTE p('1', 2)", {
    flows: ["made.ssn = people.ssn"],
    predicates: ["prepared > where equality people.id", "prepared > where equality people.ssn"],
    literals: ["'1' people.ssn", "2 people.id"],
  });
  holds("CREATE VIEW made AS SELECT ssn FROM people", {});
  holds("DO $$ DECLARE x text; BEGIN SELECT ssn INTO x FROM people; INSERT INTO log VALUES (x); END $$", {
    flows: ["function > log.what ~ people.ssn"],
  });
  holds("SELECT kept(ssn) FROM people", {
    output: ["kept ~ people.ssn"],
    flows: ["log.what ~ people.ssn", "log.who ~ people.ssn"],
    passed: ["kept(people.ssn)"],
  });
  holds("SELECT set_config('a.b', ssn, false), pg_notify('c', card) FROM people, orders", {
    output: ["set_config ~ people.ssn", "pg_notify ~ orders.card"],
    passed: ["set_config(people.ssn)", "pg_notify(orders.card)"],
    predicates: ["value other people.ssn", "value other orders.card"],
    literals: ["'a.b' people.ssn", "false people.ssn", "'c' orders.card"],
  });
  holds("SELECT setval('x', salary) FROM people", {
    output: ["setval ~ people.salary"],
    passed: ["setval(people.salary)"],
    predicates: ["value other people.salary"],
    literals: ["'x' people.salary"],
  });
  holds("DELETE FROM people WHERE id = 1 RETURNING old.ssn, new.name", {
    output: ["ssn = people.ssn", "name = people.name"],
    predicates: ["where equality people.id"],
    literals: ["1 people.id"],
  });
  holds("WITH w AS (DELETE FROM people RETURNING ssn) INSERT INTO log SELECT ssn FROM w", {
    flows: ["log.what = people.ssn"],
  });
  holds("INSERT INTO codes (id, code) VALUES (1, '123')", {
    predicates: ["constraint equality people.id"],
    literals: ["1 codes.id + people.id", "'123' codes.code + people.ssn"],
  });
  holds("UPDATE holes SET note = 'x' WHERE id = 1 RETURNING *", {
    output: ["id = holes.id + orders.id", "note ~ holes.note + orders.note + people.ssn"],
    flows: [
      "rule > orders.note = holes.note + orders.note",
      "rule > rule > log.what ~ holes.note + orders.card + orders.note",
    ],
    literals: ["'x' holes.note + orders.note", "1 holes.id + orders.id"],
    predicates: [
      "rule > where join holes.id",
      "rule > where join orders.id",
      "where equality holes.id",
      "where equality orders.id",
    ],
  });
  holds("UPDATE taken SET low = 1", {
    flows: [
      "trigger > function > taken.b ~ taken.a + taken.c",
      "trigger > function > taken.a ~ taken.c",
      "trigger > function > taken.d ~ taken.c",
    ],
    literals: ["1 taken.low"],
    predicates: ["constraint other taken.high"],
  });
  holds("INSERT INTO filled (n) VALUES (1)", {
    flows: ["expression > filled.* ~ people.id + people.ssn"],
    literals: ["1 filled.n"],
    predicates: ["expression > function > where equality people.id"],
  });
});

describe("statements that give the rows of others, or take their parameters", () => {
  holds("SELECT query_to_xml('SELECT 1', true, true, ''), table_to_xml('people', true, true, '')", {
    output: ["query_to_xml ~ ?", "table_to_xml ~ ?"],
    literals: ["'SELECT 1' ?", "true ?", "true ?", "'' ?", "'people' ?", "true ?", "true ?", "'' ?"],
  });
  holds("PREPARE q AS SELECT ssn FROM people WHERE ssn = $1", {
    output: ["ssn = people.ssn"],
    parameters: ["$1 people.ssn"],
    predicates: ["where equality people.ssn"],
  });
  holds("EXECUTE p('123', 4)", {
    output: ["ssn = people.ssn"],
    predicates: ["prepared > where equality people.id", "prepared > where equality people.ssn"],
    literals: ["'123' people.ssn", "4 people.id"],
  });
  holds("EXECUTE p($1, $2)", {
    output: ["ssn = people.ssn"],
    predicates: ["prepared > where equality people.id", "prepared > where equality people.ssn"],
    parameters: ["$1 people.ssn", "$2 people.id"],
  });
  holds("SELECT current_query(), statement FROM pg_prepared_statements", {
    output: ["current_query ~ ?", "statement ~ ? + pg_prepared_statements.statement"],
  });
  holds("EXECUTE w('123', 4)", {
    predicates: ["prepared > constraint equality sink.a"],
    literals: ["'123' sink.b", "4 sink.a"],
  });
  holds("FETCH ALL FROM c", {
    output: ["id = people.id", "ssn = people.ssn"],
    predicates: ["cursor > order order people.salary"],
  });
  holds("MOVE c", { predicates: ["cursor > order order people.salary"] });
  holds("DECLARE d CURSOR FOR SELECT ssn, id FROM people", {
    output: ["ssn = people.ssn", "id = people.id"],
  });
  holds("COPY people (ssn, label) TO STDOUT", {
    output: ["ssn = people.ssn", "label ~ people.label + people.name + people.ssn"],
  });
  holds("COPY (SELECT code, upper(name) FROM codes) TO STDOUT", {
    output: ["code = codes.code + people.ssn", "upper ~ codes.name + people.name"],
  });
  holds("COPY people FROM STDIN", { predicates: ["constraint equality people.id"] });
  holds("SELECT given()", {
    output: ["given ~ people.id + people.ssn"],
    predicates: ["function > function > where equality people.id"],
  });
  holds("SELECT stops(1, 'x')", {
    output: ["stops ~ people.id + people.ssn"],
    literals: ["1 people.id + people.ssn", "'x' people.id + people.ssn"],
    predicates: [
      "function > case other people.id",
      "function > case other people.ssn",
      "function > where equality people.id",
    ],
  });
  holds("EXPLAIN SELECT ssn FROM people", { output: ["QUERY PLAN ~ "] });
  holds("EXPLAIN VERBOSE SELECT fold()", { output: ["QUERY PLAN ~ people.ssn"] });
  holds("EXPLAIN ANALYZE SELECT pay_of(1) FROM people WHERE ssn = 'x'", {
    output: ["QUERY PLAN ~ "],
    predicates: ["function > where equality people.id", "where equality people.ssn"],
    literals: ["1 people.id + people.salary", "'x' people.ssn"],
  });
  holds("SHOW search_path", { output: ["search_path ~ "] });
  holds("CALL fetch_card(1, NULL, 2)", {
    output: ["c ~ orders.card + orders.id", "n ~ orders.card + orders.id"],
    predicates: ["function > where equality orders.id"],
    literals: ["1 orders.card + orders.id", "2 orders.card + orders.id"],
  });
  holds("CALL store('123-45')", {
    flows: ["function > log.who = people.id"],
    predicates: ["function > where equality people.ssn"],
    literals: ["'123-45' log.what + log.who + people.id + people.ssn"],
  });
});
