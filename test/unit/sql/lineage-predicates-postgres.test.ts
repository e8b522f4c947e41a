// Which columns decide on rows, and how; and which columns bound parameters meet.

import { describe } from "vitest";
import { overWorld } from "./lineage-facts.ts";

const holds = overWorld([]);

describe("a column that decides on rows or their order is told with its use", () => {
  holds(
    "SELECT id FROM people WHERE ssn = '1' AND salary BETWEEN 1 AND 2 AND name LIKE 'a%' OR left(ssn, 1) = '2'",
    {
      output: ["id = people.id"],
      predicates: [
        "where pattern people.name",
        "where range people.salary",
        "where equality people.ssn",
        "where other people.ssn",
      ],
      literals: [
        "'1' people.ssn",
        "1 people.salary",
        "2 people.salary",
        "'a%' people.name",
        "1 people.ssn",
        "'2' people.ssn",
      ],
    },
  );
  holds(
    "SELECT id FROM people WHERE ssn::text IN ('1', $1) AND salary IS NOT NULL AND ssn COLLATE \"C\" <> 'x' AND salary::varchar(1) = '1'",
    {
      output: ["id = people.id"],
      parameters: ["$1 people.ssn"],
      predicates: ["where equality people.salary", "where other people.salary", "where equality people.ssn"],
      literals: ["'1' people.ssn", "'x' people.ssn", "'1' people.salary"],
    },
  );
  holds("SELECT 1 FROM people p JOIN orders o ON p.ssn = o.card", {
    output: ["?column? ~ "],
    predicates: ["on join people.ssn", "on join orders.card"],
    literals: ["1 "],
  });
  holds("SELECT 1 FROM people NATURAL JOIN codes", {
    output: ["?column? ~ "],
    predicates: [
      "using join people.id",
      "using join people.name",
      "using join codes.id",
      "using join codes.name",
    ],
    literals: ["1 "],
  });
  holds(
    "SELECT id FROM people WHERE ssn IN (SELECT card FROM orders) AND EXISTS (SELECT FROM orders WHERE card > 'x')",
    {
      output: ["id = people.id"],
      predicates: ["where join people.ssn", "where join orders.card", "where range orders.card"],
      literals: ["'x' orders.card"],
    },
  );
  holds("SELECT id FROM people ORDER BY ssn", {
    output: ["id = people.id"],
    predicates: ["order order people.ssn"],
  });
  holds("SELECT name n FROM people ORDER BY 1, salary + 1 LIMIT (SELECT max(total) FROM orders)", {
    output: ["n = people.name"],
    predicates: [
      "order order people.name",
      "order order people.salary",
      "limit other orders.total",
      "value other people.salary",
    ],
    literals: ["1 ", "1 people.salary"],
  });
  holds("SELECT boss, count(*) FROM people GROUP BY boss, salary HAVING max(ssn) > 'x'", {
    output: ["boss = people.boss", "count ~ "],
    predicates: ["group group people.boss", "group group people.salary", "having other people.ssn"],
    literals: ["'x' people.ssn"],
  });
  holds("SELECT DISTINCT ssn, id FROM people", {
    output: ["ssn = people.ssn", "id = people.id"],
    predicates: ["distinct distinct people.id", "distinct distinct people.ssn"],
  });
  holds("SELECT count(*) FROM people GROUP BY ssn < 'm'", {
    output: ["count ~ "],
    literals: ["'m' people.ssn"],
    predicates: ["group other people.ssn"],
  });
  holds("SELECT DISTINCT boss, left(ssn, 1) FROM people", {
    output: ["boss = people.boss", "left ~ people.ssn"],
    literals: ["1 people.ssn"],
    predicates: ["distinct distinct people.boss", "distinct other people.ssn"],
  });
  holds("SELECT DISTINCT ON (salary) id FROM people", {
    output: ["id = people.id"],
    predicates: ["distinct distinct people.salary"],
  });
  holds("SELECT ssn FROM people UNION SELECT card FROM orders", {
    output: ["ssn = orders.card + people.ssn"],
    predicates: ["set_operation distinct people.ssn", "set_operation distinct orders.card"],
  });
  holds("SELECT ssn FROM people UNION ALL SELECT card FROM orders", {
    output: ["ssn = orders.card + people.ssn"],
  });
  holds("SELECT rank() OVER (PARTITION BY boss ORDER BY salary) FROM people", {
    output: ["rank ~ people.boss + people.salary"],
    predicates: ["window group people.boss", "window order people.salary"],
  });
  holds(
    "SELECT string_agg(name, ',' ORDER BY salary), count(DISTINCT ssn), count(*) FILTER (WHERE ssn = 'x') FROM people",
    {
      output: ["string_agg ~ people.name + people.salary", "count ~ people.ssn", "count ~ people.ssn"],
      predicates: [
        "aggregate order people.salary",
        "aggregate distinct people.ssn",
        "filter equality people.ssn",
      ],
      literals: ["',' people.name + people.salary", "'x' people.ssn"],
    },
  );
  holds("SELECT CASE WHEN ssn = '1' THEN 'yes' END FROM people", {
    output: ["case ~ people.ssn"],
    predicates: ["case equality people.ssn"],
    literals: ["'1' people.ssn", "'yes' people.ssn"],
  });
  holds("SELECT name FROM people, generate_series(1, salary)", {
    output: ["name = people.name"],
    predicates: ["rows other people.salary"],
    literals: ["1 people.salary"],
  });
  holds("SELECT name FROM people WHERE ssn_of(id) = 'x'", {
    output: ["name = people.name"],
    passed: ["ssn_of(people.id)"],
    predicates: ["function > where equality people.id", "where other people.id", "where other people.ssn"],
    literals: ["'x' people.id + people.ssn"],
  });
  holds("SELECT id FROM people WHERE (ssn, id) = ('x', 1)", {
    output: ["id = people.id"],
    predicates: ["where equality people.id", "where equality people.ssn"],
    literals: ["'x' people.id + people.ssn", "1 people.id + people.ssn"],
  });
});

