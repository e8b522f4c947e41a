// The inquiry's part on types: the JSON of the one in `question.targets`. SQL text only.

import {
  callsSetConfig,
  CLASS,
  EQ,
  NE,
  PG_CATALOG,
  functionBehind,
  oid,
  schemaName,
  SET_CONFIG,
} from "./words.ts";

/**
 * The type and all that a value of it is made of: elements of an array, the type below a domain, bounds of a range,
 * columns of a composite type. The types inside of PostgreSQL's own add nothing (its catalogs' row types would go far).
 */
const PARTS = `ARRAY(WITH RECURSIVE part(oid) AS (
    SELECT t.oid
    UNION SELECT inner_type.oid FROM part JOIN pg_catalog.pg_type pt ON pt.oid ${EQ} part.oid
      CROSS JOIN LATERAL (
        SELECT pt.typelem UNION ALL SELECT pt.typbasetype
        UNION ALL SELECT g.rngsubtype FROM pg_catalog.pg_range g WHERE g.rngtypid ${EQ} pt.oid
        UNION ALL SELECT g.rngtypid FROM pg_catalog.pg_range g WHERE g.rngmultitypid ${EQ} pt.oid
        UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
          WHERE pt.typrelid ${NE} '0' AND a.attrelid ${EQ} pt.typrelid AND NOT a.attisdropped) inner_type(oid)
      WHERE inner_type.oid ${NE} '0' AND pt.typnamespace ${NE} ${PG_CATALOG})
  SELECT part.oid FROM part)`;

/**
 * A cast belongs to whichever of its two types is not PostgreSQL's own: a value of that type is never met without the
 * type's own name, a column or a function that gives it. Else citext's cast from boolean would come with every boolean.
 */
const FUNCTIONS_OF_PART = `
  SELECT h.oid FROM pg_catalog.pg_type pt
    CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[pt.typinput::pg_catalog.oid, pt.typoutput::pg_catalog.oid,
      pt.typreceive::pg_catalog.oid, pt.typsend::pg_catalog.oid, pt.typmodin::pg_catalog.oid,
      pt.typmodout::pg_catalog.oid, pt.typanalyze::pg_catalog.oid, pt.typsubscript::pg_catalog.oid]) h(oid)
    WHERE pt.oid ${EQ} part.oid
  UNION ALL SELECT h.oid FROM pg_catalog.pg_range g
    CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[g.rngcanonical::pg_catalog.oid, g.rngsubdiff::pg_catalog.oid]) h(oid)
    WHERE g.rngtypid ${EQ} part.oid
  UNION ALL SELECT k.castfunc FROM pg_catalog.pg_cast k
    JOIN pg_catalog.pg_type a ON a.oid ${EQ} k.castsource JOIN pg_catalog.pg_type b ON b.oid ${EQ} k.casttarget
    WHERE (k.castsource ${EQ} part.oid OR k.casttarget ${EQ} part.oid) AND k.castfunc ${NE} '0' AND (
      (SELECT pt.typnamespace ${NE} ${PG_CATALOG} FROM pg_catalog.pg_type pt WHERE pt.oid ${EQ} part.oid)
      OR (a.typnamespace ${EQ} ${PG_CATALOG} AND b.typnamespace ${EQ} ${PG_CATALOG}))
  UNION ALL SELECT ${functionBehind("d")} FROM pg_catalog.unnest(ARRAY(
      SELECT k.oid FROM pg_catalog.pg_constraint k WHERE k.contypid ${EQ} part.oid)) checked(oid)
    JOIN pg_catalog.pg_depend d ON d.classid ${EQ} ${CLASS.pg_constraint} AND d.objid ${EQ} checked.oid
  UNION ALL SELECT ${SET_CONFIG}::pg_catalog.oid FROM pg_catalog.pg_constraint k
    WHERE k.contypid ${EQ} part.oid AND ${callsSetConfig("k.conbin::pg_catalog.text")}
  UNION ALL SELECT ${SET_CONFIG}::pg_catalog.oid FROM pg_catalog.pg_type pt
    WHERE pt.oid ${EQ} part.oid AND ${callsSetConfig("pt.typdefaultbin::pg_catalog.text")}
  UNION ALL SELECT ${functionBehind("d")} FROM pg_catalog.pg_depend d
    WHERE d.classid ${EQ} ${CLASS.pg_type} AND d.objid ${EQ} part.oid`;

const FUNCTION_OIDS = `(SELECT pg_catalog.json_agg(DISTINCT ${oid("f.oid")})
  FROM (SELECT ${PARTS} AS oids OFFSET 0) parts CROSS JOIN LATERAL pg_catalog.unnest(parts.oids) part(oid)
  CROSS JOIN LATERAL (${FUNCTIONS_OF_PART}) f(oid)
  WHERE f.oid ${EQ} ${SET_CONFIG} OR (SELECT p.pronamespace ${NE} ${PG_CATALOG} FROM pg_catalog.pg_proc p WHERE p.oid ${EQ} f.oid))`;

export const TYPES = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'oid', ${oid("t.oid")}, 'schema', ${schemaName("n")}, 'name', t.typname, 'kind', t.typtype,
    'relationOid', ${oid("t.typrelid")}, 'elementOid', ${oid("t.typelem")}, 'baseTypeOid', ${oid("t.typbasetype")},
    'functionOids', ${FUNCTION_OIDS}))
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid ${EQ} t.typnamespace
  WHERE t.oid ${EQ} question.targets[1])`;
