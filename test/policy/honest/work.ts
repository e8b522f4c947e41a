// What agents and programs do all day, under each of the documents: nothing of it may be refused or answered otherwise than
// PostgreSQL answers.

import {
  bind,
  call,
  close,
  copyData,
  copyDone,
  describe,
  execute,
  extended,
  flush,
  type Honest,
  honest,
  parse,
  pipeline,
  sync,
} from "../case.ts";

/** Reads; under every document. app.customers, app.orders and app.products only. */
export const READS: readonly Honest[] = [
  honest("selects rows", "SELECT id, name FROM app.customers WHERE vip ORDER BY name LIMIT 10"),
  honest("selects constants", "SELECT 1, 'two', 3.0, NULL, true, now(), current_date"),
  honest("selects nothing at all", "", ";", "-- a comment", "SELECT"),
  honest(
    "joins",
    "SELECT c.name, count(*), sum(o.total) FROM app.customers c JOIN app.orders o ON o.customer_id = c.id GROUP BY c.name HAVING sum(o.total) > 10 ORDER BY 2 DESC LIMIT 5",
  ),
  honest(
    "joins in every way",
    "SELECT * FROM app.customers c LEFT JOIN app.orders o USING (id) FULL JOIN app.products p USING (id) CROSS JOIN (VALUES (1)) v LIMIT 3",
  ),
  honest(
    "joins laterally",
    "SELECT c.id, l.total FROM app.customers c, LATERAL (SELECT total FROM app.orders o WHERE o.customer_id = c.id ORDER BY total DESC LIMIT 1) l LIMIT 5",
  ),
  honest(
    "uses subqueries",
    "SELECT name FROM app.customers WHERE id IN (SELECT customer_id FROM app.orders WHERE status = 'paid') AND EXISTS (SELECT 1 FROM app.orders o WHERE o.customer_id = customers.id)",
  ),
  honest(
    "uses CTEs",
    "WITH paid AS (SELECT * FROM app.orders WHERE status = 'paid'), top AS MATERIALIZED (SELECT customer_id, sum(total) AS t FROM paid GROUP BY 1) SELECT * FROM top ORDER BY t DESC LIMIT 3",
  ),
  honest(
    "uses a recursive CTE",
    "WITH RECURSIVE up AS (SELECT id, parent, 0 AS depth FROM app.customers WHERE id = 30 UNION ALL SELECT c.id, c.parent, depth + 1 FROM app.customers c JOIN up ON c.id = up.parent) SELECT * FROM up",
  ),
  honest(
    "uses a recursive CTE with SEARCH and CYCLE",
    "WITH RECURSIVE up(id, parent) AS (SELECT id, parent FROM app.customers WHERE id = 30 UNION ALL SELECT c.id, c.parent FROM app.customers c, up WHERE c.id = up.parent) SEARCH DEPTH FIRST BY id SET o CYCLE id SET looped USING path SELECT * FROM up",
  ),
  honest(
    "uses window functions",
    "SELECT id, total, rank() OVER w, lag(total) OVER w, sum(total) OVER (PARTITION BY status ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM app.orders WINDOW w AS (ORDER BY total DESC) LIMIT 5",
  ),
  honest(
    "uses grouping sets",
    "SELECT status, customer_id % 2, count(*), grouping(status) FROM app.orders GROUP BY ROLLUP (status, customer_id % 2)",
  ),
  honest(
    "uses set operations",
    "SELECT id FROM app.customers UNION SELECT id FROM app.products INTERSECT SELECT id FROM app.orders EXCEPT SELECT 3 ORDER BY 1 LIMIT 4",
  ),
  honest(
    "uses aggregates with filters and orders",
    "SELECT count(*) FILTER (WHERE status = 'new'), string_agg(status, ',' ORDER BY id), percentile_cont(0.5) WITHIN GROUP (ORDER BY total), array_agg(DISTINCT status), jsonb_object_agg(id, total) FROM app.orders WHERE id < 20",
  ),
  honest(
    "reads JSON",
    "SELECT doc ->> 'n', doc @> '{\"n\": 1}', jsonb_path_query(doc, '$.n'), jsonb_pretty(doc) FROM app.orders WHERE doc ? 'n' LIMIT 3",
  ),
  honest(
    "reads JSON by the standard",
    "SELECT JSON_VALUE(doc, '$.n' RETURNING int DEFAULT 0 ON EMPTY), JSON_EXISTS(doc, '$.n'), JSON_QUERY(doc, '$'), JSON_OBJECT('a': id) FROM app.orders LIMIT 2",
  ),
  honest(
    "makes rows of JSON",
    "SELECT t.* FROM app.orders o, JSON_TABLE(o.doc, '$' COLUMNS (n int PATH '$.n', at FOR ORDINALITY)) t LIMIT 2",
    "SELECT * FROM jsonb_to_recordset('[{\"a\": 1}]') AS r(a int)",
    "SELECT * FROM json_each_text('{\"a\": 1}')",
  ),
  honest(
    "reads arrays",
    "SELECT tags[1], array_length(tags, 1), 't1' = ANY (tags), tags || ARRAY['x'], unnest(tags) FROM app.orders WHERE tags && ARRAY['t1', 't2'] LIMIT 3",
  ),
  honest(
    "searches texts",
    "SELECT name, ts_rank(words, q), ts_headline('simple', name, q) FROM app.products, to_tsquery('simple', 'product') q WHERE words @@ q ORDER BY 2 DESC",
  ),
  honest(
    "works with strings",
    "SELECT upper(name), length(name), substring(name FROM 1 FOR 3), name || '!', format('%s-%s', id, name), regexp_replace(name, '\\d+', 'x'), split_part(name, ' ', 2), position('o' IN name), overlay(name PLACING 'x' FROM 1) FROM app.customers WHERE name LIKE 'customer 1%' AND name ~* '^C' LIMIT 3",
  ),
  honest(
    "works with dates",
    "SELECT date_trunc('month', created_at), created_at + interval '1 day', extract(year FROM created_at), age(created_at), to_char(created_at, 'YYYY-MM-DD'), created_at AT TIME ZONE 'UTC', generate_series('2026-01-01'::date, '2026-01-03', '1 day') FROM app.orders LIMIT 3",
  ),
  honest(
    "works with numbers",
    "SELECT round(total, 1), ceil(total), total::int, greatest(total, 3), mod(id, 3), power(2, 3), random() < 2, width_bucket(total, 0, 100, 5) FROM app.orders LIMIT 2",
  ),
  honest(
    "works with conditions",
    "SELECT CASE WHEN total > 50 THEN 'high' ELSE 'low' END, coalesce(doc, '{}'), nullif(status, 'new') FROM app.orders WHERE total BETWEEN 5 AND 50 AND status IN ('new', 'paid') OR customer_id IS NULL LIMIT 3",
  ),
  honest(
    "works with UUIDs, hashes and encodings",
    "SELECT gen_random_uuid() IS NOT NULL, md5('a'), encode(sha256('a'), 'hex'), uuidv7() IS NOT NULL",
  ),
  honest(
    "pages by key and by offset",
    "SELECT * FROM app.orders WHERE id > 10 ORDER BY id LIMIT 5",
    "SELECT * FROM app.orders ORDER BY id OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY",
  ),
  honest("samples", "SELECT count(*) FROM app.orders TABLESAMPLE bernoulli (50) REPEATABLE (1)"),
  honest(
    "selects distinct rows",
    "SELECT DISTINCT ON (customer_id) customer_id, id FROM app.orders ORDER BY customer_id, id DESC LIMIT 3",
  ),
  honest(
    "selects whole rows",
    "SELECT o, o.*, row_to_json(o) FROM app.orders o WHERE (id, customer_id) = (1, 2)",
  ),
  honest(
    "lists values and tables",
    "VALUES (1, 'a'), (2, 'b')",
    "TABLE app.products",
    "SELECT * FROM (VALUES (1), (2)) v(n)",
  ),
  honest(
    "explains",
    "EXPLAIN SELECT * FROM app.orders WHERE id = 1",
    "EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT count(*) FROM app.orders",
    "EXPLAIN (VERBOSE, COSTS off) UPDATE app.orders SET status = 'x' WHERE id = 1",
  ),
  honest(
    "shows settings",
    "SHOW statement_timeout",
    "SHOW timezone",
    "SELECT current_setting('application_name', true)",
  ),
  honest(
    "sets what drivers set",
    "SET application_name = 'report'",
    "SET DateStyle = 'ISO, MDY'",
    "SET TIME ZONE 'UTC'",
    "SET client_encoding = 'UTF8'",
    "SET extra_float_digits = 3",
    "SET intervalstyle TO iso_8601",
    "SET client_min_messages TO warning",
    "SET bytea_output = 'hex'",
    "SET standard_conforming_strings = on",
    "SET lock_timeout = '2s'",
    "SET jit = off",
    "SET search_path = app, public",
    "SELECT count(*) FROM orders",
    "RESET search_path",
    "RESET ALL",
  ),
  honest(
    "lowers its own statement timeout",
    "SET statement_timeout = '200ms'",
    "SELECT 1",
    "RESET statement_timeout",
    "BEGIN",
    "SET LOCAL statement_timeout = 100",
    "SELECT 1",
    "COMMIT",
  ),
  {
    ...honest("starts with what drivers put in the start-up", "SELECT 1"),
    startup: {
      application_name: "report",
      DateStyle: "ISO, MDY",
      extra_float_digits: "3",
      options: "-c statement_timeout=400 -c timezone=UTC",
    },
  },
  honest(
    "reads in a transaction",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SELECT count(*) FROM app.orders",
    "SELECT max(id) FROM app.orders",
    "COMMIT",
    "BEGIN; SELECT 1; ROLLBACK",
  ),
  honest(
    "reads under a read-only transaction of its own",
    "START TRANSACTION READ ONLY",
    "SELECT 1",
    "COMMIT AND CHAIN",
    "SELECT 2",
    "ROLLBACK",
    "SET TRANSACTION READ ONLY",
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
  ),
  honest(
    "reads with savepoints",
    "BEGIN",
    "SAVEPOINT a",
    "SELECT 1",
    "SAVEPOINT b",
    "ROLLBACK TO SAVEPOINT b",
    "RELEASE a",
    "END",
  ),
  {
    ...honest(
      "meets its own errors",
      "SELECT 1/0",
      "SELECT nothing FROM app.orders",
      "SELECT * FROM app.not_there",
      "SELEC 1",
      "SELECT not_there(1)",
      "SELECT 'x'::int",
      "BEGIN",
      "SELECT 1/0",
      "SELECT 1",
      "ROLLBACK",
      "SELECT 1",
    ),
    errors: ["22012", "42703", "42P01", "42601", "42883", "22P02", "22012", "25P02"],
  },
  honest(
    "uses a cursor",
    "BEGIN",
    "DECLARE c CURSOR FOR SELECT id FROM app.orders ORDER BY id",
    "FETCH 5 FROM c",
    "FETCH NEXT FROM c",
    "MOVE 2 IN c",
    "FETCH 5 FROM c",
    "CLOSE c",
    "COMMIT",
  ),
  honest(
    "uses a scrolling cursor and a holdable one",
    "BEGIN",
    "DECLARE s SCROLL CURSOR FOR SELECT id FROM app.customers ORDER BY id",
    "FETCH LAST FROM s",
    "FETCH BACKWARD 3 FROM s",
    "FETCH ABSOLUTE 2 FROM s",
    "DECLARE h CURSOR WITH HOLD FOR SELECT id FROM app.products",
    "COMMIT",
    "FETCH 3 FROM h",
    "CLOSE ALL",
  ),
  honest(
    "prepares in SQL",
    "PREPARE q (int) AS SELECT name FROM app.customers WHERE id = $1",
    "EXECUTE q (1)",
    "EXECUTE q (2)",
    "EXPLAIN EXECUTE q (3)",
    "DEALLOCATE q",
  ),
  honest(
    "prepares by the protocol and executes often",
    { send: [parse("q", "SELECT name FROM app.customers WHERE id = $1"), describe("S", "q"), sync] },
    ...["1", "2", "3"].map((id) => ({ send: [bind("q", { parameters: [id] }), execute(), sync] })),
    { send: [close("S", "q"), sync] },
  ),
  honest(
    "uses both ways to prepare for the same name",
    "PREPARE p AS SELECT 1",
    { send: [bind("p"), execute(), sync] },
    { send: [parse("r", "SELECT 2"), sync] },
    "EXECUTE r",
    "DEALLOCATE r",
    { send: [parse("r", "SELECT 3"), bind("r"), execute(), sync] },
  ),
  honest(
    "pipelines",
    pipeline("SELECT 1", "SELECT count(*) FROM app.orders", "SELECT name FROM app.products WHERE id = 1"),
  ),
  honest("pipelines with Flush and portals", {
    send: [
      parse("a", "SELECT id FROM app.orders ORDER BY id"),
      flush,
      bind("a", { portal: "x" }),
      execute("x", 5),
      execute("x", 5),
      close("P", "x"),
      sync,
    ],
  }),
  honest("reads in binary", {
    send: [
      parse("", "SELECT id, total, created_at FROM app.orders WHERE id = $1", [23]),
      bind("", { parameters: ["7"], binary: true }),
      describe("P"),
      execute(),
      sync,
    ],
  }),
  honest(
    "copies out",
    "COPY app.products TO STDOUT",
    "COPY app.products (id, name) TO STDOUT WITH (FORMAT csv, HEADER)",
    "COPY (SELECT id, status FROM app.orders WHERE id < 9) TO STDOUT (FORMAT binary)",
  ),
  honest(
    "sends several statements in one message",
    "SELECT 1; SELECT count(*) FROM app.orders; SELECT 'done'",
  ),
  honest(
    "reads a name that needs quotes and one in odd case",
    'SELECT O."id", NAME, O."status" FROM App.Orders AS O JOIN "app"."customers" ON customers.ID = o.CUSTOMER_ID LIMIT 1',
  ),
  honest(
    "reads with literals in every spelling",
    "SELECT E'a\\tb', U&'\\0061', $$dollar$$, $tag$ 'quoted' $tag$, B'101', X'1F', 1e3, 0x1F, 1_000, DATE '2026-01-01', INTERVAL '1' DAY, 'con'\n'tinued'",
  ),
  honest(
    "reads with comments and hints",
    "/*+ SeqScan(orders) */ SELECT /* a /* nested */ one */ 1 -- the end",
    'SELECT 1 /* trace="00-abc" */',
  ),
  honest("waits a little", "SELECT pg_sleep(0.01)"),
  honest("calls functions of PostgreSQL by the protocol", {
    send: [call("pg_catalog.int4abs(integer)", "-3")],
  }),
  honest("reads system columns", "SELECT ctid, tableoid::regclass, xmin FROM app.orders WHERE id = 1"),
];

