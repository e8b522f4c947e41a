// Functions, operators and types: every one that a statement may run, wherever it stands in it.

import { describe } from "vitest";
import { holds } from "./query-facts.ts";

describe("a function is called from any place", () => {
  holds("SELECT wipe(), public.wipe() FROM people", {
    accesses: ["select people()"],
    output: ["wipe", "wipe"],
    calls: ["wipe()"],
    tagCounts: false,
  });
  holds("SELECT * FROM wipe()", { output: ["wipe"], calls: ["wipe()"], tagCounts: false });
  holds("SELECT 1 WHERE wipe() IS NULL", {
    output: ["?column?"],
    calls: ["wipe()"],
    literals: ["1"],
    tagCounts: false,
  });
  holds("SELECT 1 ORDER BY wipe()", {
    output: ["?column?"],
    calls: ["wipe()"],
    literals: ["1"],
    tagCounts: false,
  });
  holds("SELECT 1 GROUP BY wipe()", {
    output: ["?column?"],
    calls: ["wipe()"],
    literals: ["1"],
    tagCounts: false,
  });
  holds("SELECT DISTINCT ON (wipe()) 1", {
    output: ["?column?"],
    calls: ["wipe()"],
    literals: ["1"],
    tagCounts: false,
  });
  holds("SELECT 1 LIMIT wipe() OFFSET audit.note('o')", {
    output: ["?column?"],
    calls: ["wipe()", "audit.note(o)"],
    literals: ["1", "'o'"],
    tagCounts: false,
  });
  holds("SELECT count(*) FILTER (WHERE wipe() IS NULL) OVER (PARTITION BY audit.note('w')) FROM people", {
    accesses: ["select people()"],
    output: ["count"],
    calls: ["wipe()", "audit.note(w)", "count()"],
    literals: ["'w'"],
    tagCounts: false,
  });
  holds("SELECT 1 WINDOW w AS (ORDER BY wipe())", {
    output: ["?column?"],
    calls: ["wipe()"],
    literals: ["1"],
    tagCounts: false,
  });
  holds("VALUES (wipe())", { output: ["column1"], calls: ["wipe()"], tagCounts: false });
  holds("SELECT * FROM people TABLESAMPLE system (wipe())", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    calls: ["wipe()", "system()"],
    tagCounts: false,
  });
  holds("SELECT ARRAY[wipe()], ROW(wipe()), CASE WHEN audit.note('c') IS NULL THEN 1 END", {
    output: ["array", "row", "case"],
    calls: ["wipe()", "audit.note(c)"],
    literals: ["'c'", "1"],
    tagCounts: false,
  });
  holds("SELECT x[wipe()] FROM (SELECT ARRAY[1] AS x) s", {
    output: ["x"],
    calls: ["wipe()"],
    literals: ["1"],
    tagCounts: false,
  });
  holds("SELECT JSON_VALUE('{}', '$' PASSING wipe() AS w DEFAULT audit.note('d') ON EMPTY)", {
    output: ["json_value"],
    calls: ["wipe()", "audit.note(d)"],
    literals: ["'{}'", "'$'", "'d'"],
    tagCounts: false,
  });
  holds("SELECT * FROM XMLTABLE('/' PASSING wipe() COLUMNS a text DEFAULT audit.note('x'))", {
    output: ["a"],
    calls: ["wipe()", "audit.note(x)"],
    literals: ["'/'", "'x'"],
    tagCounts: false,
  });
  holds("SELECT XMLPARSE(DOCUMENT wipe()), XMLPI(NAME a, audit.note('p'))", {
    output: ["xmlparse", "xmlpi"],
    calls: ["wipe()", "audit.note(p)"],
    literals: ["'p'"],
    tagCounts: false,
  });
  holds("WITH RECURSIVE t AS (SELECT wipe() AS a UNION SELECT audit.note('r') FROM t) SELECT 1", {
    output: ["?column?"],
    calls: ["wipe()", "audit.note(r)"],
    literals: ["'r'", "1"],
    tagCounts: false,
  });
  holds("INSERT INTO orders (id) VALUES (1) RETURNING wipe()", {
    accesses: ["insert orders(id)"],
    output: ["wipe"],
    calls: ["wipe()"],
    literals: ["1 -> orders.id"],
    kinds: ["insert"],
    tagCounts: false,
  });
  holds("DELETE FROM orders WHERE id = 1 RETURNING wipe()", {
    accesses: ["select orders(id)", "delete orders()"],
    output: ["wipe"],
    calls: ["wipe()"],
    modifications: ["delete orders bounded"],
    literals: ["1 -> orders.id"],
    kinds: ["delete"],
    tagCounts: false,
  });
  holds(
    "INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = audit.note('u') WHERE wipe() IS NULL",
    {
      accesses: ["select orders(id)", "insert orders(id)", "update orders(note)"],
      output: null,
      calls: ["audit.note(u)", "wipe()"],
      modifications: ["update orders bounded"],
      literals: ["1 -> orders.id", "'u' -> orders.note"],
      kinds: ["insert", "update"],
      tagCounts: false,
    },
  );
});

