// What programs say around their statements: cursors, prepared statements, temporary tables, EXPLAIN, catalogs, and the shapes
// that ORMs write.

import { type Honest, masked, plain, talk, writes } from "./case.ts";

const BY_ID = "EXECUTE by_id (";

export const PROGRAMS: readonly Honest[] = [
  writes(
    "reads by a cursor",
    {
      sql: "DECLARE c CURSOR FOR SELECT id, email FROM customers ORDER BY id",
      shows: "DECLARE c CURSOR FOR SELECT id, email(email) FROM customers ORDER BY id",
    },
    "FETCH 3 FROM c",
    "FETCH FORWARD 5 FROM c",
    "MOVE 10 IN c",
    "FETCH NEXT FROM c",
    "CLOSE c",
  ),
  writes(
    "scrolls",
    {
      sql: "DECLARE s SCROLL CURSOR FOR SELECT id, phone FROM customers ORDER BY id",
      shows: "DECLARE s SCROLL CURSOR FOR SELECT id, ends(phone, 0, 2) FROM customers ORDER BY id",
    },
    "FETCH LAST FROM s",
    "FETCH BACKWARD 2 FROM s",
    "FETCH ABSOLUTE 4 FROM s",
    "CLOSE s",
  ),
  writes(
    "updates where a cursor stands",
    "DECLARE u CURSOR FOR SELECT id FROM orders WHERE id < 3 ORDER BY id FOR UPDATE",
    "FETCH 1 FROM u",
    "UPDATE orders SET note = 'at cursor' WHERE CURRENT OF u",
    "CLOSE u",
  ),
  talk(
    "prepares by SQL and executes again and again",
    {
      sql: "PREPARE by_id (int) AS SELECT id, name, email FROM customers WHERE id = $1",
      shows: "PREPARE by_id (int) AS SELECT id, name, email(email) FROM customers WHERE id = $1",
    },
    ...[1, 2, 3, 4, 5, 6, 7, 41, 999].map((id) => `${BY_ID}${id})`),
    "DEALLOCATE by_id",
  ),
  writes(
    "keeps open columns in a temporary table",
    "CREATE TEMP TABLE picked ON COMMIT DROP AS SELECT id, country FROM customers WHERE vip",
    "SELECT * FROM picked ORDER BY id",
    "INSERT INTO picked SELECT id, country FROM customers WHERE id = 1",
    "SELECT count(*) FROM picked",
  ),
  writes(
    "uses a temporary table of its own",
    "CREATE TEMP TABLE wanted (id integer) ON COMMIT DROP",
    "INSERT INTO wanted VALUES (1), (3)",
    {
      sql: "SELECT c.id, c.email FROM customers c JOIN wanted USING (id) ORDER BY 1",
      shows: "SELECT c.id, email(c.email) FROM customers c JOIN wanted USING (id) ORDER BY 1",
    },
  ),
  plain("explains", "EXPLAIN (COSTS off) SELECT id, name FROM customers WHERE id = 3"),
  plain(
    "explains in JSON",
    "EXPLAIN (FORMAT json, COSTS off) SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.country = 'DE'",
  ),
  plain(
    "explains a statement that shows masked columns",
    "EXPLAIN (COSTS off) SELECT id, email, phone FROM customers ORDER BY id",
  ),
  plain(
    "explains and runs",
    "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT count(*) FROM orders",
  ),
  talk(
    "sets what drivers set",
    "SET application_name = 'honest'",
    "SET statement_timeout = '20s'",
    "SET TimeZone = 'Europe/Berlin'",
    {
      sql: "SELECT seen_at, created_at FROM customers WHERE id = 3",
      shows: "SELECT month(seen_at), created_at FROM customers WHERE id = 3",
    },
    "SET TimeZone = 'UTC'",
    "SHOW TimeZone",
    "RESET statement_timeout",
  ),
  talk(
    "asks where it is",
    "SELECT current_database(), current_schema(), version(), pg_backend_pid() > 0, current_setting('server_version_num')",
    "SHOW server_version",
    "SELECT 1",
  ),
  writes(
    "nests transactions",
    "SAVEPOINT a",
    "SAVEPOINT b",
    "SELECT count(*) FROM customers",
    "ROLLBACK TO a",
    "SELECT name FROM customers WHERE id = 1",
    "RELEASE SAVEPOINT a",
  ),
  plain(
    "columns of a table with masks, in information_schema",
    "SELECT column_name, data_type, is_nullable, column_default, character_maximum_length, ordinal_position FROM information_schema.columns WHERE table_schema = 'honest' AND table_name = 'customers' ORDER BY ordinal_position",
  ),
  plain(
    "tables and views, in information_schema",
    "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1",
    "honest",
  ),
  plain(
    "keys, in information_schema",
    "SELECT tc.constraint_name, tc.constraint_type, kcu.column_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_schema, constraint_name) WHERE tc.table_schema = 'honest' AND tc.table_name = 'customers' ORDER BY 1, 3",
  ),
  plain(
    "columns, in pg_catalog",
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'honest.customers'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
  ),
  plain(
    "indexes, in pg_catalog",
    "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE schemaname = 'honest' ORDER BY 1",
  ),
  plain("a view's definition", "SELECT pg_get_viewdef('honest.contacts'::regclass, true)"),
  plain(
    "types, as drivers look them up",
    "SELECT t.oid > 0, t.typname, t.typtype, t.typelem FROM pg_type t WHERE t.typname IN ('state', 'place', 'text', 'int4') ORDER BY 2",
  ),
  plain(
    "how many rows there may be",
    "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'honest'::regnamespace AND relkind IN ('r', 'v', 'm', 'p') ORDER BY 1",
  ),
  masked(
    "as Prisma reads",
    'SELECT "honest"."customers"."id", "honest"."customers"."name", "honest"."customers"."email" FROM "honest"."customers" WHERE ("honest"."customers"."country" = $1 AND 1=1) ORDER BY "honest"."customers"."id" ASC LIMIT $2 OFFSET $3',
    "SELECT id, name, email(email) FROM customers WHERE country = $1 ORDER BY id LIMIT $2 OFFSET $3",
    "DE",
    5,
    0,
  ),
  masked(
    "as TypeORM reads",
    'SELECT "c"."id" AS "c_id", "c"."email" AS "c_email", "o"."id" AS "o_id", "o"."total" AS "o_total" FROM "honest"."customers" "c" LEFT JOIN "honest"."orders" "o" ON "o"."customer_id"="c"."id" WHERE "c"."id" IN ($1, $2) ORDER BY "c"."id", "o"."id"',
    "SELECT c.id, email(c.email), o.id, o.total FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.id IN ($1, $2) ORDER BY c.id, o.id",
    2,
    3,
  ),
  masked(
    "as ActiveRecord finds by e-mail",
    'SELECT "customers"."id", "customers"."name", "customers"."email" FROM "customers" WHERE "customers"."email" = $1 LIMIT $2',
    "SELECT id, name, email(email) FROM customers WHERE email = $1 LIMIT $2",
    "cat2.mail@host2.example.org",
    1,
  ),
  masked(
    "as Django reads a page",
    'SELECT "customers"."id", "customers"."email", "customers"."birth_date" FROM "customers" WHERE "customers"."vip" ORDER BY "customers"."created_at" DESC LIMIT 3',
    "SELECT id, email(email), year(birth_date) FROM customers WHERE vip ORDER BY created_at DESC LIMIT 3",
  ),
  plain(
    "as Django counts",
    'SELECT COUNT(*) AS "__count" FROM "customers" WHERE "customers"."email" = $1',
    "cat2.mail@host2.example.org",
  ),
  plain(
    "as Rails asks whether there is one",
    'SELECT 1 AS one FROM "customers" WHERE "customers"."email" = $1 LIMIT $2',
    "nobody@host.example.org",
    1,
  ),
  masked(
    "as Hibernate reads",
    "select c1_0.id, c1_0.email, c1_0.name, c1_0.seen_at from honest.customers c1_0 where c1_0.id=$1",
    "select id, email(email), name, month(seen_at) from customers where id=$1",
    11,
  ),
  masked(
    "as SQLAlchemy reads related rows",
    "SELECT customers.id AS customers_id, customers.email AS customers_email, orders_1.id AS orders_1_id, orders_1.status AS orders_1_status FROM customers LEFT OUTER JOIN orders AS orders_1 ON customers.id = orders_1.customer_id WHERE customers.country = $1 ORDER BY customers.id, orders_1.id",
    "SELECT c.id, email(c.email), o.id, o.status FROM customers c LEFT JOIN orders o ON c.id = o.customer_id WHERE c.country = $1 ORDER BY c.id, o.id",
    "JP",
  ),
  masked(
    "as Drizzle reads by a subquery in JSON of open columns",
    `select "id", "email", (select coalesce(json_agg(json_build_array("o"."id", "o"."total") order by "o"."id"), '[]'::json) from (select * from "orders" where "customer_id" = "c"."id") "o") as "orders" from "customers" "c" where "id" < 4 order by "id"`,
    `select id, email(email), (select coalesce(json_agg(json_build_array(o.id, o.total) order by o.id), '[]'::json) from (select * from orders where customer_id = c.id) o) from customers c where id < 4 order by id`,
  ),
  writes("as an ORM inserts and reads back", {
    sql: 'INSERT INTO "honest"."customers" ("id", "name", "email", "phone") VALUES ($1, $2, $3, $4) RETURNING "id", "name", "email", "phone", "created_at"',
    shows:
      "INSERT INTO customers (id, name, email, phone) VALUES ($1, $2, $3, $4) RETURNING id, name, email(email), ends(phone, 0, 2), created_at",
    parameters: [300, "Orm", "orm@host.example.org", "+1 555 0123"],
  }),
  writes("as an ORM saves what it changed", {
    sql: 'UPDATE "honest"."customers" SET "name" = $1, "country" = $2 WHERE "honest"."customers"."id" = $3',
    parameters: ["Saved", "CH", 6],
  }),
];
