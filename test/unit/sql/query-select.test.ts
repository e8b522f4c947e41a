// What SELECT reads, column by column, and where its output comes from.
// The catalog is query-facts.ts's shop.

import { describe } from "vitest";
import { holds } from "./query-facts.ts";

describe("columns are read where they are named, in whatever clause", () => {
  holds("SELECT id, total FROM orders", {
    accesses: ["select orders(id, total)"],
    output: ["id = orders.id", "total = orders.total"],
  });
  holds("SELECT * FROM orders", {
    accesses: ["select orders(id, note, person, total)"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
  });
  holds("TABLE people", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
  });
  holds("SELECT count(*) FROM orders", {
    accesses: ["select orders()"],
    output: ["count"],
    calls: ["count()"],
  });
  holds("SELECT FROM people", { accesses: ["select people()"] });
  holds("SELECT o.total + 1 FROM orders o WHERE o.person = 7 ORDER BY o.note", {
    accesses: ["select orders(note, person, total)"],
    output: ["?column? ~ orders.total"],
    literals: ["1 -> orders.total", "7 -> orders.person"],
  });
  holds("SELECT boss, count(*) FROM people GROUP BY boss HAVING max(ssn) > '5' ORDER BY count(*)", {
    accesses: ["select people(boss, ssn)"],
    output: ["boss = people.boss", "count"],
    calls: ["count()", "max(?)"],
    literals: ["'5' -> people.ssn"],
  });
  holds("SELECT boss, id FROM people GROUP BY GROUPING SETS ((boss), (id), ()), ROLLUP (email)", {
    accesses: ["select people(boss, email, id)"],
    output: ["boss = people.boss", "id = people.id"],
  });
  holds("SELECT grouping(boss), boss FROM people GROUP BY CUBE (boss)", {
    accesses: ["select people(boss)"],
    output: ["grouping ~ people.boss", "boss = people.boss"],
  });
  holds("SELECT DISTINCT ON (boss) name FROM people ORDER BY boss, ssn", {
    accesses: ["select people(boss, name, ssn)"],
    output: ["name = people.name"],
  });
  holds("SELECT DISTINCT name FROM people", {
    accesses: ["select people(name)"],
    output: ["name = people.name"],
  });
  holds("SELECT 1 LIMIT (SELECT count(*) FROM people)", {
    accesses: ["select people()"],
    output: ["?column?"],
    calls: ["count()"],
    literals: ["1"],
  });
  holds("SELECT rank() OVER (PARTITION BY boss ORDER BY ssn) FROM people", {
    accesses: ["select people(boss, ssn)"],
    output: ["rank ~ people.boss + people.ssn"],
    calls: ["rank()"],
  });
  holds("SELECT rank() OVER w FROM people WINDOW w AS (ORDER BY ssn)", {
    accesses: ["select people(ssn)"],
    output: ["rank ~ people.ssn"],
    calls: ["rank()"],
  });
  holds(
    "SELECT sum(id) OVER (w ROWS 2 PRECEDING) FROM people WINDOW v AS (PARTITION BY boss), w AS (v ORDER BY ssn)",
    {
      accesses: ["select people(boss, id, ssn)"],
      output: ["sum ~ people.boss + people.id + people.ssn"],
      calls: ["sum(?)"],
      literals: ["2"],
    },
  );
  holds("SELECT array_agg(p.ssn ORDER BY p.name) FILTER (WHERE p.boss = 1) FROM people p", {
    accesses: ["select people(boss, name, ssn)"],
    output: ["array_agg ~ people.boss + people.name + people.ssn"],
    calls: ["array_agg(?)"],
    literals: ["1 -> people.boss"],
  });
  holds("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders", {
    accesses: ["select orders(total)"],
    output: ["percentile_cont ~ orders.total"],
    calls: ["percentile_cont(0.5)"],
    literals: ["0.5 -> orders.total"],
  });
  holds("SELECT * FROM ONLY orders", {
    accesses: ["select orders(id, note, person, total)"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
  });
  holds("SELECT ctid, xmin, tableoid::regclass FROM people", {
    accesses: ["select people(ctid, tableoid, xmin)"],
    output: ["ctid = people.ctid", "xmin = people.xmin", "tableoid ~ people.tableoid"],
  });
  holds("SELECT p.ctid, o.ctid FROM people p, orders o", {
    accesses: ["select people(ctid)", "select orders(ctid)"],
    output: ["ctid = people.ctid", "ctid = orders.ctid"],
  });
});

describe("names of output columns stand for them in ORDER BY first, in GROUP BY last", () => {
  holds("SELECT name AS id FROM people ORDER BY id", {
    accesses: ["select people(name)"],
    output: ["id = people.name"],
  });
  holds("SELECT name AS id FROM people GROUP BY name, id", {
    accesses: ["select people(id, name)"],
    output: ["id = people.name"],
  });
  holds("SELECT boss AS b FROM people GROUP BY b ORDER BY b", {
    accesses: ["select people(boss)"],
    output: ["b = people.boss"],
  });
  holds("SELECT upper(name) AS n FROM people GROUP BY n HAVING count(*) > 1", {
    accesses: ["select people(name)"],
    output: ["n ~ people.name"],
    calls: ["upper(?)", "count()"],
    literals: ["1"],
  });
  holds("SELECT id AS ssn FROM people ORDER BY ssn || ''", {
    accesses: ["select people(id, ssn)"],
    output: ["ssn = people.id"],
    literals: ["'' -> people.ssn"],
  });
  holds("SELECT id FROM people ORDER BY 1", {
    accesses: ["select people(id)"],
    output: ["id = people.id"],
    literals: ["1"],
  });
  holds("SELECT id, (SELECT note FROM orders WHERE person = people.id LIMIT 1) AS n FROM people ORDER BY n", {
    accesses: ["select people(id)", "select orders(note, person)"],
    output: ["id = people.id", "n = orders.note"],
    literals: ["1"],
  });
});

describe("set operations show both sides", () => {
  holds("SELECT ssn FROM people UNION SELECT note FROM orders", {
    accesses: ["select people(ssn)", "select orders(note)"],
    output: ["ssn = orders.note + people.ssn"],
  });
  holds("SELECT ssn AS a FROM people UNION ALL SELECT '42' ORDER BY a", {
    accesses: ["select people(ssn)"],
    output: ["a ~ people.ssn"],
    literals: ["'42' -> people.ssn"],
  });
  holds("SELECT 'lit' UNION SELECT ssn FROM people", {
    accesses: ["select people(ssn)"],
    output: ["?column? ~ people.ssn"],
    literals: ["'lit' -> people.ssn"],
  });
  holds("SELECT id FROM people INTERSECT SELECT 3", {
    accesses: ["select people(id)"],
    output: ["id ~ people.id"],
    literals: ["3 -> people.id"],
  });
  holds("(SELECT id FROM people ORDER BY ssn LIMIT 1) UNION ALL (SELECT id FROM orders ORDER BY note)", {
    accesses: ["select people(id, ssn)", "select orders(id, note)"],
    output: ["id = orders.id + people.id"],
    literals: ["1"],
  });
  holds("SELECT name FROM people UNION SELECT note FROM orders ORDER BY nope", {
    accesses: ["select people(name)", "select orders(note)"],
    output: ["name = orders.note + people.name"],
    unknown: ['42703 column "nope" does not exist @64'],
  });
});

describe("VALUES", () => {
  holds("VALUES (1, 'a'), (2, 'b')", { output: ["column1", "column2"], literals: ["1", "'a'", "2", "'b'"] });
  holds("SELECT * FROM (VALUES (1,'a'),(2,'b')) v(x,y) JOIN people p ON p.id = v.x AND p.ssn = v.y", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "x",
      "y",
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    literals: ["1 -> people.id", "'a' -> people.ssn", "2 -> people.id", "'b' -> people.ssn"],
  });
  holds("SELECT b.c FROM people a CROSS JOIN LATERAL (VALUES (a.ssn), (a.name)) b(c)", {
    accesses: ["select people(name, ssn)"],
    output: ["c = people.name + people.ssn"],
  });
});

