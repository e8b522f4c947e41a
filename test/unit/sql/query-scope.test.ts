// Which relation or query a name means: WITH, subqueries, LATERAL, joins, aliases, schemas and case.

import { describe } from "vitest";
import { holds } from "./query-facts.ts";

describe("WITH queries hide tables, but not those named with their schema, nor what is written to", () => {
  holds("WITH people AS (SELECT id FROM orders) SELECT * FROM people", {
    accesses: ["select orders(id)"],
    output: ["id = orders.id"],
  });
  holds("WITH people AS (SELECT * FROM people WHERE id = 1) SELECT name FROM people", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: ["name = people.name"],
    literals: ["1 -> people.id"],
  });
  holds("WITH people AS (SELECT 1 AS x) SELECT * FROM public.people", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    literals: ["1"],
  });
  holds("WITH people AS (SELECT 1 AS x) DELETE FROM people", {
    accesses: ["delete people()"],
    output: null,
    modifications: ["delete people unbounded"],
    literals: ["1"],
    kinds: ["delete"],
  });
  holds("WITH a AS (SELECT * FROM b), b AS (SELECT id FROM people) SELECT * FROM a", {
    accesses: ["select people(id)"],
    output: null,
    unknown: ['42P01 relation "b" does not exist @26'],
  });
  holds("WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT id FROM people) SELECT * FROM a", {
    accesses: ["select people(id)"],
    output: ["id = people.id"],
  });
  holds("WITH x AS (SELECT 1) SELECT * FROM (WITH x AS (SELECT ssn FROM people) SELECT * FROM x) y, x", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn", "?column?"],
    literals: ["1"],
  });
  holds(
    "WITH a AS (SELECT id FROM people) (SELECT id FROM a) UNION (WITH a AS (SELECT id FROM orders) SELECT id FROM a)",
    { accesses: ["select people(id)", "select orders(id)"], output: ["id = orders.id + people.id"] },
  );
  holds("WITH a AS (SELECT 1) SELECT (SELECT count(*) FROM a), * FROM a AS b", {
    output: ["count", "?column?"],
    calls: ["count()"],
    literals: ["1"],
  });
  holds("WITH a(x, y) AS (SELECT id, ssn FROM people) SELECT a.y FROM a", {
    accesses: ["select people(id, ssn)"],
    output: ["y = people.ssn"],
  });
  holds(
    "WITH a AS MATERIALIZED (SELECT ssn FROM people), b AS NOT MATERIALIZED (SELECT ssn || 'x' AS y FROM a) SELECT y FROM b",
    { accesses: ["select people(ssn)"], output: ["y ~ people.ssn"], literals: ["'x' -> people.ssn"] },
  );
  holds("SELECT (WITH a AS (SELECT p.ssn) SELECT * FROM a) FROM people p", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT * FROM (WITH x AS (SELECT ssn FROM people) SELECT * FROM x) y WHERE ssn = 'k'", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
    literals: ["'k' -> people.ssn"],
  });
});

describe("recursive queries show what they start from, in every order", () => {
  holds(
    "WITH RECURSIVE t AS (SELECT id, boss, ssn FROM people WHERE id = 1 UNION ALL SELECT p.id, p.boss, t.ssn FROM people p JOIN t ON p.boss = t.id) SELECT * FROM t",
    {
      accesses: ["select people(boss, id, ssn)", "select people(boss, id)"],
      output: ["id = people.id", "boss = people.boss", "ssn ~ people.ssn"],
      literals: ["1 -> people.id"],
    },
  );
  holds("WITH RECURSIVE t(a,b) AS (SELECT ssn, name FROM people UNION SELECT b, a FROM t) SELECT a FROM t", {
    accesses: ["select people(name, ssn)"],
    output: ["a ~ people.name + people.ssn"],
  });
  holds("WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n+1 FROM t WHERE n < 10) SELECT n FROM t", {
    output: ["n"],
    literals: ["1", "1", "10"],
  });
  holds(
    "WITH RECURSIVE t AS (SELECT id FROM people UNION ALL SELECT t.id FROM t) SEARCH DEPTH FIRST BY id SET s CYCLE id SET c USING p SELECT * FROM t",
    {
      accesses: ["select people(id)"],
      output: ["id ~ people.id", "s ~ people.id", "c ~ people.id", "p ~ people.id"],
    },
  );
});

