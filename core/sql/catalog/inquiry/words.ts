// Words of the inquiry's SQL. Every name and every operator in it is qualified: an unqualified operator is looked up by
// search_path as functions are (parse_oper.c), and the schemas of an agent may stand before pg_catalog. For the same reason
// there is no IN, no BETWEEN, no LIKE, no CASE x WHEN, no NULLIF, no IS DISTINCT FROM, no USING and no comparison of rows:
// each of them stands for an operator by name. ORDER BY, UNION and array functions go by operator class, which has no path.

export const EQ = "OPERATOR(pg_catalog.=)";
export const NE = "OPERATOR(pg_catalog.<>)";
export const LT = "OPERATOR(pg_catalog.<)";
export const LE = "OPERATOR(pg_catalog.<=)";
export const GT = "OPERATOR(pg_catalog.>)";

/** OIDs that PostgreSQL's own headers fix (pg_namespace.dat, pg_type.dat, the CATALOG lines of catalog headers). */
export const PG_CATALOG = "'11'";
export const OID_TYPE = "'26'";
export const NAME_TYPE = "'19'";
export const TRIGGER_TYPE = "'2279'";
export const CLASS = {
  pg_type: "'1247'",
  pg_proc: "'1255'",
  pg_class: "'1259'",
  pg_attrdef: "'2604'",
  pg_constraint: "'2606'",
  pg_operator: "'2617'",
  pg_trigger: "'2620'",
  pg_extension: "'3079'",
  pg_policy: "'3256'",
} as const;

/**
 * set_config by its OID (pg_proc.dat). PostgreSQL records no dependency on its own functions, and this one changes who the session is
 * and what names mean, for whoever has an expression with it evaluated.
 */
export const SET_CONFIG = "'2078'";

/** `tree`: text of a pg_node_tree. */
export function callsSetConfig(tree: string): string {
  return `pg_catalog.strpos(${tree}, ':funcid 2078 ') ${GT} 0`;
}

/** An OID as a JSON number: json_build_array would quote one. */
export function oid(column: string): string {
  return `${column}::pg_catalog.int8`;
}

/** A schema's name, with `pg_temp` for every temporary one; their prefix is reserved (IsReservedName). */
export function schemaName(namespace: string): string {
  return `CASE WHEN pg_catalog.starts_with(${namespace}.nspname::pg_catalog.text, 'pg_temp_')
    OR pg_catalog.starts_with(${namespace}.nspname::pg_catalog.text, 'pg_toast_temp_')
    THEN 'pg_temp' ELSE ${namespace}.nspname::pg_catalog.text END`;
}

/** The function that something depends on, by itself or as an operator's; null for everything else. */
export function functionBehind(dependency: string): string {
  return `CASE WHEN ${dependency}.refclassid ${EQ} ${CLASS.pg_proc} THEN ${dependency}.refobjid
    WHEN ${dependency}.refclassid ${EQ} ${CLASS.pg_operator}
    THEN (SELECT op.oprcode::pg_catalog.oid FROM pg_catalog.pg_operator op WHERE op.oid ${EQ} ${dependency}.refobjid) END`;
}
