// Which columns a literal meets: what has to be hidden of a statement's text when a column is.

import { describe } from "vitest";
import { holds } from "./query-facts.ts";

describe("a literal meets the columns of its own condition", () => {
  holds("SELECT id FROM people WHERE ssn IN ('1', '2')", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'1' -> people.ssn", "'2' -> people.ssn"],
  });
  holds("SELECT id FROM people WHERE ssn = ANY('{1,2}')", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'{1,2}' -> people.ssn"],
  });
  holds("SELECT id FROM people WHERE ssn BETWEEN '1' AND '2' AND name LIKE 'x%'", {
    accesses: ["select people(id, name, ssn)"],
    output: ["id = people.id"],
    literals: ["'1' -> people.ssn", "'2' -> people.ssn", "'x%' -> people.name"],
  });
  holds("SELECT id FROM people WHERE 'é' || name = 'ü' AND ssn = 'ö'", {
    accesses: ["select people(id, name, ssn)"],
    output: ["id = people.id"],
    literals: ["'é' -> people.name", "'ü' -> people.name", "'ö' -> people.ssn"],
  });
  holds("SELECT id FROM people WHERE ssn = '1'::text COLLATE \"C\"", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'1' -> people.ssn"],
  });
  holds("SELECT id FROM people WHERE lower(ssn) = lower('A') OR NOT name = 'b'", {
    accesses: ["select people(id, name, ssn)"],
    output: ["id = people.id"],
    calls: ["lower(?)", "lower(A)"],
    literals: ["'A' -> people.ssn", "'b' -> people.name"],
  });
  holds("SELECT id FROM people WHERE (ssn, name) = ('1', '2')", {
    accesses: ["select people(id, name, ssn)"],
    output: ["id = people.id"],
    literals: ["'1' -> people.name + people.ssn", "'2' -> people.name + people.ssn"],
  });
  holds("SELECT ssn, ssn FROM people WHERE ssn IS DISTINCT FROM 'd' AND name IS NOT NULL", {
    accesses: ["select people(name, ssn)"],
    output: ["ssn = people.ssn", "ssn = people.ssn"],
    literals: ["'d' -> people.ssn"],
  });
  holds(
    "SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM orders o WHERE o.person = p.id AND p.ssn = '9')",
    {
      accesses: ["select people(id, ssn)", "select orders(person)"],
      output: ["id = people.id"],
      literals: ["1", "'9' -> people.ssn"],
    },
  );
  holds("SELECT CASE WHEN ssn = '1' THEN 'yes' ELSE name END FROM people", {
    accesses: ["select people(name, ssn)"],
    output: ["name ~ people.name + people.ssn"],
    literals: ["'1' -> people.ssn", "'yes' -> people.name + people.ssn"],
  });
  holds("SELECT CASE ssn WHEN '1' THEN 'yes' ELSE 'no' END FROM people", {
    accesses: ["select people(ssn)"],
    output: ["case ~ people.ssn"],
    literals: ["'1' -> people.ssn", "'yes' -> people.ssn", "'no' -> people.ssn"],
  });
  holds("SELECT ROW(1,2) = ROW(id, boss) FROM people", {
    accesses: ["select people(boss, id)"],
    output: ["?column? ~ people.boss + people.id"],
    literals: ["1 -> people.boss + people.id", "2 -> people.boss + people.id"],
  });
  holds("SELECT (id, ssn) IN (SELECT id, note FROM orders) FROM people", {
    accesses: ["select people(id, ssn)", "select orders(id, note)"],
    output: ["?column? ~ orders.id + orders.note + people.id + people.ssn"],
  });
  holds("SELECT (id, ssn) = (SELECT 1, 'x') FROM people", {
    accesses: ["select people(id, ssn)"],
    output: ["?column? ~ people.id + people.ssn"],
    literals: ["1 -> people.id + people.ssn", "'x' -> people.id + people.ssn"],
  });
  holds("SELECT ssn FROM people p WHERE p = ROW(1, 'a', 'b', 'c', 2)", {
    accesses: ["select people(*)"],
    output: ["ssn = people.ssn"],
    literals: [
      "1 -> people.boss + people.email + people.id + people.name + people.ssn",
      "'a' -> people.boss + people.email + people.id + people.name + people.ssn",
      "'b' -> people.boss + people.email + people.id + people.name + people.ssn",
      "'c' -> people.boss + people.email + people.id + people.name + people.ssn",
      "2 -> people.boss + people.email + people.id + people.name + people.ssn",
    ],
  });
});

describe("through subqueries, joins and set operations", () => {
  holds("SELECT id FROM people WHERE ssn = (SELECT '5')", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'5' -> people.ssn"],
  });
  holds("SELECT id FROM people WHERE (SELECT ssn = 'q')", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'q' -> people.ssn"],
  });
  holds("SELECT id FROM people JOIN (SELECT '5' AS v) x ON x.v = ssn", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'5' -> people.ssn"],
  });
  holds("SELECT id FROM people NATURAL JOIN (SELECT '5' AS ssn) x", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'5' -> people.ssn"],
  });
  holds("SELECT ssn FROM people EXCEPT VALUES ('1'), ('2')", {
    accesses: ["select people(ssn)"],
    output: ["ssn ~ people.ssn"],
    literals: ["'1' -> people.ssn", "'2' -> people.ssn"],
  });
  holds("WITH v(x) AS (VALUES ('1')) SELECT id FROM people, v WHERE ssn = x", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'1' -> people.ssn"],
  });
});

describe("what is assigned meets its column", () => {
  holds("UPDATE people SET ssn = CASE WHEN name = 'a' THEN '1' ELSE '2' END WHERE id = 1", {
    accesses: ["select people(id, name)", "update people(ssn)"],
    output: null,
    modifications: ["update people bounded"],
    literals: [
      "'a' -> people.name",
      "'1' -> people.name + people.ssn",
      "'2' -> people.name + people.ssn",
      "1 -> people.id",
    ],
    kinds: ["update"],
  });
  holds("INSERT INTO people (id, ssn) SELECT 1, x FROM (VALUES ('9')) v(x)", {
    accesses: ["insert people(id, ssn)"],
    output: null,
    literals: ["'9' -> people.ssn", "1 -> people.id"],
    kinds: ["insert"],
  });
});
