// Against a session that may read anything and change nothing.

import {
  attack,
  type Attack,
  bind,
  call,
  close,
  copyData,
  copyDone,
  describe,
  escape,
  execute,
  extended,
  flush,
  parse,
  pipeline,
  query,
  sync,
} from "../case.ts";

const FORGE = "INSERT INTO app.products VALUES (99, 'forged', 1)";
const WIPE = "DELETE FROM app.products WHERE id = 1";

const STATEMENTS: readonly Attack[] = [
  attack("inserts a row", "changed", FORGE),
  attack("updates a row", "changed", "UPDATE app.products SET price = 0 WHERE id = 1"),
  attack("deletes a row", "changed", WIPE),
  attack("truncates a table", "changed", "TRUNCATE app.order_items"),
  attack(
    "merges into a table",
    "changed",
    "MERGE INTO app.products p USING (VALUES (1)) v(id) ON p.id = v.id WHEN MATCHED THEN DELETE",
  ),
  attack(
    "upserts",
    "changed",
    "INSERT INTO app.products VALUES (1, 'x', 1) ON CONFLICT (id) DO UPDATE SET price = 0",
  ),
  attack("writes in the second statement of a string", "changed", `SELECT 1; ${FORGE}`),
  attack("writes between comments and empty statements", "changed", `;;/* a */;-- b\n;${FORGE};;`),
  attack("ends the implicit transaction inside a string", "changed", `SELECT 1; COMMIT; ${FORGE}; SELECT 2`),
  attack("writes behind a BEGIN and a COMMIT in one string", "changed", `BEGIN; SELECT 1; ${FORGE}; COMMIT`),
  attack(
    "writes in a CTE below a SELECT",
    "changed",
    "WITH w AS (INSERT INTO app.products VALUES (99, 'forged', 1) RETURNING id) SELECT * FROM w",
  ),
  attack(
    "deletes in a CTE that nobody reads",
    "changed",
    "WITH w AS (DELETE FROM app.products WHERE id = 1) SELECT 1",
  ),
  attack(
    "updates in a CTE of a CTE",
    "changed",
    "WITH a AS (SELECT 1), b AS (UPDATE app.products SET price = 0 WHERE id = 1 RETURNING id) SELECT * FROM a, b",
  ),
  attack(
    "merges in a CTE",
    "changed",
    "WITH m AS (MERGE INTO app.products p USING (VALUES (1)) v(id) ON p.id = v.id WHEN MATCHED THEN UPDATE SET price = 0 RETURNING p.id) SELECT * FROM m",
  ),
  attack("explains with ANALYZE", "changed", `EXPLAIN ANALYZE ${WIPE}`),
  attack("explains with (ANALYZE)", "changed", `EXPLAIN (ANALYZE) ${WIPE}`),
  attack("explains with (ANALYZE true)", "changed", `EXPLAIN (COSTS OFF, ANALYZE true) ${WIPE}`),
  attack("explains with (ANALYZE 'on')", "changed", `EXPLAIN (ANALYZE 'on') ${WIPE}`),
  attack("explains with (ANALYZE 1)", "changed", `EXPLAIN (ANALYZE 1, FORMAT json) ${WIPE}`),
  attack("explains with (ANALYSE)", "changed", `EXPLAIN (ANALYSE off, ANALYZE on) ${WIPE}`),
  attack("explains with ANALYSE, the British way", "changed", `EXPLAIN ANALYSE VERBOSE ${WIPE}`),
  attack(
    "explains and analyses a writing CTE",
    "changed",
    "EXPLAIN ANALYZE WITH w AS (DELETE FROM app.products WHERE id = 1) SELECT 1",
  ),
  attack(
    "explains and analyses the execution of a prepared statement",
    "changed",
    `PREPARE p AS ${WIPE}`,
    "EXPLAIN ANALYZE EXECUTE p",
  ),
  attack(
    "explains and analyses CREATE TABLE AS",
    "changed",
    "EXPLAIN ANALYZE CREATE TABLE app.copied AS SELECT 1",
  ),
  attack("prepares and executes in SQL", "changed", `PREPARE p AS ${FORGE}`, "EXECUTE p"),
  attack(
    "prepares with parameters and executes",
    "changed",
    "PREPARE p (int) AS DELETE FROM app.products WHERE id = $1",
    "EXECUTE p (1)",
  ),
  attack(
    "creates a table from an execution",
    "changed",
    "PREPARE p AS SELECT 1 AS one",
    "CREATE TABLE app.made AS EXECUTE p",
  ),
  attack("selects into a table", "changed", "SELECT 1 AS one INTO app.made"),
  attack("creates a table from a query", "changed", "CREATE TABLE app.made AS SELECT * FROM app.orders"),
  attack(
    "creates a table from TABLE",
    "changed",
    "CREATE UNLOGGED TABLE app.made AS TABLE app.orders WITH NO DATA",
  ),
  attack("selects for update", "held", "BEGIN", "SELECT * FROM app.orders FOR UPDATE"),
  attack(
    "selects for share in a subquery",
    "held",
    "BEGIN",
    "SELECT * FROM (SELECT * FROM app.orders FOR KEY SHARE) s",
  ),
  attack("locks a table", "held", "BEGIN", "LOCK TABLE app.orders"),
  attack("locks a table in share mode", "held", "BEGIN; LOCK TABLE app.orders IN SHARE MODE"),
  attack("takes an advisory lock", "held", "SELECT pg_advisory_lock(1)"),
  attack("tries an advisory lock", "held", "SELECT pg_try_advisory_lock(1, 2)"),
  attack(
    "takes an advisory lock in a WHERE",
    "held",
    "SELECT 1 FROM app.orders WHERE id = 1 AND pg_try_advisory_lock(id)",
  ),
  attack(
    "takes an advisory lock for a transaction",
    "held",
    "BEGIN",
    "SELECT pg_advisory_xact_lock_shared(7)",
  ),
  attack("notifies others", "told", "NOTIFY bystanders, 'x'"),
  attack("notifies others by function", "told", "SELECT pg_notify('bystanders', 'x')"),
  attack(
    "notifies others by function in a CASE",
    "told",
    "SELECT CASE WHEN true THEN pg_notify('bysta' || 'nders', 'x') END",
  ),
  attack("refreshes a materialized view", "changed", "REFRESH MATERIALIZED VIEW secret.vault_copy"),
  attack("analyses a table", "changed", "ANALYZE app.orders"),
  attack("vacuums a table whole", "changed", "VACUUM FULL app.orders"),
  attack("clusters a table", "changed", "CLUSTER app.orders USING orders_pkey"),
  attack("rebuilds an index", "changed", "REINDEX INDEX app.orders_by_customer"),
  attack("comments on a table", "changed", "COMMENT ON TABLE app.orders IS 'x'"),
  attack("grants to everybody", "changed", "GRANT ALL ON secret.vault TO PUBLIC"),
  attack("creates a schema", "changed", "CREATE SCHEMA forged"),
  attack("drops a table", "changed", "DROP TABLE app.order_items"),
  attack("drops a table spelled with escapes", "changed", 'DROP TABLE app.U&"order\\005fitems"'),
  attack("alters the server", "changed", "ALTER SYSTEM SET work_mem = '8MB'"),
  attack("alters a database", "changed", "ALTER DATABASE world SET work_mem = '8MB'"),
  attack("alters its own role", "changed", "ALTER ROLE CURRENT_USER SET work_mem = '8MB'"),
  attack("creates a role", "changed", "CREATE ROLE forged SUPERUSER LOGIN"),
  attack(
    "imports by a schema with elements",
    "changed",
    "CREATE SCHEMA forged CREATE TABLE t (i int) CREATE VIEW v AS SELECT 1 AS one",
  ),
  attack("makes an extension", "changed", "CREATE EXTENSION pgcrypto"),
  attack("sets a sequence", "changed", "SELECT setval('app.tickets', 100)"),
  attack("draws from a sequence", "changed", "SELECT nextval('app.tickets')"),
  attack("draws from a sequence in a FROM", "changed", "SELECT * FROM nextval('app.tickets')"),
  attack(
    "draws from a sequence in ORDER BY",
    "changed",
    "SELECT 1 FROM app.orders ORDER BY nextval('app.tickets') LIMIT 1",
  ),
  attack(
    "draws from a sequence in LIMIT",
    "changed",
    "SELECT 1 FROM app.orders LIMIT nextval('app.tickets')",
  ),
];

