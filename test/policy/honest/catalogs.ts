// What ORMs and drivers ask of the catalog and were not recorded: the same questions in words of our own, shape by shape as
// Prisma, Hibernate, Npgsql, ActiveRecord, pgx and Hasura put them.

import { extended, honest, type Honest } from "../case.ts";

const SCHEMAS = "{app,public}";

export const CATALOGS: readonly Honest[] = [
  honest(
    "Prisma's schema engine reads namespaces, tables and views",
    "SELECT version()",
    "SHOW server_version_num",
    'SET search_path = "app"',
    extended(
      "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1), version(), current_setting('server_version_num')::integer AS number",
      "app",
    ),
    extended("SELECT nspname AS namespace FROM pg_namespace WHERE nspname = ANY ($1) ORDER BY 1", SCHEMAS),
    extended(
      `SELECT t.relname AS table_name, n.nspname AS namespace, (t.relhassubclass AND t.relkind = 'p') AS partitioned, t.relrowsecurity, t.reloptions, obj_description(t.oid, 'pg_class') AS description
       FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
       WHERE (t.relkind = 'r' AND NOT t.relispartition OR t.relkind IN ('p', 'f')) AND n.nspname = ANY ($1) ORDER BY namespace, table_name`,
      SCHEMAS,
    ),
    extended(
      "SELECT viewname, definition, schemaname, obj_description(format('%I.%I', schemaname, viewname)::regclass, 'pg_class') FROM pg_catalog.pg_views WHERE schemaname = ANY ($1)",
      SCHEMAS,
    ),
  ),
  honest(
    "Prisma's schema engine reads columns, indexes, constraints, enums and sequences",
    extended(
      `SELECT a.table_schema, a.table_name, a.column_name, format_type(t.atttypid, t.atttypmod) AS formatted, a.numeric_precision, a.character_maximum_length, pg_get_expr(d.adbin, d.adrelid) AS column_default, a.is_nullable, a.is_identity, t.attinhcount, col_description(t.attrelid, a.ordinal_position)
       FROM information_schema.columns a JOIN pg_attribute t ON t.attname = a.column_name
       JOIN (SELECT c.oid, c.relname, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'p') AND reltype > 0) o ON o.oid = t.attrelid AND o.relname = a.table_name AND o.nspname = a.table_schema
       LEFT JOIN pg_attrdef d ON d.adrelid = t.attrelid AND d.adnum = t.attnum WHERE a.table_schema = ANY ($1) ORDER BY 1, 2, a.ordinal_position`,
      SCHEMAS,
    ),
    extended(
      `WITH raw AS (SELECT indrelid, indexrelid, indisunique, indisprimary, unnest(indkey) AS key, generate_subscripts(indkey, 1) AS at, unnest(indclass) AS class, unnest(indoption) AS option FROM pg_index WHERE indpred IS NULL AND NOT indisexclusion)
       SELECT n.nspname, i.relname, t.relname, a.attname, raw.indisunique, raw.at, o.opcname, o.opcdefault, m.amname, CASE raw.option & 1 WHEN 1 THEN 'DESC' ELSE 'ASC' END, pc.condeferrable
       FROM raw JOIN pg_class t ON t.oid = raw.indrelid JOIN pg_class i ON i.oid = raw.indexrelid JOIN pg_namespace n ON n.oid = t.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = raw.key
       JOIN pg_am m ON m.oid = i.relam LEFT JOIN pg_opclass o ON o.oid = raw.class LEFT JOIN pg_constraint pc ON raw.indexrelid = pc.conindid AND pc.contype <> 'f' WHERE n.nspname = ANY ($1) ORDER BY 1, 3, 2, 6`,
      SCHEMAS,
    ),
    extended(
      "SELECT n.nspname, t.relname, c.conname, c.contype, pg_get_constraintdef(c.oid), c.condeferrable FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = ANY ($1) AND contype NOT IN ('p', 'u', 'f') ORDER BY 1, 2, 4, 3",
      SCHEMAS,
    ),
    extended(
      "SELECT t.typname AS name, e.enumlabel AS value, n.nspname FROM pg_type t JOIN pg_enum e ON t.oid = e.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = ANY ($1) ORDER BY e.enumsortorder",
      SCHEMAS,
    ),
    extended(
      "SELECT sequencename, schemaname, start_value, min_value, max_value, increment_by, cycle, cache_size FROM pg_sequences WHERE schemaname = ANY ($1)",
      SCHEMAS,
    ),
    extended(
      "SELECT extname, extversion, extrelocatable, nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace ORDER BY extname",
    ),
    extended(
      "SELECT p.proname, n.nspname, CASE WHEN l.lanname = 'internal' THEN p.prosrc ELSE pg_get_functiondef(p.oid) END FROM pg_proc p LEFT JOIN pg_namespace n ON p.pronamespace = n.oid LEFT JOIN pg_language l ON p.prolang = l.oid WHERE n.nspname = ANY ($1) AND p.prokind = 'f'",
      SCHEMAS,
    ),
  ),
  honest(
    "Prisma's client reads and writes as it does",
    "BEGIN",
    extended(
      'SELECT "app"."orders"."id", "app"."orders"."status" FROM "app"."orders" WHERE ("app"."orders"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3',
      "1",
      "1",
      "0",
    ),
    extended(
      'SELECT "t0"."id", "t1"."__prisma_data__" AS "customer" FROM "app"."orders" AS "t0" LEFT JOIN LATERAL (SELECT JSONB_BUILD_OBJECT(\'id\', "t2"."id") AS "__prisma_data__" FROM (SELECT "t3".* FROM "app"."customers" AS "t3" WHERE "t0"."customer_id" = "t3"."id" LIMIT $1) AS "t2") AS "t1" ON TRUE WHERE "t0"."id" IN ($2,$3)',
      "1",
      "3",
      "4",
    ),
    extended(
      'SELECT COUNT(*) FROM (SELECT "app"."orders"."id" FROM "app"."orders" WHERE 1=1 OFFSET $1) AS "sub"',
      "0",
    ),
    "COMMIT",
    "DEALLOCATE ALL",
  ),
  honest(
    "Hibernate validates its schema and reads sequences",
    "SET extra_float_digits = 3",
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "select current_schema()",
    "select * from information_schema.sequences",
    extended(
      "SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, c.relname AS TABLE_NAME, d.description AS REMARKS FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass) WHERE c.relnamespace = n.oid AND c.relname LIKE 'orders' AND (false OR (c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')) ORDER BY 2, 3",
    ),
    extended("select o1_0.id,o1_0.status from app.orders o1_0 where o1_0.id=$1", "1"),
    extended(
      "select o1_0.id from app.orders o1_0 order by o1_0.id offset $1 rows fetch first $2 rows only",
      "0",
      "5",
    ),
  ),
  honest(
    "Npgsql loads its types",
    "SELECT version()",
    `SELECT ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid FROM (
       SELECT typ.oid, typ.typnamespace, typ.typname, typ.typtype, typ.typrelid, typ.typnotnull, typ.relkind, elemtyp.oid AS elemtypoid, elemtyp.typname AS elemtypname, elemcls.relkind AS elemrelkind, CASE WHEN elemproc.proname = 'array_recv' THEN 'a' ELSE elemtyp.typtype END AS elemtyptype
       FROM (SELECT typ.oid, typnamespace, typname, typrelid, typnotnull, relkind, typelem AS elemoid, CASE WHEN proc.proname = 'array_recv' THEN 'a' ELSE typ.typtype END AS typtype,
               CASE WHEN proc.proname = 'array_recv' THEN typ.typelem WHEN typ.typtype = 'r' THEN rngsubtype WHEN typ.typtype = 'm' THEN (SELECT rngtypid FROM pg_range WHERE rngmultitypid = typ.oid) WHEN typ.typtype = 'd' THEN typ.typbasetype END AS elemtypoid
             FROM pg_type AS typ LEFT JOIN pg_class AS cls ON (cls.oid = typ.typrelid) LEFT JOIN pg_proc AS proc ON proc.oid = typ.typreceive LEFT JOIN pg_range ON (pg_range.rngtypid = typ.oid)) AS typ
       LEFT JOIN pg_type AS elemtyp ON elemtyp.oid = elemtypoid LEFT JOIN pg_class AS elemcls ON (elemcls.oid = elemtyp.typrelid) LEFT JOIN pg_proc AS elemproc ON elemproc.oid = elemtyp.typreceive) AS t
     JOIN pg_namespace AS ns ON (ns.oid = typnamespace)
     WHERE typtype IN ('b', 'r', 'm', 'e', 'd') OR (typtype = 'c' AND relkind = 'c') OR (typtype = 'p' AND typname IN ('record', 'void', 'unknown')) OR (typtype = 'a' AND elemtyptype IN ('b', 'r', 'm', 'e', 'd')) ORDER BY CASE WHEN typtype IN ('b', 'e', 'p') THEN 0 WHEN typtype = 'r' THEN 1 ELSE 2 END`,
    "SELECT typ.oid, att.attname, att.atttypid FROM pg_type AS typ JOIN pg_namespace AS ns ON (ns.oid = typ.typnamespace) JOIN pg_class AS cls ON (cls.oid = typ.typrelid) JOIN pg_attribute AS att ON (att.attrelid = typ.typrelid) WHERE (typ.typtype = 'c' AND cls.relkind = 'c') AND attnum > 0 AND NOT attisdropped ORDER BY typ.oid, att.attnum",
    "SELECT pg_type.oid, enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid ORDER BY oid, enumsortorder",
    "CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP",
  ),
  honest(
    "ActiveRecord connects and reads tables, columns and keys",
    "SET client_min_messages TO 'warning'",
    "SET standard_conforming_strings = on",
    "SET intervalstyle = iso_8601",
    "SET SESSION timezone TO 'UTC'",
    "SELECT t.oid, t.typname, t.typelem, t.typdelim, t.typinput, r.rngsubtype, t.typtype, t.typbasetype FROM pg_type as t LEFT JOIN pg_range as r ON oid = rngtypid WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'numeric', 'bool', 'timestamp', 'timestamptz', 'jsonb')",
    "SHOW max_identifier_length",
    'SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.atttypid, a.atttypmod, c.collname, col_description(a.attrelid, a.attnum) AS comment, attidentity AS identity, attgenerated as attgenerated FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum LEFT JOIN pg_type t ON a.atttypid = t.oid LEFT JOIN pg_collation c ON a.attcollation = c.oid AND a.attcollation <> t.typcollation WHERE a.attrelid = \'"app"."orders"\'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum',
    'SELECT a.attname FROM (SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx FROM pg_index WHERE indrelid = \'"app"."orders"\'::regclass AND indisprimary) i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[i.idx] ORDER BY i.idx',
    "SELECT c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY (current_schemas(false)) AND c.relname = 'orders' AND c.relkind IN ('r','v','m','p','f')",
    "SELECT distinct i.relname, d.indisunique, d.indkey, pg_get_indexdef(d.indexrelid), pg_catalog.obj_description(i.oid, 'pg_class') AS comment, d.indisvalid FROM pg_class t INNER JOIN pg_index d ON t.oid = d.indrelid INNER JOIN pg_class i ON d.indexrelid = i.oid LEFT JOIN pg_namespace n ON n.oid = t.relnamespace WHERE i.relkind IN ('i', 'I') AND d.indisprimary = 'f' AND t.relname = 'orders' AND n.nspname = 'app' ORDER BY i.relname",
    "SELECT t2.oid::regclass::text AS to_table, a1.attname AS column, c.conname AS name, c.confupdtype AS on_update, c.confdeltype AS on_delete, c.convalidated AS valid FROM pg_constraint c JOIN pg_class t1 ON c.conrelid = t1.oid JOIN pg_class t2 ON c.confrelid = t2.oid JOIN pg_attribute a1 ON a1.attnum = c.conkey[1] AND a1.attrelid = t1.oid JOIN pg_namespace t3 ON c.connamespace = t3.oid WHERE c.contype = 'f' AND t1.relname = 'orders' AND t3.nspname = 'app' ORDER BY c.conname",
  ),
  honest(
    "pgx asks for a type and a version",
    extended("select oid, typname from pg_type where typname = $1", "hstore"),
    extended("select pg_catalog.format_type($1::oid, -1)", "23"),
    ";",
    "-- ping",
  ),
  honest(
    "a pool checks and resets its connection",
    "SELECT 1",
    "select 1 as ok",
    "DISCARD ALL",
    "RESET ALL",
    "RESET SESSION AUTHORIZATION",
    "CLOSE ALL",
    "UNLISTEN *",
    "DEALLOCATE ALL",
  ),
  honest(
    "a schema browser reads privileges and sizes",
    "SELECT has_table_privilege('app.orders', 'SELECT'), has_schema_privilege('app', 'USAGE'), has_database_privilege(current_database(), 'CREATE')",
    "SELECT pg_size_pretty(pg_total_relation_size('app.orders')), pg_relation_size('app.orders')",
    "SELECT grantee, privilege_type FROM information_schema.role_table_grants WHERE table_name = 'orders'",
    "SELECT pg_get_viewdef('app.orders_open'::regclass, true), pg_get_userbyid(10)",
  ),
  honest(
    "a schema browser reads information_schema",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM information_schema.columns WHERE table_schema = 'app'",
    "SELECT tc.constraint_name, kcu.column_name, ccu.table_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_schema, constraint_name) JOIN information_schema.constraint_column_usage ccu USING (constraint_schema, constraint_name) WHERE tc.constraint_type = 'FOREIGN KEY'",
    "SELECT * FROM information_schema.views",
    "SELECT * FROM information_schema.routines WHERE routine_schema = 'app'",
    "SELECT * FROM information_schema.triggers",
    "SELECT * FROM information_schema.schemata",
  ),
  honest(
    "a client asks who and where it is",
    "SELECT current_user, session_user, current_database(), current_schema(), current_schemas(true)",
    "SELECT pg_backend_pid(), inet_server_port(), pg_is_in_recovery(), txid_current_if_assigned()",
    "SHOW ALL",
    "SHOW TRANSACTION ISOLATION LEVEL",
    "SHOW search_path",
    "SELECT name, setting FROM pg_settings WHERE name = 'server_version'",
    "SELECT current_setting('timezone'), version()",
    "SELECT * FROM pg_timezone_names LIMIT 1",
    "SELECT * FROM pg_prepared_statements",
    "SELECT * FROM pg_cursors",
  ),
  honest(
    "a psql of PostgreSQL 18 lists databases",
    `SELECT d.datname as "Name", pg_catalog.pg_get_userbyid(d.datdba) as "Owner", pg_catalog.pg_encoding_to_char(d.encoding) as "Encoding", CASE d.datlocprovider WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END AS "Locale Provider", d.datcollate as "Collate", d.datctype as "Ctype", d.datlocale as "Locale", d.daticurules as "ICU Rules", CASE WHEN pg_catalog.array_length(d.datacl, 1) = 0 THEN '(none)' ELSE pg_catalog.array_to_string(d.datacl, E'\\n') END AS "Access privileges" FROM pg_catalog.pg_database d ORDER BY 1`,
  ),
  honest(
    "a psql of PostgreSQL 18 lists databases with sizes",
    `SELECT d.datname as "Name", CASE WHEN pg_catalog.has_database_privilege(d.datname, 'CONNECT') THEN pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(d.datname)) ELSE 'No Access' END as "Size", t.spcname as "Tablespace", pg_catalog.shobj_description(d.oid, 'pg_database') as "Description" FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t on d.dattablespace = t.oid ORDER BY 1`,
  ),
];