describe("WITH queries that write", () => {
  holds("WITH x AS (DELETE FROM orders RETURNING *) SELECT total FROM x", {
    accesses: ["select orders(id, note, person, total)", "delete orders()"],
    output: ["total = orders.total"],
    modifications: ["delete orders unbounded"],
    kinds: ["delete", "select"],
    tagCounts: false,
  });
  holds("WITH d AS (DELETE FROM orders WHERE id = 1) SELECT 1", {
    accesses: ["select orders(id)", "delete orders()"],
    output: ["?column?"],
    modifications: ["delete orders bounded"],
    literals: ["1 -> orders.id", "1"],
    kinds: ["delete", "select"],
    tagCounts: false,
  });
  holds(
    "WITH x AS (UPDATE orders SET note = '1' RETURNING id) INSERT INTO items (order_id) SELECT id FROM x",
    {
      accesses: ["select orders(id)", "update orders(note)", "insert items(order_id)"],
      output: null,
      modifications: ["update orders unbounded"],
      literals: ["'1' -> orders.note"],
      kinds: ["insert", "update"],
      tagCounts: false,
    },
  );
  holds(
    "WITH a AS (SELECT 1), a2 AS (INSERT INTO audit.log (what) SELECT ssn FROM people RETURNING id) SELECT * FROM a2",
    {
      accesses: ["select audit.log(id)", "select people(ssn)", "insert audit.log(what)"],
      output: ["id = audit.log.id"],
      literals: ["1"],
      kinds: ["insert", "select"],
      tagCounts: false,
    },
  );
  holds(
    "WITH d AS (MERGE INTO orders o USING items i ON o.id = i.order_id WHEN MATCHED THEN DELETE RETURNING i.sku) SELECT sku FROM d",
    {
      accesses: ["select orders(id)", "select items(order_id, sku)", "delete orders()"],
      output: ["sku = items.sku"],
      modifications: ["delete orders by_effect"],
      kinds: ["delete", "merge", "select"],
      tagCounts: false,
    },
  );
  holds("INSERT INTO orders (note) WITH x AS (DELETE FROM items RETURNING sku) SELECT sku FROM x", {
    accesses: ["select items(sku)", "delete items()", "insert orders(note)"],
    output: null,
    modifications: ["delete items unbounded"],
    kinds: ["delete", "insert"],
    tagCounts: false,
  });
});

describe("subqueries see what stands around them", () => {
  holds("SELECT (SELECT name FROM people WHERE people.id = orders.person) FROM orders", {
    accesses: ["select orders(person)", "select people(id, name)"],
    output: ["name = people.name"],
  });
  holds("SELECT (SELECT p.ssn FROM orders LIMIT 1) FROM people p", {
    accesses: ["select people(ssn)", "select orders()"],
    output: ["ssn = people.ssn"],
    literals: ["1"],
  });
  holds("SELECT id FROM people WHERE id IN (SELECT person FROM orders WHERE total > 10)", {
    accesses: ["select people(id)", "select orders(person, total)"],
    output: ["id = people.id"],
    literals: ["10 -> orders.total"],
  });
  holds("SELECT 1 FROM people p WHERE EXISTS (SELECT FROM orders WHERE person = id)", {
    accesses: ["select people()", "select orders(id, person)"],
    output: ["?column?"],
    literals: ["1"],
  });
  holds("SELECT * FROM people p WHERE p.id = (SELECT person FROM orders o WHERE o.id = p.boss LIMIT 1)", {
    accesses: ["select people(boss, email, id, name, ssn)", "select orders(id, person)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    literals: ["1"],
  });
  holds("SELECT (SELECT count(*) FROM orders o WHERE o.person = p.id) AS n FROM people p", {
    accesses: ["select people(id)", "select orders(person)"],
    output: ["n"],
    calls: ["count()"],
  });
  holds("SELECT id FROM orders WHERE id = (SELECT boss)", {
    accesses: ["select orders(id)"],
    output: ["id = orders.id"],
    unknown: ['42703 column "boss" does not exist @42'],
  });
  holds("SELECT name FROM (SELECT * FROM people) s", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: ["name = people.name"],
  });
  holds("SELECT s.* FROM (SELECT id, ssn FROM people) AS s(a)", {
    accesses: ["select people(id, ssn)"],
    output: ["a = people.id", "ssn = people.ssn"],
  });
  holds("SELECT t.x FROM (SELECT ssn FROM people) AS t(x) WHERE t.x = 'y'", {
    accesses: ["select people(ssn)"],
    output: ["x = people.ssn"],
    literals: ["'y' -> people.ssn"],
  });
});

