// Where output columns come from, over lineage-world.ts on a real PostgreSQL. `=` is a column as it is, `~` computed, `?` what
// cannot be told.

import { describe } from "vitest";
import { overWorld } from "./lineage-facts.ts";

const holds = overWorld([]);

describe("functions show what their bodies read", () => {
  holds("SELECT ssn_of(1), pay_of(1), plus_one(salary), running(1) FROM people", {
    output: [
      "ssn_of ~ people.id + people.ssn",
      "pay_of ~ people.id + people.salary",
      "plus_one ~ people.salary",
      "running ~ ?",
    ],
    passed: ["plus_one(people.salary)"],
    predicates: ["function > where equality people.id", "function > where equality people.id"],
    literals: ["1 people.id + people.ssn", "1 people.id + people.salary", "1 ?"],
  });
  holds("SELECT * FROM pairs()", { output: ["k ~ orders.id", "v ~ orders.card"] });
  holds("SELECT k FROM pairs() WHERE v = 'x'", {
    output: ["k ~ orders.id"],
    predicates: ["where other orders.card"],
    literals: ["'x' orders.card"],
  });
  holds("SELECT 'a' ### 1, glued(ssn) FROM people", {
    output: ["?column? ~ people.id + people.ssn", "glued ~ people.ssn"],
    passed: ["glued(people.ssn)"],
    predicates: ["function > function > where equality people.id"],
    literals: ["'a' people.id + people.ssn", "1 people.id + people.ssn"],
  });
  holds("SELECT p.secret_of, secret_of(p), p FROM people p", {
    output: [
      "secret_of ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "secret_of ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "p ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
    ],
    passed: [
      "secret_of(people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice)",
    ],
  });
  holds("SELECT salary FROM everyone() WHERE ssn = '1'", {
    output: ["salary ~ people.salary"],
    predicates: ["where other people.ssn"],
    literals: ["'1' people.ssn"],
  });
  holds("SELECT (somebody(1)).ssn, (somebody(1)).*", {
    output: [
      "ssn ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "id ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "name ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "ssn ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "salary ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "boss ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "tags ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "attrs ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "label ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "twice ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
    ],
    predicates: ["function > where equality people.id"],
    literals: [
      "1 people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      "1 ",
    ],
  });
});

describe("views, copies, generated columns, partitions and children name all that stands behind them", () => {
  holds("SELECT code, pay FROM codes", {
    output: ["code = codes.code + people.ssn", "pay ~ codes.pay + people.salary"],
  });
  holds("SELECT * FROM nested", {
    output: [
      "id = codes.id + nested.id + people.id",
      "mix ~ codes.code + nested.mix + orders.note + people.ssn",
      "total = nested.total + orders.total",
    ],
    predicates: ["view > on join people.id", "view > on join orders.person", "view > on join codes.id"],
  });
  holds("SELECT up FROM copies", { output: ["up ~ copies.up + people.ssn"] });
  holds("SELECT label, twice FROM people", {
    output: ["label ~ people.label + people.name + people.ssn", "twice ~ people.boss + people.twice"],
  });
  holds("SELECT amount FROM parts_a", { output: ["amount = parts_a.amount (of parts)"] });
  holds("SELECT ssn FROM ONLY people", { output: ["ssn = people.ssn"] });
  holds("SELECT ssn FROM staff", { output: ["ssn = staff.ssn (of people)"] });
});

describe("composites, documents, recursion, conditions", () => {
  holds("SELECT id FROM people WHERE ssn ### 1 = 'x'", {
    output: ["id = people.id"],
    predicates: [
      "function > function > where equality people.id",
      "where other people.id",
      "where other people.ssn",
    ],
    literals: ["1 people.id + people.ssn", "'x' people.id + people.ssn"],
  });
  holds(
    "SELECT row_to_json(p), to_jsonb(p) ->> 'ssn', (p).ssn, p::text, ARRAY(SELECT card FROM orders), ARRAY[salary] FROM people p",
    {
      output: [
        "row_to_json ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
        "?column? ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
        "ssn = people.ssn",
        "p ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
        "array ~ orders.card",
        "array ~ people.salary",
      ],
      literals: [
        "'ssn' people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
      ],
    },
  );
  holds(
    "WITH RECURSIVE t(a, b) AS (SELECT id, name FROM people UNION ALL SELECT a + 1, (SELECT ssn FROM people p WHERE p.id = a) FROM t WHERE a < 3) SELECT a, b FROM t",
    {
      output: ["a ~ people.id", "b = people.name + people.ssn"],
      predicates: ["where join people.id", "where other people.id"],
      literals: ["1 people.id", "3 people.id"],
    },
  );
  holds(
    "SELECT t.* FROM people p, json_table(p.attrs, '$' COLUMNS (t text PATH '$.t', NESTED '$.l[*]' COLUMNS (l text PATH '$'))) t",
    {
      output: ["t ~ people.attrs", "l ~ people.attrs"],
      predicates: ["rows other people.attrs"],
      literals: ["'$' people.attrs", "'$.t' people.attrs", "'$.l[*]' people.attrs", "'$' people.attrs"],
    },
  );
  holds("SELECT count(*), count(ssn), max(salary) OVER () FROM people GROUP BY ssn, salary", {
    output: ["count ~ ", "count ~ people.ssn", "max ~ people.salary"],
    predicates: ["group group people.salary", "group group people.ssn"],
  });
  holds("SELECT t.x FROM (SELECT ssn AS x, id FROM people) t WHERE t.id = 1", {
    output: ["x = people.ssn"],
    predicates: ["where equality people.id"],
    literals: ["1 people.id"],
  });
  holds("SELECT x FROM people, LATERAL (SELECT card || people.name AS x FROM orders) o", {
    output: ["x ~ orders.card + people.name"],
  });
  holds(
    "SELECT coalesce(ssn, name), nullif(ssn, 'x'), greatest(id, salary), CASE id WHEN 1 THEN ssn ELSE card END FROM people JOIN orders USING (id)",
    {
      output: [
        "coalesce ~ people.name + people.ssn",
        "nullif ~ people.ssn",
        "greatest ~ orders.id + people.id + people.salary",
        "card ~ orders.card + orders.id + people.id + people.ssn",
      ],
      predicates: [
        "case equality people.id",
        "using join people.id",
        "case equality orders.id",
        "using join orders.id",
      ],
      literals: ["'x' people.ssn", "1 orders.id + people.id"],
    },
  );
  holds(
    "SELECT xmlforest(ssn AS a), json_object('k': card), json_arrayagg(salary), jsonb_path_query(attrs, '$.l[*] ? (@ == \"q\")') FROM people, orders",
    {
      output: [
        "xmlforest ~ people.ssn",
        "json_object ~ orders.card",
        "json_arrayagg ~ people.salary",
        "jsonb_path_query ~ people.attrs",
      ],
      predicates: ["value other people.ssn", "rows other people.attrs"],
      literals: ["'k' orders.card", "'$.l[*] ? (@ == \"q\")' people.attrs"],
    },
  );
  holds("VALUES ((SELECT ssn FROM people LIMIT 1), 2), ('x', 3)", {
    output: ["column1 ~ people.ssn", "column2 ~ "],
    literals: ["1 ", "2 ", "'x' ", "3 "],
  });
  holds("TABLE people", {
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "salary = people.salary",
      "boss = people.boss",
      "tags = people.tags",
      "attrs = people.attrs",
      "label ~ people.label + people.name + people.ssn",
      "twice ~ people.boss + people.twice",
    ],
  });
});