describe("views are read down to what stands behind them", () => {
  holds("SELECT * FROM adults", {
    accesses: ["select adults(id, label, ssn)", "view adults > select people(boss, email, id, name, ssn)"],
    output: [
      "id = adults.id + people.id",
      "label ~ adults.label + people.email + people.name",
      "ssn = adults.ssn + people.ssn",
    ],
  });
  holds("SELECT label FROM adults WHERE ssn = '1'", {
    accesses: ["select adults(label, ssn)", "view adults > select people(boss, email, id, name, ssn)"],
    output: ["label ~ adults.label + people.email + people.name"],
    literals: ["'1' -> adults.ssn + people.ssn"],
  });
  holds("SELECT adults FROM adults", {
    accesses: ["select adults(*)", "view adults > select people(boss, email, id, name, ssn)"],
    output: [
      "adults ~ adults.id + adults.label + adults.ssn + people.email + people.id + people.name + people.ssn",
    ],
  });
  holds("SELECT public.adults.label FROM adults", {
    accesses: ["select adults(label)", "view adults > select people(boss, email, id, name, ssn)"],
    output: ["label ~ adults.label + people.email + people.name"],
  });
  holds("SELECT a.ssn FROM adults a JOIN adults b USING (id)", {
    accesses: [
      "select adults(id, ssn)",
      "view adults > select people(boss, email, id, name, ssn)",
      "select adults(id)",
    ],
    output: ["ssn = adults.ssn + people.ssn"],
  });
  holds("SELECT ssn FROM (SELECT * FROM adults) x UNION SELECT ssn FROM people", {
    accesses: [
      "select adults(id, label, ssn)",
      "view adults > select people(boss, email, id, name, ssn)",
      "select people(ssn)",
    ],
    output: ["ssn = adults.ssn + people.ssn"],
  });
  holds("SELECT tableoid FROM adults", {
    accesses: ["select adults()", "view adults > select people(boss, email, id, name, ssn)"],
    output: ["tableoid"],
    unknown: ['42703 column "tableoid" does not exist @8'],
  });
});