const CODE: readonly Attack[] = [
  attack("runs a DO block", "changed", "DO $$ BEGIN DELETE FROM app.products; END $$"),
  attack(
    "runs a DO block of dynamic SQL",
    "changed",
    "DO $a$ BEGIN EXECUTE 'DEL' || 'ETE FROM app.products'; END $a$ LANGUAGE plpgsql",
  ),
  attack(
    "runs a DO block in escapes",
    "changed",
    "DO LANGUAGE 'plpgsql' E'BEGIN DELETE \\106ROM app.products; END'",
  ),
  attack("calls a procedure", "changed", "CALL app.wipe_procedure()"),
  attack("calls a procedure that commits", "changed", "CALL app.wipe_commit()"),
  attack("calls a function of SQL", "changed", "SELECT app.wipe_sql()"),
  attack("calls a function of SQL that is parsed already", "changed", "SELECT app.wipe_atomic()"),
  attack("calls a function of PL/pgSQL", "changed", "SELECT app.wipe()"),
  attack("calls a function that builds its statement", "changed", "SELECT app.wipe_of('app.products')"),
  attack(
    "calls a function that runs its argument",
    "changed",
    "SELECT app.run('DELETE FROM app.products RETURNING id')",
  ),
  attack("calls a stable function that calls a volatile one", "changed", "SELECT app.wipe_stable()"),
  attack("calls a function that lies about being immutable", "changed", "SELECT app.wipe_immutable(1)"),
  attack(
    "calls an immutable function that runs its argument",
    "changed",
    "SELECT app.run_immutable('DELETE FROM app.products RETURNING id')",
  ),
  attack("calls a function in FROM", "changed", "SELECT * FROM app.wipe_rows()"),
  attack(
    "calls a function in ROWS FROM",
    "changed",
    "SELECT * FROM ROWS FROM (app.wipe_rows(), generate_series(1, 2)) AS t",
  ),
  attack(
    "calls a function in LATERAL",
    "changed",
    "SELECT * FROM app.customers c, LATERAL (SELECT app.wipe() WHERE c.id = 1) l",
  ),
  attack("calls a SECURITY DEFINER function", "changed", "SELECT app.wipe_definer()"),
  attack("calls a function through a default argument", "changed", "SELECT app.wipe_default()"),
  attack("calls a variadic function", "changed", "SELECT app.wipe_variadic('app.products', 'x')"),
  attack("calls a function that writes in its exception handler", "changed", "SELECT app.wipe_exception()"),
  attack("calls a function that writes in a declaration", "changed", "SELECT app.wipe_declared()"),
  attack("calls a function that writes through a cursor", "changed", "SELECT app.wipe_cursor()"),
  attack("calls a function that writes in the head of a loop", "changed", "SELECT app.wipe_loop()"),
  attack("calls a function with quoted names", "changed", 'SELECT "app"."wipe"()'),
  attack("calls a function found by search_path", "changed", "SET search_path = app", "SELECT wipe()"),
  attack(
    "calls a function that hides a built-in one by its argument's type",
    "changed",
    "SET search_path = trap",
    "SELECT abs('x'::text)",
  ),
  attack(
    "calls a function put before a built-in one in search_path",
    "changed",
    "SET search_path = trap, pg_catalog",
    "SELECT upper('x')",
  ),
  attack(
    "calls a function put before a built-in one for the transaction",
    "changed",
    "BEGIN; SET LOCAL search_path TO trap, pg_catalog; SELECT upper('x'); COMMIT",
  ),
  attack(
    "calls a function as an attribute of a row",
    "changed",
    "SELECT o.name_of FROM app.orders o WHERE id = 1",
    "SELECT (o).name_of FROM app.orders o WHERE id = 1",
    "SET search_path = app",
    "SELECT o.name_of FROM app.orders o WHERE id = 1",
  ),
  attack("uses an aggregate whose step writes", "changed", "SELECT app.wipe_all(id) FROM app.customers"),
  attack(
    "uses such an aggregate as a window function",
    "changed",
    "SELECT app.wipe_all(id) OVER (ORDER BY id) FROM app.customers",
  ),
  attack(
    "uses such an aggregate with FILTER and DISTINCT",
    "changed",
    "SELECT app.wipe_all(DISTINCT id) FILTER (WHERE id > 0) FROM app.customers",
  ),
  attack("uses an operator whose function writes", "changed", "SELECT 1 OPERATOR(app.=~=) 'x'"),
  attack(
    "uses an operator found by search_path",
    "changed",
    "SET search_path = app",
    "SELECT * FROM app.customers WHERE id =~= 'x'",
  ),
  attack("uses an operator with ANY", "changed", "SELECT 1 OPERATOR(app.=~=) ANY (ARRAY['a', 'b'])"),
  attack(
    "uses an operator hidden behind IN",
    "changed",
    "SET search_path = trap",
    "SELECT 1 FROM app.orders o WHERE o IN ('x'::text) LIMIT 1",
  ),
  attack("uses a cast whose function writes", "changed", "SELECT CAST(ROW(1)::app.celsius AS int)"),
  attack("uses a cast that nobody wrote", "changed", "SELECT abs(ROW(1)::app.celsius)"),
  attack("uses a domain whose check writes", "changed", "SELECT 'x'::app.checked"),
  attack("uses a domain whose check writes as a literal's type", "changed", "SELECT app.checked 'x'"),
  attack("uses such a domain in an array", "changed", "SELECT '{x,y}'::app.checked[]"),
  attack(
    "uses such a domain through json",
    "changed",
    `SELECT * FROM json_to_record('{"a": "x"}') AS r(a app.checked)`,
  ),
  attack(
    "uses such a domain as a parameter's type",
    "changed",
    "PREPARE p (app.checked) AS SELECT $1::text",
    "EXECUTE p ('x')",
  ),
  attack("calls a function in VALUES", "changed", "VALUES (1), (app.wipe())"),
  attack(
    "calls a function in a default of a window frame",
    "changed",
    "SELECT sum(id) OVER (ORDER BY id ROWS app.wipe() PRECEDING) FROM app.customers",
  ),
  attack(
    "calls a function in a CASE in a HAVING",
    "changed",
    "SELECT vip, count(*) FROM app.customers GROUP BY vip HAVING CASE WHEN count(*) > 0 THEN app.wipe() = 1 END",
  ),
  attack(
    "calls a function in TABLESAMPLE",
    "changed",
    "SELECT count(*) FROM app.orders TABLESAMPLE bernoulli (app.wipe())",
  ),
  attack(
    "calls a function in a JSON path's passing",
    "changed",
    "SELECT JSON_VALUE('{}'::jsonb, '$.a' PASSING app.wipe() AS x DEFAULT 'd' ON EMPTY)",
  ),
  attack("calls a function in an XML element", "changed", "SELECT xmlforest(app.wipe() AS a)"),
  attack(
    "calls a function in EXECUTE's arguments",
    "changed",
    "PREPARE p (int) AS SELECT $1",
    "EXECUTE p (app.wipe())",
  ),
  attack("calls a function behind a COPY query", "changed", "COPY (SELECT app.wipe()) TO STDOUT"),
  attack(
    "writes in a COPY query with RETURNING",
    "changed",
    "COPY (DELETE FROM app.products WHERE id = 1 RETURNING id) TO STDOUT",
  ),
  attack(
    "calls a function through a row policy",
    "changed",
    "SET ROLE plain",
    "RESET ROLE",
    "SELECT app.wipe_immutable(id) FROM app.guarded",
  ),
  attack(
    "writes with a query for XML and its schema",
    "changed",
    "SELECT query_to_xml_and_xmlschema('SELECT app.wipe()', true, false, '')",
  ),
  attack("writes with query_to_xml", "changed", "SELECT query_to_xml('SELECT app.wipe()', true, false, '')"),
  attack("writes with ts_stat", "changed", "SELECT * FROM ts_stat('SELECT to_tsvector(app.wipe()::text)')"),
  attack(
    "writes with crosstab",
    "changed",
    "SELECT * FROM crosstab('SELECT 1, 2, app.wipe()') AS t(a int, b int)",
  ),
  attack(
    "writes with connectby",
    "changed",
    "SELECT * FROM connectby('(SELECT app.wipe()::text AS k, NULL::text AS p) s', 'k', 'p', '1', 0) AS t(k text, p text, l int)",
    "SELECT * FROM crosstab_hash('x', 'y') AS t(a int)",
    "SELECT * FROM crosstab('SELECT 1, 2, app.wipe()') AS t(a int, b int)",
  ),
  attack(
    "writes over dblink",
    "changed",
    "SELECT * FROM dblink('host=127.0.0.1 port={port} user=gateway password=not-a-secret dbname=world', 'DELETE FROM app.products RETURNING id') AS t(id int)",
  ),
  attack(
    "writes over dblink_exec",
    "changed",
    "SELECT dblink_exec('host=127.0.0.1 port={port} user=gateway password=not-a-secret dbname=world', 'DELETE FROM app.products')",
  ),
];