/** Writes of app.orders (and what comes with it). */
export const WRITES: readonly Honest[] = [
  honest("inserts a row", "INSERT INTO app.orders (customer_id, total) VALUES (1, 9.5)"),
  honest(
    "inserts a row and reads it back",
    "INSERT INTO app.orders (id, customer_id, status) VALUES (501, 2, 'new') RETURNING id, status, created_at",
    "SELECT status FROM app.orders WHERE id = 501",
  ),
  honest(
    "inserts rows in one statement",
    "INSERT INTO app.orders (id, customer_id) VALUES (502, 1), (503, 2), (504, 3)",
  ),
  honest(
    "inserts from a query",
    "INSERT INTO app.orders (customer_id, status) SELECT id, 'copied' FROM app.customers WHERE id < 4",
  ),
  honest(
    "upserts",
    "INSERT INTO app.orders (id, customer_id, status) VALUES (1, 2, 'again') ON CONFLICT (id) DO UPDATE SET status = excluded.status, total = orders.total + 1 RETURNING *",
  ),
  honest(
    "inserts or does nothing",
    "INSERT INTO app.orders (id, customer_id) VALUES (1, 1) ON CONFLICT DO NOTHING",
  ),
  honest("updates by key", "UPDATE app.orders SET status = 'paid', total = total * 1.1 WHERE id = 5"),
  honest(
    "updates by keys",
    "UPDATE app.orders SET status = 'sent' WHERE id IN (7, 8, 9)",
    "UPDATE app.orders SET status = 'sent' WHERE id = ANY ('{10,11}')",
  ),
  honest(
    "updates by key and returns old and new",
    "UPDATE app.orders SET total = 1 WHERE id = 6 RETURNING old.total, new.total",
  ),
  honest("updates a range that leaves rows", "UPDATE app.orders SET status = 'old' WHERE id > 85"),
  honest(
    "updates by a condition that leaves rows",
    "UPDATE app.orders SET status = 'late' WHERE total < 8 AND status = 'new'",
  ),
  honest(
    "updates from another table by key",
    "UPDATE app.orders o SET status = c.name FROM app.customers c WHERE c.id = o.customer_id AND o.id = 12",
  ),
  honest(
    "updates by a subquery's keys",
    "UPDATE app.orders SET status = 'top' WHERE id IN (SELECT id FROM app.orders ORDER BY total DESC LIMIT 3)",
  ),
  honest(
    "updates nothing",
    "UPDATE app.orders SET status = 'x' WHERE false",
    "UPDATE app.orders SET status = 'x' WHERE id = -1",
  ),
  honest(
    "updates with JSON and arrays",
    "UPDATE app.orders SET doc = jsonb_set(doc, '{n}', '0'), tags = array_append(tags, 'x') WHERE id = 13",
  ),
  honest(
    "updates with parameters",
    extended("UPDATE app.orders SET status = $1 WHERE id = $2 RETURNING id", "paid", "14"),
  ),
  honest(
    "updates often by one prepared statement",
    { send: [parse("u", "UPDATE app.orders SET total = $1 WHERE id = $2"), sync] },
    ...["15", "16", "17"].map((id) => ({ send: [bind("u", { parameters: ["5", id] }), execute(), sync] })),
  ),
  honest(
    "writes in a transaction",
    "BEGIN",
    "UPDATE app.orders SET status = 'a' WHERE id = 18",
    "INSERT INTO app.orders (customer_id) VALUES (3)",
    "COMMIT",
  ),
  honest("writes and rolls back", "BEGIN", "UPDATE app.orders SET status = 'a' WHERE id = 19", "ROLLBACK"),
  {
    ...honest(
      "writes with savepoints",
      "BEGIN",
      "SAVEPOINT a",
      "UPDATE app.orders SET status = 'a' WHERE id = 20",
      "SAVEPOINT b",
      "INSERT INTO app.orders (id, customer_id) VALUES (1, 1)",
      "ROLLBACK TO SAVEPOINT b",
      "RELEASE SAVEPOINT a",
      "COMMIT",
    ),
    errors: ["23505"],
  },
  {
    ...honest(
      "meets constraints",
      "INSERT INTO app.orders (id, customer_id) VALUES (1, 1)",
      "INSERT INTO app.orders (customer_id) VALUES (999)",
      "INSERT INTO app.orders (customer_id) VALUES (NULL)",
    ),
    errors: ["23505", "23503", "23502"],
  },
  honest(
    "writes several statements in one message",
    "BEGIN; UPDATE app.orders SET status = 'b' WHERE id = 21; UPDATE app.orders SET status = 'b' WHERE id = 22; COMMIT",
    "UPDATE app.orders SET status = 'c' WHERE id = 21; SELECT status FROM app.orders WHERE id = 21",
  ),
  honest(
    "writes in a pipeline",
    pipeline(
      "UPDATE app.orders SET status = 'd' WHERE id = 23",
      "SELECT status FROM app.orders WHERE id = 23",
    ),
  ),
  honest(
    "writes in a CTE by key",
    "WITH done AS (UPDATE app.orders SET status = 'done' WHERE id = 24 RETURNING id) SELECT * FROM done",
  ),
  honest(
    "locks rows that it will write",
    "BEGIN",
    "SELECT * FROM app.orders WHERE id = 25 FOR UPDATE",
    "UPDATE app.orders SET status = 'e' WHERE id = 25",
    "COMMIT",
    "SELECT id FROM app.orders WHERE status = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
  ),
  honest(
    "merges by key",
    "MERGE INTO app.orders o USING (VALUES (26, 'm'), (600, 'n')) AS v(id, status) ON o.id = v.id WHEN MATCHED THEN UPDATE SET status = v.status WHEN NOT MATCHED THEN INSERT (id, customer_id, status) VALUES (v.id, 1, v.status)",
  ),
  honest("copies in", {
    query: "COPY app.orders (id, customer_id, status) FROM STDIN",
    copy: "701\t1\tx\n702\t2\ty\n",
  }),
  honest("copies in as CSV", {
    query: "COPY app.orders (id, customer_id) FROM STDIN WITH (FORMAT csv, HEADER)",
    copy: "id,customer_id\n703,1\n",
  }),
  honest("copies in by the extended protocol", {
    send: [
      parse("", "COPY app.orders (id, customer_id) FROM STDIN"),
      bind(""),
      execute(),
      copyData("704\t1\n"),
      copyDone,
      sync,
    ],
  }),
  honest("copies nothing in", { query: "COPY app.orders (id, customer_id) FROM STDIN", copy: "" }),
  honest(
    "uses a temporary table",
    "CREATE TEMP TABLE picked (id int PRIMARY KEY, note text)",
    "INSERT INTO picked SELECT id, status FROM app.orders WHERE id < 5",
    "SELECT o.id FROM app.orders o JOIN picked USING (id)",
    "UPDATE picked SET note = 'x' WHERE id = 1",
    "DROP TABLE picked",
  ),
  honest(
    "uses a temporary table made of a query",
    "CREATE TEMPORARY TABLE t AS SELECT id, total FROM app.orders WHERE id < 4",
    "SELECT sum(total) FROM t",
    "SELECT * FROM pg_temp.t",
  ),
  honest(
    "uses a temporary table for one transaction",
    "BEGIN",
    "CREATE TEMP TABLE t (id int) ON COMMIT DROP",
    "INSERT INTO t VALUES (1)",
    "SELECT * FROM t",
    "COMMIT",
  ),
  honest(
    "updates where the cursor stands",
    "BEGIN",
    "DECLARE c CURSOR FOR SELECT * FROM app.orders WHERE id = 27 FOR UPDATE",
    "FETCH c",
    "UPDATE app.orders SET status = 'f' WHERE CURRENT OF c",
    "COMMIT",
  ),
  honest(
    "draws the next id and inserts with it",
    "INSERT INTO app.orders (id, customer_id) VALUES (DEFAULT, 1) RETURNING id",
    "SELECT lastval() > 0",
  ),
  honest(
    "writes unquoted names by search_path",
    "SET search_path = app",
    "UPDATE orders SET status = 'g' WHERE id = 28",
    "INSERT INTO Orders (Customer_ID) VALUES (1)",
  ),
];

