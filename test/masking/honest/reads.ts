// Reads that show no masked column, over tables that have some: nothing may be refused, and nothing be other than without masks.

import { type Honest, plain } from "./case.ts";

export const READS: readonly Honest[] = [
  plain(
    "columns that are not masked",
    "SELECT id, name, country, vip, created_at FROM customers ORDER BY id",
  ),
  plain("a row by its key", "SELECT id, name, segment FROM customers WHERE id = $1", 7),
  plain(
    "rows by a column that is not masked",
    "SELECT id FROM customers WHERE country = $1 ORDER BY id",
    "FR",
  ),
  plain("a count", "SELECT count(*) FROM customers"),
  plain("a count by group", "SELECT country, count(*) FROM customers GROUP BY country ORDER BY country"),
  plain(
    "aggregates",
    "SELECT segment, count(*), min(id), max(id), avg(id), bool_or(vip), array_agg(id ORDER BY id), string_agg(name, ', ' ORDER BY id) FROM customers GROUP BY segment ORDER BY segment",
  ),
  plain("an aggregate with a filter", "SELECT count(*) FILTER (WHERE vip) AS vips, count(*) FROM customers"),
  plain("HAVING", "SELECT country FROM customers GROUP BY country HAVING count(*) >= 10 ORDER BY 1"),
  plain(
    "grouping sets",
    "SELECT country, segment, count(*), grouping(country, segment) FROM customers GROUP BY CUBE (country, segment) ORDER BY 1, 2, 4",
  ),
  plain("DISTINCT", "SELECT DISTINCT country, vip FROM customers ORDER BY 1, 2"),
  plain("DISTINCT ON", "SELECT DISTINCT ON (country) country, id FROM customers ORDER BY country, id DESC"),
  plain("paging", "SELECT id, name FROM customers ORDER BY name, id LIMIT $1 OFFSET $2", 5, 10),
  plain(
    "paging by key",
    "SELECT id, name FROM customers WHERE (name, id) > ($1, $2) ORDER BY name, id LIMIT 5",
    "B",
    3,
  ),
  plain(
    "FETCH FIRST WITH TIES",
    "SELECT country, id FROM customers ORDER BY country FETCH FIRST 2 ROWS WITH TIES",
  ),
  plain("a pattern", "SELECT id, name FROM customers WHERE name ILIKE $1 ORDER BY id", "%a%1%"),
  plain("a regular expression", "SELECT id FROM customers WHERE name ~ '^A.*[02468]$' ORDER BY id"),
  plain(
    "ranges",
    "SELECT id FROM customers WHERE id BETWEEN 3 AND 9 AND created_at >= '2025-01-05Z' ORDER BY id",
  ),
  plain(
    "lists",
    "SELECT id FROM customers WHERE country IN ('DE', 'JP') AND id = ANY ('{1,2,3,4,5,6}'::int[]) ORDER BY id",
  ),
  plain(
    "NULLs",
    "SELECT id, coalesce(country, 'none'), segment IS NULL FROM customers WHERE country IS NULL OR id < 3 ORDER BY id",
  ),
  plain(
    "CASE",
    "SELECT id, CASE WHEN vip THEN 'gold' WHEN id % 2 = 0 THEN 'even' ELSE 'odd' END AS class FROM customers ORDER BY id",
  ),
  plain(
    "arithmetic",
    "SELECT id * 2 + 1, id / 3, id % 4, -id, id::numeric / 7, power(id, 2) FROM customers WHERE id < 5 ORDER BY id",
  ),
  plain(
    "text functions",
    "SELECT upper(name), length(name), left(name, 3), replace(name, ' ', '_'), name || '!', format('%s (%s)', name, id) FROM customers ORDER BY id",
  ),
  plain(
    "times",
    "SELECT created_at AT TIME ZONE 'UTC', date_trunc('month', created_at), extract(year FROM created_at), created_at + interval '1 day', created_at::date FROM customers ORDER BY id",
  ),
  plain(
    "arrays",
    "SELECT tags, tags[1], array_length(tags, 1), 't1' = ANY (tags), tags || 'x'::text, cardinality(tags) FROM customers ORDER BY id",
  ),
  plain(
    "array operators",
    "SELECT id FROM customers WHERE tags @> ARRAY['t1'] AND tags && ARRAY['common'] ORDER BY id",
  ),
  plain(
    "unnest",
    "SELECT c.id, t.tag, t.n FROM customers c, unnest(c.tags) WITH ORDINALITY AS t(tag, n) ORDER BY 1, 3",
  ),
  plain(
    "an inner join",
    "SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'paid' ORDER BY o.id",
  ),
  plain(
    "outer joins",
    "SELECT c.id, o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'cancelled' ORDER BY 1, 2",
  ),
  plain("a full join", "SELECT c.id, o.id FROM customers c FULL JOIN orders o ON o.id = c.id ORDER BY 1, 2"),
  plain(
    "a join with USING",
    "SELECT id, c.name, p.name FROM customers c JOIN products p USING (id) ORDER BY id",
  ),
  plain(
    "a cross join",
    "SELECT c.id, x FROM customers c CROSS JOIN (VALUES ('a'), ('b')) v(x) WHERE c.id < 3 ORDER BY 1, 2",
  ),
  plain(
    "a self join",
    "SELECT c.id, r.name AS referrer FROM customers c LEFT JOIN customers r ON r.id = c.referred_by ORDER BY c.id",
  ),
  plain(
    "four tables",
    "SELECT c.country, p.sku, sum(i.quantity) AS sold, sum(i.quantity * i.unit_price) AS revenue FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT 10",
  ),
  plain(
    "a lateral join",
    "SELECT c.id, l.id AS newest FROM customers c LEFT JOIN LATERAL (SELECT o.id FROM orders o WHERE o.customer_id = c.id ORDER BY placed_at DESC LIMIT 1) l ON true ORDER BY c.id",
  ),
  plain(
    "EXISTS",
    "SELECT id FROM customers c WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND o.total > 500) ORDER BY id",
  ),
  plain(
    "NOT EXISTS",
    "SELECT id FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = c.id AND status = 'open') ORDER BY id",
  ),
  plain(
    "IN a query",
    "SELECT name FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total > $1) ORDER BY id",
    800,
  ),
  plain(
    "a scalar query",
    "SELECT id, (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders FROM customers c ORDER BY id",
  ),
  plain(
    "a derived table",
    "SELECT avg(n) FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) x",
  ),
  plain(
    "a CTE",
    "WITH big AS (SELECT customer_id, sum(total) AS spent FROM orders GROUP BY 1) SELECT c.name, b.spent FROM big b JOIN customers c ON c.id = b.customer_id ORDER BY spent DESC, c.id LIMIT 5",
  ),
  plain(
    "a materialized CTE twice",
    "WITH o AS MATERIALIZED (SELECT * FROM orders WHERE total > 100) SELECT (SELECT count(*) FROM o), (SELECT max(total) FROM o)",
  ),
  plain(
    "a recursive CTE over a table with masks",
    "WITH RECURSIVE up AS (SELECT id, referred_by, 1 AS depth FROM customers WHERE id = 33 UNION ALL SELECT c.id, c.referred_by, depth + 1 FROM customers c JOIN up ON c.id = up.referred_by) SELECT * FROM up ORDER BY depth",
  ),
  plain(
    "a series",
    "SELECT d::date, count(o.id) FROM generate_series(timestamptz '2026-05-01Z', '2026-05-07Z', '1 day') d LEFT JOIN orders o ON o.placed_at >= d AND o.placed_at < d + interval '1 day' GROUP BY 1 ORDER BY 1",
  ),
  plain(
    "rank and row numbers",
    "SELECT id, row_number() OVER w, rank() OVER w, ntile(4) OVER w FROM customers WINDOW w AS (ORDER BY country, id) ORDER BY id",
  ),
  plain(
    "lag, lead and frames",
    "SELECT id, lag(total) OVER w, lead(total, 2, 0) OVER w, sum(total) OVER (w ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), first_value(id) OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY placed_at) ORDER BY id",
  ),
  plain(
    "shares",
    "SELECT country, round(100.0 * count(*) / sum(count(*)) OVER (), 1) FROM customers GROUP BY country ORDER BY 1",
  ),
  plain(
    "UNION of columns that are not masked",
    "SELECT name FROM customers WHERE id < 3 UNION SELECT name FROM products WHERE id < 3 ORDER BY 1",
  ),
  plain(
    "UNION ALL",
    "SELECT 'customer' AS kind, id, name FROM customers WHERE id < 4 UNION ALL SELECT 'product', id, name FROM products WHERE id < 4 ORDER BY 1, 2",
  ),
  plain(
    "INTERSECT and EXCEPT",
    "(SELECT id FROM customers INTERSECT SELECT id FROM products) EXCEPT SELECT id FROM orders WHERE id < 4 ORDER BY 1",
  ),
  plain("an enumeration", "SELECT status, count(*) FROM orders GROUP BY status ORDER BY status"),
  plain(
    "numbers of every type",
    "SELECT id, total, total::float8, total::int, total::bigint, total::real, total::text FROM orders WHERE id < 5 ORDER BY id",
  ),
  plain(
    "JSON built of rows",
    "SELECT json_agg(json_build_object('id', id, 'name', name) ORDER BY id) FROM customers WHERE id < 4",
  ),
  plain(
    "JSON of a row without masks",
    "SELECT row_to_json(p), to_jsonb(p) ->> 'sku' FROM products p WHERE id < 3 ORDER BY id",
  ),
  plain("a whole row without masks", "SELECT p FROM products p WHERE id = 2"),
  plain("a table without masks", "SELECT * FROM products ORDER BY id"),
  plain("TABLE", "TABLE settings"),
  plain("a view of columns that are not masked", "SELECT * FROM order_totals ORDER BY total DESC LIMIT 5"),
  plain(
    "open columns of a view with masks behind",
    "SELECT id, name, country FROM contacts WHERE country = 'US' ORDER BY id",
  ),
  plain("open columns of a view with computed ones", "SELECT id, name FROM directory ORDER BY id LIMIT 4"),
  plain("a materialized view", "SELECT * FROM revenue ORDER BY month"),
  plain("open columns of a materialized view", "SELECT id, segment FROM addresses ORDER BY id LIMIT 4"),
  plain("partitions", "SELECT method, count(*), sum(amount) FROM payments GROUP BY method ORDER BY 1"),
  plain("one partition", "SELECT id, amount, paid_on FROM payments_other ORDER BY id LIMIT 5"),
  plain("a table and its heirs", "SELECT id, name FROM people ORDER BY id"),
  plain("ONLY", "SELECT id, name FROM ONLY people ORDER BY id"),
  plain("tableoid", "SELECT tableoid::regclass::text, count(*) FROM people GROUP BY 1 ORDER BY 1"),
  plain(
    "functions in SQL",
    "SELECT id, order_total(id), label(id, 'order') FROM orders WHERE id < 6 ORDER BY id",
  ),
  plain(
    "a function that gives rows",
    "SELECT o.id, i.* FROM orders o, items_of(o.id) i WHERE o.id < 4 ORDER BY 1, 2",
  ),
  plain("a function in PL/pgSQL", "SELECT id, vat(total) FROM orders WHERE id < 6 ORDER BY id"),
  plain("a row lock", "SELECT id, name FROM customers WHERE id = 3 FOR UPDATE"),
  plain(
    "SKIP LOCKED",
    "SELECT id FROM orders WHERE status = 'open' ORDER BY id LIMIT 2 FOR NO KEY UPDATE SKIP LOCKED",
  ),
  plain("no rows", "SELECT id, name FROM customers WHERE false"),
  plain("no columns", "SELECT FROM customers WHERE id < 4"),
  plain(
    "parameters of many types",
    "SELECT $1::int + 1, $2::text || '!', $3::boolean, $4::numeric * 2, $5::date + 1, $6::timestamptz, $7::jsonb -> 'a', $8::int[], $9::uuid, $10::text",
    1,
    "x",
    true,
    "1.5",
    "2026-01-31",
    "2026-01-31 00:00:00+00",
    '{"a": [1]}',
    "{1,2}",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    null,
  ),
];