const COPYING: readonly Attack[] = [
  attack("copies rows in", "changed", {
    query: "COPY app.products (id, name) FROM STDIN",
    copy: "99\tforged\n",
  }),
  attack("copies rows in as CSV", "changed", {
    query: "COPY app.products (id, name) FROM STDIN WITH (FORMAT csv)",
    copy: "99,forged\n",
  }),
  attack("copies rows in by the old words", "changed", {
    query: "COPY app.products (id, name) FROM STDIN DELIMITERS '|'",
    copy: "99|forged\n",
  }),
  attack("copies rows in by the extended protocol", "changed", {
    send: [
      parse("", "COPY app.products (id, name) FROM STDIN"),
      bind(""),
      execute(),
      copyData("99\tforged\n"),
      copyDone,
      sync,
    ],
  }),
  attack("copies rows in behind another statement", "changed", {
    query: "SELECT 1; COPY app.products (id, name) FROM STDIN",
    copy: "99\tforged\n",
  }),
  attack("copies to a program", "outside", "COPY app.orders TO PROGRAM 'cat > {dir}/stolen'"),
  attack("copies a query to a program", "outside", "COPY (SELECT 1) TO PROGRAM 'cat > {dir}/stolen'"),
  attack(
    "copies from a program",
    "outside",
    "CREATE TEMP TABLE t (x text)",
    "COPY t FROM PROGRAM 'touch {dir}/stolen; echo 1'",
  ),
  attack("copies to a file", "outside", "COPY app.orders TO '{dir}/stolen'"),
  attack("copies a query to a file", "outside", "COPY (SELECT 1) TO '{dir}/stolen' (FORMAT binary)"),
  attack(
    "copies from a file",
    "changed",
    "COPY (SELECT 99 AS id, 'x' AS name) TO '{dir}/rows'",
    "COPY app.products (id, name) FROM '{dir}/rows'",
  ),
  attack("writes a file by a large object", "outside", `SELECT lo_export(424242, '{dir}/stolen')`),
  attack("reads a file into a large object", "changed", "SELECT lo_import('{dir}/CANARY-4f1d9c.txt')"),
  attack("makes a large object", "changed", "SELECT lo_create(777)"),
  attack("makes a large object from bytes", "changed", "SELECT lo_from_bytea(778, '\\x00')"),
  attack("unlinks a large object", "changed", "SELECT lo_unlink(424242)"),
  attack("writes into a large object", "changed", "SELECT lo_put(424242, 0, '\\xff')"),
  attack(
    "writes into a large object by descriptor",
    "changed",
    "BEGIN; SELECT lowrite(lo_open(424242, 131072), '\\xff'); COMMIT",
  ),
  attack("reads a file of the server", "leaked", "SELECT pg_read_file('{dir}/CANARY-4f1d9c.txt')"),
  attack(
    "reads a file of the server as bytes",
    "leaked",
    "SELECT pg_read_binary_file('{dir}/CANARY-4f1d9c.txt')",
  ),
  attack("lists a directory of the server", "leaked", "SELECT * FROM pg_ls_dir('{dir}')"),
  attack("looks at other sessions' statements", "leaked", "SELECT query FROM pg_stat_activity"),
  attack(
    "looks at other sessions' statements by function",
    "leaked",
    "SELECT * FROM pg_stat_get_activity(NULL)",
  ),
  attack("reads password hashes", "leaked", "SELECT rolname, rolpassword FROM pg_authid"),
  attack("reads password hashes by the old view", "leaked", "SELECT * FROM pg_shadow"),
  attack("reads password hashes by a whole row", "leaked", "SELECT s::text FROM pg_catalog.pg_authid AS s"),
  attack("reads password hashes by TABLE", "leaked", "TABLE pg_authid"),
  attack("reads password hashes by COPY", "leaked", "COPY pg_authid TO STDOUT"),
  attack(
    "reads password hashes by table_to_xml",
    "leaked",
    "SELECT table_to_xml('pg_authid', true, false, '')",
  ),
  attack(
    "reads raw pages of a catalog",
    "leaked",
    "SELECT convert_from(get_raw_page('pg_authid', 0), 'latin1')",
    "SELECT encode(get_raw_page('pg_authid', 0), 'escape')",
  ),
];

