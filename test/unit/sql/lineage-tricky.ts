// Statements over lineage-world.ts in which a value takes a way of its own: one for each that PostgreSQL has.

export const TRICKY: readonly string[] = `
WITH RECURSIVE t(i, s) AS (SELECT id, ssn FROM people WHERE id = 1 UNION ALL SELECT t.i + 1, t.s FROM t WHERE t.i < 3) SEARCH DEPTH FIRST BY s SET o CYCLE i SET c USING p SELECT o, c, p FROM t
WITH RECURSIVE a(x) AS (SELECT name FROM people UNION ALL (SELECT b.x FROM b)), b(x) AS (SELECT ssn FROM people) SELECT x FROM a
WITH RECURSIVE t(a, b, n) AS (SELECT name, ssn, 1 FROM people UNION ALL SELECT b, a, n + 1 FROM t WHERE n < 2) SELECT a FROM t
SELECT * FROM ROWS FROM (unnest(ARRAY['a']), generate_series(1, 2)) WITH ORDINALITY, people
SELECT (SELECT s FROM (SELECT ssn, id FROM people ORDER BY id LIMIT 1) s)
SELECT (x).ssn, (x).name FROM (SELECT p AS x FROM people p) q
SELECT (x).* FROM (SELECT p AS x FROM people p) q
SELECT (ROW(ssn, name)).f2, (ROW(ssn, name)).f1 FROM people
SELECT (json_populate_record(null::people, to_json(p))).name FROM people p
SELECT x.* FROM people p, json_to_record(row_to_json(p)) AS x(ssn text, id int)
SELECT x.* FROM people p, jsonb_to_recordset(jsonb_build_array(to_jsonb(p))) x(ssn text)
SELECT max(ssn) OVER w, name FROM people WINDOW w AS (PARTITION BY id)
SELECT lag(name) OVER (w ROWS 1 PRECEDING) FROM people WINDOW w AS (ORDER BY id)
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY salary), mode() WITHIN GROUP (ORDER BY name) FROM people
SELECT rank(3) WITHIN GROUP (ORDER BY salary) FROM people
SELECT grouping(boss), boss, max(ssn) FROM people GROUP BY CUBE (boss) ORDER BY 1, 2
SELECT * FROM (VALUES (1), (2)) v(i) JOIN LATERAL (SELECT ssn FROM people WHERE id = v.i) l ON true
SELECT * FROM people p NATURAL JOIN staff s
SELECT id, name FROM people EXCEPT SELECT id, name FROM plain
SELECT id, ssn FROM people INTERSECT ALL SELECT id, code FROM codes
SELECT j.* FROM (plain p JOIN orders o USING (id)) AS j
SELECT u.id, u FROM people p JOIN orders o USING (id) AS u
SELECT coalesce(p.ssn, o.card) FROM people p FULL JOIN orders o ON p.id = o.id
SELECT id FROM people FULL JOIN orders USING (id)
SELECT ssn FROM people WHERE id IN (1, 2) UNION ALL (SELECT note FROM orders) ORDER BY 1
SELECT CAST(ROW(1, ssn) AS text), p::people FROM people p
SELECT tags || ssn, ARRAY[[ssn], [name]], (ARRAY[ssn, name])[2:2] FROM people
SELECT x, o FROM people, unnest(ARRAY[ssn, name]) WITH ORDINALITY u(x, o)
SELECT format('%2$s', name, ssn), string_to_array(ssn, NULL), overlay(name PLACING ssn FROM 1) FROM people
SELECT x.v FROM people p, XMLTABLE('/r' PASSING xmlelement(NAME r, p.ssn) COLUMNS v text PATH '.') x
SELECT (xpath('/r/text()', xmlelement(NAME r, ssn)))[1]::text, xmlserialize(CONTENT xmlelement(NAME a, name) AS text) FROM people
SELECT pg_typeof(ssn), pg_column_size(ssn), encode(ssn::bytea, 'hex'), hashtext(ssn) FROM people
SELECT to_tsvector('simple', ssn), ts_headline('simple', ssn, 'a') FROM people
SELECT 1 = salary, salary IS NULL, NOT salary > 3, (salary, 1) < (3, 2), salary BETWEEN 1 AND 4, salary IN (1, 2) FROM people
SELECT CASE salary WHEN 3 THEN 'a' ELSE 'b' END, CASE WHEN ssn IS NULL THEN 1 END FROM people
SELECT bool_or(salary > 3), every(ssn LIKE '%a%'), corr(salary, id) FROM people
SELECT array_agg(p), json_agg(p.*), jsonb_object_agg(id, p), xmlagg(xmlelement(NAME a, p.ssn)) FROM people p
SELECT p, p.*, to_json(p) FROM codes p
SELECT query_to_xml('SELECT ssn FROM one.people UNION ALL SELECT ssn FROM two.people', true, true, '')::text
SELECT table_to_xml('people', true, true, '')::text
SELECT s.* FROM somebody(2) s
SELECT somebody(2)
SELECT (somebody(2)).*
SELECT a, c FROM somebody(2) AS s(a, b, c)
SELECT id, name, ordinality FROM everyone() WITH ORDINALITY
SELECT everyone()
SELECT (everyone()).name
SELECT pairs()
SELECT k, v, x FROM ROWS FROM (pairs(), generate_series(1, 6)) AS r(k, v, x)
SELECT ssn_of(id), array(SELECT ssn_of(id)) FROM generate_series(1, 3) g(id)
SELECT exists(SELECT 1 FROM people WHERE ssn LIKE '%z%')
SELECT count(*) FROM people WHERE running(id) LIKE 'a%'
SELECT jsonb_path_exists(attrs, '$.t ? (@ starts with "z")'), attrs['t'], attrs @> '{}', attrs ? 't' FROM people
UPDATE sink SET d['x'] = to_jsonb((SELECT ssn FROM people LIMIT 1)) WHERE a = 1 RETURNING d, c
INSERT INTO sink (a, b) SELECT 90, x FROM (SELECT ssn FROM people LIMIT 1) AS s(x) RETURNING sink
INSERT INTO sink (a, b) VALUES (91, (SELECT max(ssn) FROM people)), (92, 'x') RETURNING b, upper(b), c
INSERT INTO sink (b, a) SELECT up, id + 100 FROM copies
WITH x AS MATERIALIZED (SELECT ssn s FROM people) SELECT upper(s) FROM x
WITH x AS (UPDATE people SET name = name RETURNING ssn s, id) SELECT s, id FROM x
WITH x AS (INSERT INTO sink SELECT 93, ssn FROM people WHERE id = 1 RETURNING *), y AS (INSERT INTO log SELECT b, a FROM x RETURNING what) SELECT what FROM y
UPDATE people SET name = ssn WHERE id < 3 RETURNING WITH (OLD AS o, NEW AS n) o.ssn, n.name, o.id, n.tags
UPDATE people p SET (name, tags) = ROW (o.card, ARRAY[o.note]) FROM orders o WHERE o.id = p.id RETURNING p.name, p.tags, o.note
DELETE FROM people WHERE id = 1 RETURNING people, people.*, ctid
MERGE INTO sink s USING codes q ON s.a = q.id WHEN MATCHED AND q.id = 1 THEN UPDATE SET c = q.code WHEN NOT MATCHED THEN INSERT (a, b) VALUES (q.id, q.name) WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action(), s.b, s.c, q.name
SELECT (SELECT count(*) FROM people p2 WHERE p2.salary > p.salary) FROM people p
SELECT y FROM people p, LATERAL (SELECT p.ssn) x(y)
SELECT name, generate_series(1, length(ssn)) FROM people
SELECT row_number() OVER (ORDER BY salary), name FROM people
SELECT name, first_value(name) OVER (ORDER BY salary) FROM people
SELECT DISTINCT ON (boss) name FROM people ORDER BY boss, salary
SELECT name FROM people ORDER BY salary LIMIT 1
SELECT name FROM people GROUP BY name, ssn
SELECT o.note FROM orders o JOIN people p ON p.ssn < o.card
SELECT name FROM people LIMIT (SELECT salary FROM people WHERE id = 1)
SELECT name FROM people TABLESAMPLE BERNOULLI (100)
SELECT p.amount, x.region FROM ONLY parts_b p, parts x
SELECT label, twice, badge FROM staff
SELECT max(top), sum(n) FROM pays
SELECT string_agg(name, ',' ORDER BY ssn), array_agg(name) FROM people
SELECT sum(boss) FILTER (WHERE salary > 3), count(salary), count(DISTINCT ssn) FROM people
SELECT p.secret_of, secret_of(p), (p).secret_of FROM people p
SELECT p.upper FROM (SELECT ssn FROM people) p(upper)
SELECT p.to_jsonb FROM people p
SELECT t.name FROM people t(a, name, c)
SELECT t.c FROM people t(a, name, c)
SELECT ssn::varchar(2), name COLLATE "C", ssn COLLATE "C" FROM people
SELECT json_object('a': ssn, 'b': name ABSENT ON NULL), json_array(ssn, name), json_array(SELECT card FROM orders), json_objectagg(id: ssn) FROM people GROUP BY ssn, name
SELECT json_value(attrs, '$.t'), json_query(attrs, '$.l'), json_exists(attrs, '$.n ? (@ > 3)') FROM people
SELECT j.* FROM people p, json_table(p.attrs, '$' COLUMNS (n int PATH '$.n', o FOR ORDINALITY, NESTED '$.l[*]' COLUMNS (l text PATH '$'))) j
SELECT merge_columns.* FROM (SELECT id, max(ssn) m FROM people GROUP BY id) merge_columns
SELECT least(ssn, name), concat(VARIADIC ARRAY[name, ssn]), concat_ws('-', id, salary) FROM people
SELECT kept(ssn) FROM people WHERE id = 1
SELECT x FROM (SELECT unnest(ARRAY[ssn]) FROM people) s(x)
VALUES ((SELECT ssn FROM people WHERE id = 1), 2), ('x', 3)
TABLE nested
SELECT name, (SELECT string_agg(card, '') FROM orders WHERE person = p.id) FROM people p
SELECT id FROM people WHERE (id, ssn) IN (SELECT person, card FROM orders)
SELECT id FROM people WHERE ssn > ALL (SELECT card FROM orders)
SELECT id, ssn > ANY (ARRAY['a', 'z']) FROM people
SELECT current_setting('search_path') IS NULL, set_config('x.y', ssn, true) FROM people
`
  .trim()
  .split("\n");