/** Of the whole application: deletes with their cascades, views, functions, partitions. */
export const APPLICATION: readonly Honest[] = [
  honest("deletes by key, with what hangs on it", "DELETE FROM app.orders WHERE id = 30"),
  honest(
    "deletes a few rows by a key of two columns",
    "DELETE FROM app.order_items WHERE order_id = 31 AND line = 1",
  ),
  honest("deletes a range that leaves rows", "DELETE FROM app.ledger WHERE id > 1995"),
  honest(
    "deletes with USING by key",
    "DELETE FROM app.order_items i USING app.orders o WHERE o.id = i.order_id AND o.id = 32",
  ),
  honest("deletes and returns", "DELETE FROM app.order_items WHERE order_id = 33 RETURNING *"),
  honest("reads a view", "SELECT * FROM app.orders_open WHERE customer_id = 3"),
  honest("updates through a view by key", "UPDATE app.orders_open SET status = 'v' WHERE id = 1"),
  honest(
    "reads a partitioned table and a partition",
    "SELECT count(*) FROM app.parted",
    "SELECT * FROM app.parted_2025 LIMIT 2",
    "SELECT * FROM app.parted WHERE at = '2025-06-21'",
  ),
  honest(
    "writes a partitioned table",
    "INSERT INTO app.parted VALUES (900, '2026-02-02', 'n')",
    "UPDATE app.parted SET note = 'x' WHERE id = 900 AND at = '2026-02-02'",
    "DELETE FROM app.parted WHERE id = 900 AND at = '2026-02-02'",
  ),
  honest(
    "calls a function that reads",
    "SELECT * FROM app.orders_of(3)",
    "SELECT app.total_of(o) FROM app.orders o WHERE id = 1",
  ),
  honest("writes a table with a serial key", "INSERT INTO app.audit (what) VALUES ('looked') RETURNING id"),
];