const SESSION: readonly Attack[] = [
  escape("leaves read-only with SET TRANSACTION", "BEGIN", "SET TRANSACTION READ WRITE", FORGE, "COMMIT"),
  escape("leaves read-only with BEGIN READ WRITE", "BEGIN READ WRITE", FORGE, "COMMIT"),
  escape(
    "leaves read-only with START TRANSACTION READ WRITE",
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE",
    FORGE,
    "COMMIT",
  ),
  escape("leaves read-only in one string", `BEGIN READ WRITE; ${FORGE}; COMMIT`),
  escape(
    "leaves read-only with SET SESSION CHARACTERISTICS",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    FORGE,
  ),
  escape(
    "leaves read-only with SET default_transaction_read_only",
    "SET default_transaction_read_only = off",
    FORGE,
  ),
  escape("leaves read-only with a quoted setting", 'SET "Default_Transaction_Read_Only" TO 0', FORGE),
  escape(
    "leaves read-only with a setting in escapes",
    'SET U&"default\\005ftransaction_read_only" = off',
    FORGE,
  ),
  escape(
    "leaves read-only with SET transaction_read_only",
    "BEGIN",
    "SET transaction_read_only = off",
    FORGE,
    "COMMIT",
  ),
  escape(
    "leaves read-only with SET LOCAL",
    "BEGIN",
    "SET LOCAL transaction_read_only TO off",
    FORGE,
    "COMMIT",
  ),
  escape(
    "leaves read-only with set_config",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
    FORGE,
  ),
  escape(
    "leaves read-only with set_config of a computed name",
    "SELECT set_config(concat('default_transaction', '_read_only'), 'off', false)",
    FORGE,
  ),
  escape(
    "leaves read-only with set_config in the statement before",
    `SELECT set_config('default_transaction_read_only', 'off', false); COMMIT; ${FORGE}`,
  ),
  escape(
    "leaves read-only with set_config in a WHERE",
    "SELECT 1 WHERE set_config('default_transaction_read_only', 'off', false) = 'off'",
    FORGE,
  ),
  escape(
    "leaves read-only with set_config by FunctionCall",
    { send: [call("pg_catalog.set_config(text,text,boolean)", "default_transaction_read_only", "off", "f")] },
    FORGE,
  ),
  escape(
    "leaves read-only with set_config by Bind",
    extended("SELECT set_config($1, $2, false)", "default_transaction_read_only", "off"),
    FORGE,
  ),
  escape("leaves read-only with set_config in a function", "SELECT app.writable()", FORGE),
  escape(
    "leaves read-only with a prepared BEGIN",
    { send: [parse("b", "BEGIN READ WRITE"), bind("b"), execute(), sync] },
    FORGE,
    "COMMIT",
  ),
  escape("leaves read-only in a pipeline", pipeline("BEGIN READ WRITE", FORGE, "COMMIT")),
  escape("leaves read-only with COMMIT AND CHAIN", "BEGIN READ WRITE", "COMMIT AND CHAIN", FORGE, "COMMIT"),
  escape(
    "leaves read-only with a rolled back setting",
    "BEGIN",
    "SET default_transaction_read_only = off",
    "COMMIT",
    FORGE,
  ),
  escape(
    "leaves read-only in a DO block",
    "DO $$ BEGIN SET default_transaction_read_only = off; END $$",
    FORGE,
  ),
  escape(
    "leaves read-only in a DO block with COMMIT",
    "DO $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; INSERT INTO app.products VALUES (99, 'forged', 1); END $$",
  ),
  escape(
    "leaves read-only by a connection of dblink",
    "SELECT dblink_exec('host=127.0.0.1 port={port} user=gateway password=not-a-secret dbname=world', 'DELETE FROM app.products')",
  ),
  escape(
    "writes a sequence of the session, which read-only does not stop by setting",
    "SET default_transaction_read_only TO off",
    "SELECT nextval('app.tickets')",
  ),
  {
    ...escape("leaves read-only by the start-up's options", FORGE),
    startup: { options: "-c default_transaction_read_only=off" },
  },
  {
    ...escape("leaves read-only by a start-up parameter", FORGE),
    startup: { default_transaction_read_only: "off" },
  },
  {
    ...escape("leaves read-only by the start-up's options, dashes and all", FORGE),
    startup: { options: "--default-transaction-read-only=off" },
  },
  {
    ...escape("leaves read-only by RESET of what its own start-up set", "RESET ALL", FORGE),
    startup: { options: "-c default_transaction_read_only=0" },
  },
  {
    ...escape("leaves read-only by DISCARD ALL behind its own start-up", "DISCARD ALL", FORGE),
    startup: { options: "-cdefault_transaction_read_only=false" },
  },
  attack(
    "takes another role and writes",
    "changed",
    "SET ROLE NONE",
    "SET SESSION AUTHORIZATION gateway",
    FORGE,
  ),
  attack(
    "prepares a transaction",
    "changed",
    "BEGIN",
    "SELECT txid_current()",
    "PREPARE TRANSACTION 'forged'",
  ),
];