describe("what is locked", () => {
  holds("SELECT * FROM orders FOR UPDATE", {
    accesses: ["select orders(id, note, person, total)", "lock orders()"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
  });
  holds("SELECT * FROM orders FOR UPDATE OF orders NOWAIT", {
    accesses: ["select orders(id, note, person, total)", "lock orders()"],
    output: ["id = orders.id", "person = orders.person", "total = orders.total", "note = orders.note"],
  });
  holds("SELECT * FROM orders o JOIN people p ON true FOR SHARE OF o", {
    accesses: [
      "select orders(id, note, person, total)",
      "select people(boss, email, id, name, ssn)",
      "lock orders()",
    ],
    output: [
      "id = orders.id",
      "person = orders.person",
      "total = orders.total",
      "note = orders.note",
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    literals: ["true"],
  });
  holds("SELECT * FROM (people p JOIN orders o ON true) FOR UPDATE OF p FOR SHARE OF o", {
    accesses: [
      "select people(boss, email, id, name, ssn)",
      "select orders(id, note, person, total)",
      "lock people()",
      "lock orders()",
    ],
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
    literals: ["true"],
  });
  holds("SELECT * FROM (SELECT id FROM orders) x FOR UPDATE", {
    accesses: ["select orders(id)", "lock orders()"],
    output: ["id = orders.id"],
  });
  holds("SELECT id FROM (SELECT id FROM people FOR UPDATE) x", {
    accesses: ["select people(id)", "lock people()"],
    output: ["id = people.id"],
  });
  holds("WITH x AS (SELECT id FROM orders) SELECT * FROM x, people FOR UPDATE", {
    accesses: ["select orders(id)", "select people(boss, email, id, name, ssn)", "lock people()"],
    output: [
      "id = orders.id",
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
  });
  holds("SELECT * FROM adults FOR NO KEY UPDATE", {
    accesses: [
      "select adults(id, label, ssn)",
      "view adults > select people(boss, email, id, name, ssn)",
      "lock adults()",
      "view adults > lock people()",
    ],
    output: [
      "id = adults.id + people.id",
      "label ~ adults.label + people.email + people.name",
      "ssn = adults.ssn + people.ssn",
    ],
  });
  holds("SELECT * FROM people FOR KEY SHARE OF people, nope SKIP LOCKED", {
    accesses: ["select people(boss, email, id, name, ssn)", "lock people()"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    unknown: ['42P01 relation "nope" in FOR KEY SHARE clause not found in FROM clause @47'],
  });
});

describe("what is assigned a name by PostgreSQL", () => {
  holds(
    "SELECT CAST(ssn AS varchar(3)), ssn::int, CASE WHEN true THEN 1 END, CASE WHEN true THEN 1 ELSE id END FROM people",
    {
      accesses: ["select people(id, ssn)"],
      output: ["ssn ~ people.ssn", "ssn ~ people.ssn", "case", "id ~ people.id"],
      literals: ["true", "1", "true", "1 -> people.id"],
    },
  );
  holds("SELECT coalesce(ssn, 'none'), greatest(id, 3), nullif(name, '') FROM people", {
    accesses: ["select people(id, name, ssn)"],
    output: ["coalesce ~ people.ssn", "greatest ~ people.id", "nullif ~ people.name"],
    literals: ["'none' -> people.ssn", "3 -> people.id", "'' -> people.name"],
  });
  holds("SELECT (SELECT 1, 2), ARRAY(SELECT ssn FROM people), ARRAY[[1,2],[3,4]], (ARRAY[1,2])[1]", {
    accesses: ["select people(ssn)"],
    output: ["?column?", "array ~ people.ssn", "array", "array"],
    literals: ["1", "2", "1", "2", "3", "4", "1", "2", "1"],
  });
  holds("SELECT EXISTS (SELECT ssn FROM people), 1 = ALL (SELECT id FROM people)", {
    accesses: ["select people(ssn)", "select people(id)"],
    output: ["exists", "?column? ~ people.id"],
    literals: ["1 -> people.id"],
  });
  holds("SELECT now(), current_user, current_date, user, session_user, localtimestamp", {
    output: ["now", "current_user", "current_date", "user", "session_user", "localtimestamp"],
    calls: ["now()"],
  });
  holds("SELECT 'a' COLLATE \"C\", -5, 1.5e10, B'101', X'1F', true, NULL, $1", {
    output: ["?column?", "?column?", "?column?", "?column?", "?column?", "?column?", "?column?", "?column?"],
    literals: ["'a'", "-5", "1.5e10", "B'101'", "X'1F'", "true"],
  });
  holds("SELECT 1 AS one, 2 one", { output: ["one", "one"], literals: ["1", "2"] });
});