/** Of other schemas. */
export const ELSEWHERE: readonly Honest[] = [
  honest("reads a table with an odd name", 'SELECT "Select" FROM "Odd Name"'),
  honest(
    "compares where an extension has operators of the same name",
    "SET search_path = app, contrib",
    "SELECT * FROM orders WHERE id = 1 AND status = 'new'",
    "UPDATE orders SET status = 'x' WHERE id = 1",
  ),
  honest(
    "deletes nothing",
    "DELETE FROM app.order_items WHERE order_id = -1",
    "DELETE FROM app.orders WHERE false",
  ),
];

/** At the limits of `limits`, not beyond. */
export const WITHIN_LIMITS: readonly Honest[] = [
  honest("reads as many rows as it may", "SELECT id FROM app.ledger ORDER BY id LIMIT 100"),
  honest(
    "reads as many rows as it may by a cursor",
    "BEGIN",
    "DECLARE c CURSOR FOR SELECT id FROM app.ledger ORDER BY id",
    "FETCH 50 FROM c",
    "FETCH 50 FROM c",
    "CLOSE c",
    "COMMIT",
  ),
  honest("reads as many rows as it may by a portal", {
    send: [
      parse("", "SELECT id FROM app.ledger ORDER BY id LIMIT 100"),
      bind(""),
      execute("", 60),
      execute("", 60),
      sync,
    ],
  }),
  honest(
    "reads as many rows as it may, statement by statement",
    "SELECT id FROM app.ledger LIMIT 90",
    "SELECT id FROM app.ledger LIMIT 90",
    "COPY (SELECT id FROM app.ledger LIMIT 90) TO STDOUT",
  ),
  honest("counts a table that it may not read whole", "SELECT count(*), sum(amount) FROM app.ledger"),
  honest("changes as many rows as a statement may", "UPDATE app.ledger SET amount = 0 WHERE id <= 10"),
  honest(
    "changes as many rows as a session may",
    "UPDATE app.ledger SET amount = 0 WHERE id <= 10",
    "DELETE FROM app.ledger WHERE id BETWEEN 11 AND 20",
    "INSERT INTO app.ledger (id, amount) VALUES (3000, 1), (3001, 1), (3002, 1), (3003, 1), (3004, 1)",
  ),
  honest(
    "changes rows in a transaction with savepoints",
    "BEGIN",
    "UPDATE app.ledger SET amount = 0 WHERE id <= 5",
    "SAVEPOINT s",
    "UPDATE app.ledger SET amount = 1 WHERE id BETWEEN 6 AND 9",
    "ROLLBACK TO s",
    "UPDATE app.ledger SET amount = 2 WHERE id = 6",
    "COMMIT",
  ),
  honest(
    "changes rows by the extended protocol",
    extended("UPDATE app.ledger SET amount = $1 WHERE id < $2", "0", "9"),
    extended("DELETE FROM app.ledger WHERE id = $1 RETURNING amount", "11"),
  ),
  honest("copies a few rows in", {
    query: "COPY app.ledger (id, amount) FROM STDIN",
    copy: "4000\t1\n4001\t2\n",
  }),
  honest("sleeps less than it may", "SELECT pg_sleep(0.1)"),
  honest(
    "lowers its limit and comes back to it",
    "SET statement_timeout = 100",
    "SHOW statement_timeout",
    "RESET statement_timeout",
    "SELECT 1",
  ),
];