describe("in FROM they see what stands beside them with LATERAL alone", () => {
  holds("SELECT * FROM people p, LATERAL (SELECT total FROM orders o WHERE o.person = p.id) x", {
    accesses: ["select people(boss, email, id, name, ssn)", "select orders(person, total)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "total = orders.total",
    ],
  });
  holds("SELECT * FROM people p, (SELECT p.id) x", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "id",
    ],
    unknown: ['42P01 invalid reference to FROM-clause entry for table "p" @33'],
  });
  holds("SELECT p.id FROM people p JOIN LATERAL (SELECT p.ssn AS s) l ON l.s = '1'", {
    accesses: ["select people(id, ssn)"],
    output: ["id = people.id"],
    literals: ["'1' -> people.ssn"],
  });
  holds("SELECT a.ssn FROM people a, LATERAL (SELECT a.ssn) b(c) WHERE b.c = 'z'", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
    literals: ["'z' -> people.ssn"],
  });
});

describe("joins merge columns, and an alias of a join hides what is joined", () => {
  holds("SELECT p.name, o.total FROM people p JOIN orders o ON o.person = p.id", {
    accesses: ["select people(id, name)", "select orders(person, total)"],
    output: ["name = people.name", "total = orders.total"],
  });
  holds("SELECT * FROM people JOIN orders USING (id)", {
    accesses: ["select people(boss, email, id, name, ssn)", "select orders(id, note, person, total)"],
    output: [
      "id = orders.id + people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "person = orders.person",
      "total = orders.total",
      "note = orders.note",
    ],
  });
  holds("SELECT * FROM people p JOIN people q USING (id, name)", {
    accesses: ["select people(boss, email, id, name, ssn)", "select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
  });
  holds("SELECT * FROM people p FULL JOIN orders o USING (id)", {
    accesses: ["select people(boss, email, id, name, ssn)", "select orders(id, note, person, total)"],
    output: [
      "id ~ orders.id + people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "person = orders.person",
      "total = orders.total",
      "note = orders.note",
    ],
  });
  holds("SELECT * FROM orders NATURAL JOIN items", {
    accesses: ["select orders(id, note, person, total)", "select items(order_id, person, price, sku)"],
    output: [
      "person = items.person + orders.person",
      "id = orders.id",
      "total = orders.total",
      "note = orders.note",
      "order_id = items.order_id",
      "sku = items.sku",
      "price = items.price",
    ],
  });
  holds("SELECT id FROM people p JOIN orders o USING (id)", {
    accesses: ["select people(id)", "select orders(id)"],
    output: ["id = orders.id + people.id"],
  });
  holds("SELECT u.id FROM people p JOIN orders o USING (id) AS u", {
    accesses: ["select people(id)", "select orders(id)"],
    output: ["id = orders.id + people.id"],
  });
  holds("SELECT j.a, j.ssn FROM (people p JOIN orders o ON true) AS j(a,b)", {
    accesses: ["select people(id, ssn)", "select orders()"],
    output: ["a = people.id", "ssn = people.ssn"],
    literals: ["true"],
  });
  holds("SELECT p.id FROM (people p JOIN orders o ON true) AS j", {
    accesses: ["select people()", "select orders()"],
    output: ["id"],
    unknown: ['42P01 invalid reference to FROM-clause entry for table "p" @8'],
    literals: ["true"],
  });
  holds("SELECT j FROM (people p JOIN orders o USING (id)) AS j", {
    accesses: ["select people(boss, email, id, name, ssn)", "select orders(id, note, person, total)"],
    output: [
      "j ~ orders.id + orders.note + orders.person + orders.total + people.boss + people.email + people.id + people.name + people.ssn",
    ],
  });
  holds("SELECT p.id FROM people p LEFT JOIN orders o ON o.person = p.id AND o.note = 'x'", {
    accesses: ["select people(id)", "select orders(note, person)"],
    output: ["id = people.id"],
    literals: ["'x' -> orders.note"],
  });
  holds("SELECT * FROM people p1, people p2 WHERE p1.boss = p2.id", {
    accesses: ["select people(boss, email, id, name, ssn)", "select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
  });
  holds("SELECT p.*, q.ssn AS other FROM people p CROSS JOIN people q", {
    accesses: ["select people(boss, email, id, name, ssn)", "select people(ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
      "other = people.ssn",
    ],
  });
});

describe("aliases replace names", () => {
  holds("SELECT x.a FROM people AS x(a, b)", { accesses: ["select people(id)"], output: ["a = people.id"] });
  holds("SELECT x.id FROM people AS x(a, b)", {
    accesses: ["select people()"],
    output: ["id"],
    unknown: ["42703 column x.id does not exist @8"],
  });
  holds("SELECT public.people.ssn FROM people p", {
    accesses: ["select people()"],
    output: ["ssn"],
    unknown: ['42P01 invalid reference to FROM-clause entry for table "people" @8'],
  });
  holds("SELECT p.id FROM people AS p(id2)", {
    accesses: ["select people()"],
    output: ["id"],
    unknown: ["42703 column p.id does not exist @8"],
  });
  holds("SELECT o.person FROM orders o, people person", {
    accesses: ["select orders(person)", "select people()"],
    output: ["person = orders.person"],
  });
  holds("SELECT person FROM orders o, people person", {
    accesses: ["select orders(person)", "select people()"],
    output: ["person = orders.person"],
  });
});

describe("schemas, catalogues, case and quotes", () => {
  holds("SELECT public.people.ssn FROM people", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT public.people.ssn FROM public.people", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT shop.public.people.ssn FROM shop.public.people", {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
  });
  holds("SELECT people.* FROM public.people", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
  });
  holds("SELECT a FROM shadow", {
    accesses: ["select pg_temp.shadow()"],
    output: ["a"],
    unknown: ['42703 column "a" does not exist @8'],
  });
  holds("SELECT b FROM shadow", { accesses: ["select pg_temp.shadow(b)"], output: ["b = pg_temp.shadow.b"] });
  holds("SELECT a FROM public.shadow", { accesses: ["select shadow(a)"], output: ["a = shadow.a"] });
  holds("SELECT pg_temp.shadow.b FROM pg_temp.shadow", {
    accesses: ["select pg_temp.shadow(b)"],
    output: ["b = pg_temp.shadow.b"],
  });
  holds('SELECT "Id", "select" FROM "Odd Name"', {
    accesses: ["select Odd Name(Id, select)"],
    output: ["Id = Odd Name.Id", "select = Odd Name.select"],
  });
  holds('SELECT Id FROM "Odd Name"', {
    accesses: ["select Odd Name()"],
    output: ["id"],
    unknown: ['42703 column "id" does not exist @8'],
  });
  holds("SELECT X.SSN FROM PEOPLE X", { accesses: ["select people(ssn)"], output: ["ssn = people.ssn"] });
  holds("SELECT PEOPLE.ID FROM People", { accesses: ["select people(id)"], output: ["id = people.id"] });
  holds('SELECT x."ssn" FROM "people" AS x', {
    accesses: ["select people(ssn)"],
    output: ["ssn = people.ssn"],
  });
  holds('SELECT "People".id FROM people AS "People"', {
    accesses: ["select people(id)"],
    output: ["id = people.id"],
  });
});

describe("what does not exist is said in PostgreSQL's words, at its place in characters", () => {
  holds('SELECT naïve, \'é\' = "select", nö FROM "Odd Name"', {
    accesses: ["select Odd Name(naïve, select)"],
    output: ["naïve = Odd Name.naïve", "?column? ~ Odd Name.select", "nö"],
    unknown: ['42703 column "nö" does not exist @31'],
    literals: ["'é' -> Odd Name.select"],
  });
  holds("SELECT * FROM nowhere", { output: null, unknown: ['42P01 relation "nowhere" does not exist @15'] });
  holds("SELECT * FROM audit.people", {
    output: null,
    unknown: ['42P01 relation "audit.people" does not exist @15'],
  });
  holds("SELECT x.y, z FROM nowhere x, people", {
    accesses: ["select people()"],
    output: ["y", "z"],
    calls: ["y(?)"],
    unknown: ['42P01 relation "nowhere" does not exist @20'],
  });
  holds("SELECT nope FROM people", {
    accesses: ["select people()"],
    output: ["nope"],
    unknown: ['42703 column "nope" does not exist @8'],
  });
  holds("SELECT q.id FROM people", {
    accesses: ["select people()"],
    output: ["id"],
    unknown: ['42P01 missing FROM-clause entry for table "q" @8'],
  });
  holds("SELECT p.nope FROM people p", {
    accesses: ["select people()"],
    output: ["nope"],
    unknown: ["42703 column p.nope does not exist @8"],
  });
  holds("SELECT p.name.first FROM people p", {
    accesses: ["select people()"],
    output: ["first"],
    unknown: ['42P01 missing FROM-clause entry for table "name" @8'],
  });
  holds("SELECT id FROM people, orders", {
    accesses: ["select people(id)", "select orders(id)"],
    output: ["id ~ orders.id + people.id"],
    unknown: ['42702 column reference "id" is ambiguous @8'],
  });
  holds("SELECT one FROM (SELECT 1 AS one, 2 AS one) s", {
    output: ["one"],
    unknown: ['42702 column reference "one" is ambiguous @8'],
    literals: ["1", "2"],
  });
  holds("SELECT xmin FROM (SELECT id FROM people) x", {
    accesses: ["select people(id)"],
    output: ["xmin"],
    unknown: ['42703 column "xmin" does not exist @8'],
  });
  holds("SELECT s.tables.x FROM (SELECT 1 AS x) tables", {
    output: ["x"],
    unknown: ['42P01 invalid reference to FROM-clause entry for table "tables" @8'],
    literals: ["1"],
  });
  holds("SELECT * FROM people WHERE nope(id) = 1", {
    accesses: ["select people(boss, email, id, name, ssn)"],
    output: [
      "id = people.id",
      "name = people.name",
      "ssn = people.ssn",
      "email = people.email",
      "boss = people.boss",
    ],
    unknown: ["42883 function nope(unknown) does not exist @28"],
    literals: ["1 -> people.id"],
  });
  holds("SELECT gone(1, 'a', true, x => 2.5)", {
    output: ["gone"],
    unknown: ["42883 function gone(integer, unknown, boolean, x => numeric) does not exist @8"],
    literals: ["1", "'a'", "true", "2.5"],
  });
  holds("SELECT gone.f(1::int4)", {
    output: ["f"],
    unknown: ["42883 function gone.f(integer) does not exist @8"],
    literals: ["1::int4"],
  });
  holds("SELECT 1::nosuch, '1'::int, NULL::people, '2'::audit.nope", {
    output: ["nosuch", "int4", "people", "nope"],
    unknown: ['42704 type "nosuch" does not exist @11', '42704 type "audit.nope" does not exist @48'],
    literals: ["1::nosuch", "'1'", "'2'"],
  });
});
