// The inquiry's part on functions and operators: one JSON for each OID in `question.targets`. SQL text only.

import { CLASS, EQ, NE, PG_CATALOG, oid, schemaName } from "./words.ts";

const DEFINITION = `CASE WHEN p.prokind ${NE} 'a' AND p.pronamespace ${NE} ${PG_CATALOG}
  AND (l.lanname ${EQ} 'sql' OR l.lanname ${EQ} 'plpgsql') THEN pg_catalog.pg_get_functiondef(p.oid) END`;

/** What an aggregate's calls run. Those of PostgreSQL's own aggregates are as harmless as they are. */
const SUPPORT = `(SELECT pg_catalog.json_agg(DISTINCT ${oid("s.function")}) FROM pg_catalog.pg_aggregate g
  CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[g.aggtransfn::pg_catalog.oid, g.aggfinalfn::pg_catalog.oid,
    g.aggcombinefn::pg_catalog.oid, g.aggserialfn::pg_catalog.oid, g.aggdeserialfn::pg_catalog.oid,
    g.aggmtransfn::pg_catalog.oid, g.aggminvtransfn::pg_catalog.oid, g.aggmfinalfn::pg_catalog.oid]) s(function)
  WHERE g.aggfnoid ${EQ} p.oid AND p.prokind ${EQ} 'a' AND p.pronamespace ${NE} ${PG_CATALOG} AND s.function ${NE} '0')`;

const EXTENSION = `(SELECT x.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension x ON x.oid ${EQ} d.refobjid
  WHERE d.classid ${EQ} ${CLASS.pg_proc} AND d.objid ${EQ} p.oid AND d.refclassid ${EQ} ${CLASS.pg_extension}
    AND d.deptype ${EQ} 'e' LIMIT 1)`;

/** CALL gives a procedure its OUT arguments as well (FuncnameGetCandidates, include_out_arguments). */
const ARGUMENTS = `CASE WHEN p.prokind ${EQ} 'p' AND p.proallargtypes IS NOT NULL
  THEN pg_catalog.cardinality(p.proallargtypes) ELSE p.pronargs END`;

/**
 * A type's name that does not hang on search_path, unlike format_type's: PostgreSQL's own without a schema, in the words of
 * the standard where there are any; every other with its schema.
 */
const TYPE_NAME = `(SELECT CASE WHEN t.typnamespace ${EQ} ${PG_CATALOG} THEN
      CASE WHEN pg_catalog.starts_with(own.name, 'pg_catalog.') THEN pg_catalog.substr(own.name, 12) ELSE own.name END
    WHEN t.typcategory ${EQ} 'A' AND t.typelem ${NE} '0' THEN
      (SELECT pg_catalog.concat(${qualifiedType("en", "e")}, '[]') FROM pg_catalog.pg_type e
        JOIN pg_catalog.pg_namespace en ON en.oid ${EQ} e.typnamespace WHERE e.oid ${EQ} t.typelem)
    ELSE ${qualifiedType("tn", "t")} END
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace tn ON tn.oid ${EQ} t.typnamespace
  CROSS JOIN LATERAL (SELECT pg_catalog.format_type(t.oid, NULL) AS name) own WHERE t.oid ${EQ} input.type)`;

function qualifiedType(namespace: string, type: string): string {
  return `pg_catalog.concat(pg_catalog.quote_ident(${schemaName(namespace)}), '.',
    pg_catalog.quote_ident(${type}.typname::pg_catalog.text))`;
}

/** As pg_get_function_identity_arguments, but for the types. */
const SIGNATURE = `COALESCE((SELECT pg_catalog.string_agg(pg_catalog.concat(
      CASE WHEN p.proargmodes[input.place] ${EQ} 'o' THEN 'OUT ' WHEN p.proargmodes[input.place] ${EQ} 'b' THEN 'INOUT '
        WHEN p.proargmodes[input.place] ${EQ} 'v' THEN 'VARIADIC ' WHEN p.prokind ${EQ} 'p' THEN 'IN ' END,
      CASE WHEN p.proargnames[input.place] ${NE} '' THEN
        pg_catalog.concat(pg_catalog.quote_ident(p.proargnames[input.place]), ' ') END,
      ${TYPE_NAME}), ', ' ORDER BY input.place)
    FROM (SELECT listed.type, listed.place::pg_catalog.int4 AS place FROM pg_catalog.unnest(
      COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[])) WITH ORDINALITY listed(type, place)) input
    WHERE p.proargmodes IS NULL OR p.proargmodes[input.place] ${NE} 't'), '')`;

export const FUNCTIONS = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'oid', ${oid("p.oid")}, 'schema', ${schemaName("n")}, 'name', p.proname,
    'arguments', ${SIGNATURE},
    'kind', p.prokind, 'volatility', p.provolatile, 'securityDefiner', p.prosecdef, 'language', l.lanname,
    'count', ${ARGUMENTS}, 'defaults', p.pronargdefaults, 'variadic', p.provariadic ${NE} '0',
    'hasSettings', p.proconfig IS NOT NULL, 'returnsSet', p.proretset, 'returnTypeOid', ${oid("p.prorettype")},
    'names', p.proargnames, 'modes', p.proargmodes,
    'definition', ${DEFINITION}, 'supportOids', ${SUPPORT}, 'extension', ${EXTENSION}) ORDER BY target.place)
  FROM pg_catalog.unnest(question.targets) WITH ORDINALITY target(oid, place)
  JOIN pg_catalog.pg_proc p ON p.oid ${EQ} target.oid
  JOIN pg_catalog.pg_namespace n ON n.oid ${EQ} p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid ${EQ} p.prolang)`;

export const OPERATORS = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'oid', ${oid("o.oid")}, 'schema', ${schemaName("n")}, 'name', o.oprname,
    'functionOid', ${oid("o.oprcode::pg_catalog.oid")}) ORDER BY target.place)
  FROM pg_catalog.unnest(question.targets) WITH ORDINALITY target(oid, place)
  JOIN pg_catalog.pg_operator o ON o.oid ${EQ} target.oid
  JOIN pg_catalog.pg_namespace n ON n.oid ${EQ} o.oprnamespace)`;