const PROTOCOL: readonly Attack[] = [
  attack("writes by the extended protocol", "changed", extended(FORGE)),
  attack("writes with parameters", "changed", extended("DELETE FROM app.products WHERE id = $1", "1")),
  attack(
    "writes by a named statement that is described only",
    "changed",
    {
      send: [parse("s", FORGE), describe("S", "s"), sync],
    },
    { send: [bind("s"), execute(), sync] },
  ),
  attack(
    "parses a harmless statement under a name and then a harmful one",
    "changed",
    {
      send: [parse("s", "SELECT 1"), sync],
    },
    { send: [close("S", "s"), parse("s", FORGE), bind("s"), execute(), sync] },
  ),
  attack("parses anew without a name between Bind and Execute", "changed", {
    send: [
      parse("", "SELECT 1"),
      bind("", { portal: "p" }),
      parse("", FORGE),
      bind("", { portal: "q" }),
      execute("p"),
      execute("q"),
      sync,
    ],
  }),
  attack("opens a portal, closes its statement and executes it", "changed", {
    send: [parse("s", FORGE), bind("s", { portal: "p" }), close("S", "s"), execute("p"), sync],
  }),
  attack(
    "parses a harmless statement under a name that the refused one had",
    "changed",
    {
      send: [parse("s", FORGE), sync],
    },
    { send: [parse("t", "SELECT 1"), bind("s", { portal: "p" }), execute("p"), sync] },
  ),
  attack("writes behind a refusal in a pipeline", "changed", {
    send: [
      parse("", "TRUNCATE app.order_items"),
      bind(""),
      execute(),
      parse("", FORGE),
      bind(""),
      execute(),
      sync,
    ],
  }),
  attack("writes in pipelines one after the other", "changed", {
    send: [
      parse("", "SELECT 1"),
      bind(""),
      execute(),
      sync,
      parse("", FORGE),
      bind(""),
      execute(),
      sync,
      parse("", "SELECT 2"),
      bind(""),
      execute(),
      sync,
    ],
  }),
  attack("flushes between Parse and Execute", "changed", {
    send: [parse("", FORGE), flush, bind(""), flush, execute(), flush, sync],
  }),
  attack("mixes a Query into a pipeline", "changed", {
    send: [parse("s", "SELECT 1"), query(FORGE), bind("s"), execute(), sync],
  }),
  attack("binds a name that SQL prepared", "changed", `PREPARE p AS ${FORGE}`, {
    send: [bind("p"), execute(), sync],
  }),
  attack("describes and binds a name that SQL prepared", "changed", `PREPARE p AS ${FORGE}`, {
    send: [describe("S", "p"), bind("p", { portal: "x" }), describe("P", "x"), execute("x"), sync],
  }),
  attack(
    "executes in SQL what Parse named",
    "changed",
    { send: [parse("named", FORGE), sync] },
    "EXECUTE named",
  ),
  attack(
    "deallocates and prepares in SQL under a name of the protocol",
    "changed",
    {
      send: [parse("s", "SELECT 1"), sync],
    },
    "DEALLOCATE s",
    `PREPARE s AS ${FORGE}`,
    { send: [bind("s"), execute(), sync] },
  ),
  attack(
    "deallocates and prepares in one string under a name of the protocol",
    "changed",
    {
      send: [parse("s", "SELECT 1"), sync],
    },
    `DEALLOCATE ALL; PREPARE s AS ${FORGE}`,
    { send: [bind("s"), execute(), sync] },
  ),
  attack(
    "discards all and prepares under a name of the protocol",
    "changed",
    {
      send: [parse("s", "SELECT 1"), sync],
    },
    "DISCARD ALL",
    `PREPARE s AS ${FORGE}`,
    { send: [bind("s"), execute(), sync] },
  ),
  attack(
    "prepares under a name in another case",
    "changed",
    {
      send: [parse("S", "SELECT 1"), parse("s", FORGE), sync],
    },
    "EXECUTE s",
  ),
  attack("executes a portal of a writing statement row by row", "changed", {
    send: [
      parse("", "DELETE FROM app.products WHERE id < 4 RETURNING id"),
      bind("", { portal: "p" }),
      execute("p", 1),
      execute("p", 1),
      sync,
    ],
  }),
  attack("draws from a sequence by FunctionCall", "changed", {
    send: [call("pg_catalog.nextval(regclass)", "app.tickets")],
  }),
  attack("calls a function of the application by FunctionCall", "changed", { send: [call("app.wipe()")] }),
  attack("calls a SECURITY DEFINER function by FunctionCall", "changed", {
    send: [call("app.wipe_definer()")],
  }),
  attack("unlinks a large object by FunctionCall", "changed", {
    send: [call("pg_catalog.lo_unlink(oid)", "424242")],
  }),
  attack("makes a large object by FunctionCall", "changed", {
    send: [call("pg_catalog.lo_create(oid)", "999")],
  }),
  attack("reads a file by FunctionCall", "leaked", {
    send: [call("pg_catalog.pg_read_file(text)", "{dir}/CANARY-4f1d9c.txt")],
  }),
  attack("writes a file by FunctionCall", "outside", {
    send: [call("pg_catalog.lo_export(oid,text)", "424242", "{dir}/stolen")],
  }),
  attack("runs SQL by FunctionCall of query_to_xml", "changed", {
    send: [call("pg_catalog.query_to_xml(text,boolean,boolean,text)", "SELECT app.wipe()", "t", "f", "")],
  }),
  attack("notifies by FunctionCall", "told", {
    send: [call("pg_catalog.pg_notify(text,text)", "bystanders", "x")],
  }),
  attack(
    "declares a cursor over a writing function",
    "changed",
    "BEGIN; DECLARE c CURSOR FOR SELECT app.wipe(); FETCH c; COMMIT",
  ),
  attack(
    "declares a holdable cursor over a writing function, which runs at COMMIT",
    "changed",
    "BEGIN",
    "DECLARE c CURSOR WITH HOLD FOR SELECT app.wipe()",
    "COMMIT",
  ),
];