describe("a column that may make the statement fail, or something else be left out, is told in the place value", () => {
  holds(
    "SELECT upper(ssn), ssn || name, coalesce(ssn, '-'), ssn = '1', salary > 2, greatest(ssn, name), max(ssn) FROM people GROUP BY id",
    {
      output: [
        "upper ~ people.ssn",
        "?column? ~ people.name + people.ssn",
        "coalesce ~ people.ssn",
        "?column? ~ people.ssn",
        "?column? ~ people.salary",
        "greatest ~ people.name + people.ssn",
        "max ~ people.ssn",
      ],
      predicates: ["group group people.id"],
      literals: ["'-' people.ssn", "'1' people.ssn", "2 people.salary"],
    },
  );
  holds(
    "SELECT ssn::text, attrs ->> 't', attrs @> '{}', concat(ssn, salary), to_jsonb(people), ssn::varchar(3) FROM people",
    {
      output: [
        "ssn ~ people.ssn",
        "?column? ~ people.attrs",
        "?column? ~ people.attrs",
        "concat ~ people.salary + people.ssn",
        "to_jsonb ~ people.attrs + people.boss + people.id + people.label + people.name + people.salary + people.ssn + people.tags + people.twice",
        "ssn ~ people.ssn",
      ],
      literals: ["'t' people.attrs", "'{}' people.attrs"],
    },
  );
  holds("SELECT ssn::int, salary / 2, -salary, sqrt(salary), ssn LIKE '1', 1 / salary FROM people", {
    output: [
      "ssn ~ people.ssn",
      "?column? ~ people.salary",
      "?column? ~ people.salary",
      "sqrt ~ people.salary",
      "?column? ~ people.ssn",
      "?column? ~ people.salary",
    ],
    predicates: ["value other people.ssn", "value other people.salary", "value pattern people.ssn"],
    literals: ["2 people.salary", "'1' people.ssn", "1 people.salary"],
  });
  holds("SELECT (ssn = '1' OR salary < 2 OR upper(ssn) = 'A') AND id / (id - id) = 1 FROM people", {
    output: ["?column? ~ people.id + people.salary + people.ssn"],
    predicates: [
      "value equality people.ssn",
      "value other people.ssn",
      "value range people.salary",
      "value other people.id",
    ],
    literals: ["'1' people.ssn", "2 people.salary", "'A' people.ssn", "1 people.id"],
  });
  holds(
    "SELECT coalesce(ssn, (1 / id)::text), substr(ssn, 1, 2), substr(name, 1, salary), repeat(ssn, 2), nullif(ssn, '') FROM people",
    {
      output: [
        "coalesce ~ people.id + people.ssn",
        "substr ~ people.ssn",
        "substr ~ people.name + people.salary",
        "repeat ~ people.ssn",
        "nullif ~ people.ssn",
      ],
      predicates: [
        "value equality people.ssn",
        "value other people.id",
        "value other people.salary",
        "value other people.ssn",
        "value equality people.name",
      ],
      literals: [
        "1 people.id + people.ssn",
        "1 people.ssn",
        "2 people.ssn",
        "1 people.name + people.salary",
        "2 people.ssn",
        "'' people.ssn",
      ],
    },
  );
  holds("SELECT id FROM people WHERE salary + 1 > 2 AND ssn = '1'", {
    output: ["id = people.id"],
    predicates: ["where other people.salary", "where equality people.ssn"],
    literals: ["1 people.salary", "2 people.salary", "'1' people.ssn"],
  });
  holds("SELECT json_value(attrs, '$.t'), json_value(attrs, '$.t' ERROR ON ERROR), JSON(ssn) FROM people", {
    output: ["json_value ~ people.attrs", "json_value ~ people.attrs", "json ~ people.ssn"],
    predicates: ["value other people.attrs", "value other people.ssn"],
    literals: ["'$.t' people.attrs", "'$.t' people.attrs"],
  });
});

describe("a parameter meets what a literal in its place would", () => {
  holds("SELECT * FROM people p(a, b, c) WHERE c = $2 AND a > $1", {
    output: [
      "a = people.id",
      "b = people.name",
      "c = people.ssn",
      "salary = people.salary",
      "boss = people.boss",
      "tags = people.tags",
      "attrs = people.attrs",
      "label ~ people.label + people.name + people.ssn",
      "twice ~ people.boss + people.twice",
    ],
    parameters: ["$1 people.id", "$2 people.ssn"],
    predicates: ["where range people.id", "where equality people.ssn"],
  });
  holds("INSERT INTO people (id, ssn) VALUES ($1, $2), (3, '999')", {
    parameters: ["$1 people.id", "$2 people.ssn"],
    predicates: ["constraint equality people.id"],
    literals: ["3 people.id", "'999' people.ssn"],
  });
  holds("UPDATE people SET salary = salary + $1 WHERE id = ANY ($2)", {
    parameters: ["$1 people.salary", "$2 people.id"],
    flows: ["people.salary ~ people.salary"],
    predicates: ["value other people.salary", "where equality people.id"],
  });
  holds("SELECT id FROM people LIMIT $1", { output: ["id = people.id"], parameters: ["$1 "] });
  holds("SELECT ssn_of($1), running('7')", {
    output: ["ssn_of ~ people.id + people.ssn", "running ~ ?"],
    parameters: ["$1 people.id + people.ssn"],
    predicates: ["function > where equality people.id"],
    literals: ["'7' ?"],
  });
});