describe("candidates are those that take as many arguments, else all", () => {
  holds("SELECT over(1), over(1, 2), over(1, 2, 3)", {
    output: ["over", "over", "over"],
    calls: ["over(1)", "over(1, 2)", "over(1, 2, 3)", "over(1, 2, 3)"],
    literals: ["1", "1", "2", "1", "2", "3"],
  });
  holds("SELECT pg_catalog.count(*) FROM people", {
    accesses: ["select people()"],
    output: ["count"],
    calls: ["count()"],
  });
});

describe("arguments that are constants are told, by position", () => {
  holds(
    "SELECT set_config('search_path', 'x', false), nextval('s'), set_config(is_local => true, setting_name => 'a', new_value => 'b')",
    {
      output: ["set_config", "nextval", "set_config"],
      calls: ["set_config(search_path, x, false)", "nextval(s)", "set_config(?, ?, ?)"],
      literals: ["'search_path'", "'x'", "false", "'s'", "true", "'a'", "'b'"],
    },
  );
  holds("SELECT dblink('x', 'y'), dblink('x'::text, $1, NULL, -1, 1.50)", {
    output: ["dblink", "dblink"],
    calls: ["dblink(x, y)", "dblink(x, ?, ?, -1, 1.50)"],
    literals: ["'x'", "'y'", "'x'", "-1", "1.50"],
  });
});

describe("PostgreSQL's own spellings are calls too", () => {
  holds(
    "SELECT extract(year FROM now()), position('a' in name), substring(name from 1 for 2), trim(name), name SIMILAR TO 'a' FROM people",
    {
      accesses: ["select people(name)"],
      output: [
        "extract",
        "position ~ people.name",
        "substring ~ people.name",
        "btrim ~ people.name",
        "?column? ~ people.name",
      ],
      calls: [
        "now()",
        "extract(year, ?)",
        "position(?, a)",
        "substring(?, 1, 2)",
        "btrim(?)",
        "similar_to_escape(a)",
      ],
      literals: ["year", "'a' -> people.name", "1 -> people.name", "2 -> people.name", "'a' -> people.name"],
    },
  );
  holds("SELECT name LIKE 'a' ESCAPE '!' FROM people", {
    accesses: ["select people(name)"],
    output: ["?column? ~ people.name"],
    calls: ["like_escape(a, !)"],
    literals: ["'a' -> people.name", "'!' -> people.name"],
  });
  holds("SELECT now() AT TIME ZONE 'UTC', name IS NOT UNKNOWN FROM people", {
    accesses: ["select people(name)"],
    output: ["timezone", "?column? ~ people.name"],
    calls: ["now()", "timezone(UTC, ?)"],
    literals: ["'UTC'"],
  });
  holds("SELECT NORMALIZE(name), OVERLAY(name PLACING 'x' FROM 1), name IS NORMALIZED FROM people", {
    accesses: ["select people(name)"],
    output: ["normalize ~ people.name", "overlay ~ people.name", "is_normalized ~ people.name"],
    calls: ["normalize(?)", "overlay(?, x, 1)", "is_normalized(?)"],
    literals: ["'x' -> people.name", "1 -> people.name"],
  });
  holds("SELECT (1, 2) OVERLAPS (3, 4)", {
    output: ["overlaps"],
    calls: ["overlaps(1, 2, 3, 4)"],
    literals: ["1", "2", "3", "4"],
  });
});

describe("operators call what stands behind them", () => {
  holds("SELECT ssn <=> 'x', ssn OPERATOR(public.<=>) 'y', 1 OPERATOR(pg_catalog.+) 2 FROM people", {
    accesses: ["select people(ssn)"],
    output: ["?column? ~ people.ssn", "?column? ~ people.ssn", "?column?"],
    calls: ["same()"],
    literals: ["'x' -> people.ssn", "'y' -> people.ssn", "1", "2"],
  });
  holds("SELECT OPERATOR(public.<=>) 1", { output: ["?column?"], calls: ["same()"], literals: ["1"] });
  holds("SELECT id <=> ALL (SELECT id FROM orders) FROM people", {
    accesses: ["select people(id)", "select orders(id)"],
    output: ["?column? ~ orders.id + people.id"],
    calls: ["same()"],
  });
  holds("SELECT id <=> ANY ('{1}') FROM people", {
    accesses: ["select people(id)"],
    output: ["?column? ~ people.id"],
    calls: ["same()"],
    literals: ["'{1}' -> people.id"],
  });
  holds("SELECT * FROM people ORDER BY id USING <=>", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    calls: ["same()"],
  });
  holds("SELECT * FROM people p JOIN orders o ON p.id <=> o.id", {
    accesses: ["select people(boss, email, id, name, ssn)", "select orders(id, note, person, total)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "id = orders.id",
      "person = orders.person",
      "total = orders.total",
      "note = orders.note",
    ],
    calls: ["same()"],
  });
});

describe("casts run the type's functions, reading a column does not", () => {
  holds("SELECT '5'::money2, money2('5')", {
    output: ["money2", "money2"],
    calls: ["checked()"],
    literals: ["'5'", "'5'"],
  });
  holds("SELECT cost FROM priced", { accesses: ["select priced(cost)"], output: ["cost = priced.cost"] });
  holds("SELECT text('a'), date('2020-01-01'), people('(1)')", {
    output: ["text", "date", "people"],
    literals: ["'a'", "'2020-01-01'", "'(1)'"],
  });
  holds("SELECT CAST('a' AS pg_catalog.text)", { output: ["text"], literals: ["'a'"] });
});