const TEXT: readonly Attack[] = [
  attack(
    "writes with a statement in odd case and blanks",
    "changed",
    "\f\t\n dElEtE\r\nfRoM\tapp . products wHeRe id=1",
  ),
  attack("writes behind nested comments", "changed", `/* a /* b */ SELECT 1; */ ${FORGE} /* -- */ -- /*`),
  attack("writes behind a comment that a carriage return ends", "changed", `SELECT 1 -- x\r; ${FORGE}`),
  attack(
    "writes behind a dollar quote that is none",
    "changed",
    `SELECT 1 AS a$b$; ${FORGE}; SELECT 1 AS c$b$`,
  ),
  attack(
    "writes behind a dollar quote in a dollar quote",
    "changed",
    `SELECT $a$ $b$ $a$; ${FORGE}; SELECT $b$ $a$ $b$`,
  ),
  attack(
    "writes behind a backslash and a quote with standard strings",
    "changed",
    `SELECT '\\'; ${FORGE}; --'`,
  ),
  attack("writes behind an escape string's quote", "changed", `SELECT E'\\\\'; ${FORGE}; --'`),
  attack(
    "writes where standard_conforming_strings is off",
    "changed",
    "SET standard_conforming_strings = off",
    `SELECT '\\'; SELECT '; ${FORGE}; --'`,
    `SELECT 'a\\'b', 'c'; ${FORGE}`,
  ),
  attack(
    "writes where standard_conforming_strings is off by set_config",
    "changed",
    "SELECT set_config('standard_conforming_strings', 'off', false)",
    `SELECT '\\''; ${FORGE}; SELECT '\\''`,
  ),
  {
    ...attack(
      "writes where standard_conforming_strings is off from the start",
      "changed",
      `SELECT '\\''; ${FORGE}; SELECT '\\''`,
    ),
    startup: { options: "-c standard_conforming_strings=off" },
  },
  {
    ...attack(
      "is one statement as the message is read and two as it is read alone",
      "changed",
      `SET standard_conforming_strings = off; SELECT '\\', ' ; ${FORGE.replaceAll("'forged'", "NULL")}; --'`,
    ),
    gatewayOnly: true,
  },
  {
    ...attack(
      "is one statement as the message is read and two behind its own set_config",
      "changed",
      `SELECT set_config('standard_conforming_strings', 'off', false); SELECT '\\', ' ; DELETE FROM app.products WHERE id = 1; --'`,
    ),
    gatewayOnly: true,
  },
  {
    ...attack(
      "parses with one way to read strings and executes with another",
      "changed",
      { send: [parse("s", "SELECT '\\', ' ; DELETE FROM app.products WHERE id = 1; --'"), sync] },
      "SET standard_conforming_strings = off",
      { send: [bind("s"), execute(), sync] },
    ),
    gatewayOnly: true,
  },
  attack(
    "writes in Shift JIS, where a backslash is the half of a character",
    "changed",
    "SET client_encoding = 'SJIS'",
    {
      query: Buffer.concat([
        Buffer.from("SELECT E'"),
        Buffer.from([0x83, 0x5c]),
        Buffer.from(`'; ${FORGE}; --'`),
      ]),
    },
  ),
  attack("writes in Big5, where a backslash is the half of a character", "changed", "SET NAMES 'BIG5'", {
    query: Buffer.concat([
      Buffer.from("SELECT E'"),
      Buffer.from([0xa5, 0x5c]),
      Buffer.from(`'; ${FORGE}; --'`),
    ]),
  }),
  {
    ...attack("writes in GBK from the start", "changed", {
      query: Buffer.concat([
        Buffer.from("SELECT E'"),
        Buffer.from([0xb5, 0x5c]),
        Buffer.from(`'; ${FORGE}; --'`),
      ]),
    }),
    startup: { client_encoding: "GBK" },
  },
  attack(
    "writes in Shift JIS by set_config",
    "changed",
    "SELECT set_config('client_encoding', 'SJIS', false)",
    {
      query: Buffer.concat([
        Buffer.from("SELECT E'"),
        Buffer.from([0x83, 0x5c]),
        Buffer.from(`'; ${FORGE}; --'`),
      ]),
    },
  ),
  attack("writes in Latin 1 with a quote of its own", "changed", "SET client_encoding = LATIN1", {
    query: Buffer.concat([Buffer.from("SELECT '"), Buffer.from([0xe9]), Buffer.from(`'; ${FORGE}`)]),
  }),
  attack(
    "writes into a table named by Unicode escapes",
    "changed",
    `DELETE FROM U&"\\0061pp".U&"pr!006fducts" UESCAPE '!' WHERE id = 1`,
    `DELETE FROM U&"\\0061pp".products WHERE id = 1`,
  ),
  attack(
    "writes in a string with a no-break space as part of a name",
    "changed",
    `SELECT 1 AS a\u00a0; ${FORGE}; SELECT 1 AS \u00a0b`,
  ),
  attack("writes behind a very long statement", "changed", `SELECT ${"1 + ".repeat(2000)} 1; ${FORGE}`),
  attack(
    "writes behind a message of a megabyte",
    "changed",
    `SELECT length('${"x".repeat(1_000_000)}'); ${FORGE}`,
  ),
  attack("writes behind four thousand statements", "changed", `${";".repeat(4000)}SELECT 1;${FORGE}`),
  attack("continues a string literal over lines", "changed", `SELECT 'a'\n'b'; ${FORGE}`),
];

export const READ_ONLY: readonly Attack[] = [
  ...STATEMENTS,
  ...CODE,
  ...COPYING,
  ...SESSION,
  ...PROTOCOL,
  ...TEXT,
];
