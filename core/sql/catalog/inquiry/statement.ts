// The one SQL text of every inquiry: names to OIDs exactly as PostgreSQL's own look-up does it (namespace.c), OIDs to JSON.
// Constant, so that it can be prepared. $1: a question a line, each a JSON array [kind, schema, name] or [kind, oid].
// Result: one text column, a row for each question: [line, things found], or [line, "too_large"].

import { FUNCTIONS, OPERATORS } from "./function.ts";
import { RELATIONS } from "./relation.ts";
import { TYPES } from "./type.ts";
import { EQ, GT, LT, NAME_TYPE, NE, OID_TYPE, PG_CATALOG } from "./words.ts";

/** A partitioned table with 10,000 partitions needs half of it; a session holds several answers at once. */
export const MAX_ANSWER_BYTES = 1_048_576;

/** Where functions and operators are looked for: never in the temporary schema (FuncnameGetCandidates). */
const SESSION = `
  SELECT s.path, s.calls, EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oprname ${EQ} '='
      AND o.oprnamespace ${EQ} ANY (s.calls) AND o.oprnamespace ${NE} ${PG_CATALOG}
      AND ((o.oprleft ${EQ} ${OID_TYPE} AND o.oprright ${EQ} ${OID_TYPE})
        OR (o.oprleft ${EQ} ${NAME_TYPE} AND o.oprright ${EQ} ${NAME_TYPE}))) AS shadowed
  FROM (SELECT r.path, pg_catalog.array_remove(r.path, pg_catalog.pg_my_temp_schema()) AS calls
    FROM (SELECT ARRAY(SELECT n.oid
      FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) WITH ORDINALITY entry(name, place)
      JOIN pg_catalog.pg_namespace n ON n.nspname ${EQ} entry.name ORDER BY entry.place) AS path OFFSET 0) r OFFSET 0) s`;

/**
 * Casting to name cuts at 63 bytes as the scanner does. `pg_temp` is an alias of the session's own temporary schema once
 * there is one (LookupExplicitNamespace). namespace: null for an unqualified name, 0 for a schema that does not exist.
 * No line is empty: the WHERE is there for the planner, which then expects three lines and not ten (DEFAULT_INEQ_SEL), and
 * so a cost far from jit_above_cost.
 */
const ASKED = `
  SELECT line.number, j.kind, j.name, j.oid, CASE WHEN j.schema IS NULL THEN NULL
      WHEN j.schema ${EQ} 'pg_temp' AND pg_catalog.pg_my_temp_schema() ${NE} '0' THEN pg_catalog.pg_my_temp_schema()
      ELSE COALESCE((SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname ${EQ} j.schema), '0') END AS namespace
  FROM pg_catalog.unnest(pg_catalog.string_to_array((SELECT $1::pg_catalog.text), pg_catalog.chr(10))) WITH ORDINALITY line(text, number)
  CROSS JOIN LATERAL (SELECT line.text::pg_catalog.jsonb AS array OFFSET 0) parsed
  CROSS JOIN LATERAL (SELECT pg_catalog.jsonb_array_element_text(parsed.array, 0) AS kind,
    pg_catalog.jsonb_array_element_text(parsed.array, 1)::pg_catalog.name AS schema,
    pg_catalog.jsonb_array_element_text(parsed.array, 2)::pg_catalog.name AS name,
    pg_catalog.jsonb_array_element_text(parsed.array, 3)::pg_catalog.oid AS oid OFFSET 0) j
  WHERE pg_catalog.octet_length(line.text) ${GT} 0`;

/** In the schema that was named, or in one of the path. */
function place(namespace: string, path: "path" | "calls"): string {
  return `(${namespace} ${EQ} asked.namespace OR (asked.namespace IS NULL AND ${namespace} ${EQ} ANY (session.${path})))`;
}

function first(catalog: string, name: string, namespace: string): string {
  return `ARRAY(SELECT o.oid FROM pg_catalog.${catalog} o WHERE o.${name} ${EQ} asked.name AND ${place(`o.${namespace}`, "path")}
    ORDER BY pg_catalog.array_position(session.path, o.${namespace}) LIMIT 1)`;
}

/** `hides` found earlier on the path keeps `o` from ever being chosen. */
function earlier(namespace: string): string {
  return `asked.namespace IS NULL AND hides.${namespace} ${EQ} ANY (session.calls)
    AND pg_catalog.array_position(session.calls, hides.${namespace}) ${LT} pg_catalog.array_position(session.calls, o.${namespace})`;
}

function sameOrBothNull(column: string): string {
  return `((o.${column} IS NULL AND hides.${column} IS NULL) OR o.${column} ${EQ} hides.${column})`;
}

/**
 * Stricter than pg_function_is_visible: one with the same argument types stays hidden only if it can be called in no
 * other way either, by its defaults, VARIADIC or names.
 */
const FUNCTION_TARGETS = `ARRAY(SELECT o.oid FROM pg_catalog.pg_proc o
  WHERE o.proname ${EQ} asked.name AND ${place("o.pronamespace", "calls")} AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_proc hides WHERE hides.proname ${EQ} asked.name AND ${earlier("pronamespace")}
      AND hides.proargtypes ${EQ} o.proargtypes AND hides.provariadic ${EQ} o.provariadic
      AND hides.pronargdefaults ${EQ} o.pronargdefaults AND ${sameOrBothNull("proallargtypes")}
      AND ${sameOrBothNull("proargmodes")} AND (o.proargnames IS NULL OR ${sameOrBothNull("proargnames")}))
  ORDER BY pg_catalog.array_position(session.calls, o.pronamespace), o.oid)`;

const OPERATOR_TARGETS = `ARRAY(SELECT o.oid FROM pg_catalog.pg_operator o
  WHERE o.oprname ${EQ} asked.name AND o.oprnamespace ${NE} ${PG_CATALOG}
    AND ${place("o.oprnamespace", "calls")} AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_operator hides WHERE hides.oprname ${EQ} asked.name AND ${earlier("oprnamespace")}
      AND hides.oprleft ${EQ} o.oprleft AND hides.oprright ${EQ} o.oprright)
  ORDER BY pg_catalog.array_position(session.calls, o.oprnamespace), o.oid)`;

const RESOLVED = `
  SELECT asked.number, asked.kind, CASE
      WHEN asked.oid IS NOT NULL THEN ARRAY[asked.oid]
      WHEN asked.kind ${EQ} 'relation' THEN ${first("pg_class", "relname", "relnamespace")}
      WHEN asked.kind ${EQ} 'function' THEN ${FUNCTION_TARGETS}
      WHEN asked.kind ${EQ} 'operator' THEN ${OPERATOR_TARGETS}
      WHEN asked.kind ${EQ} 'type' THEN ${first("pg_type", "typname", "typnamespace")} END AS targets
  FROM session CROSS JOIN asked`;

const ANSWERED = `
  SELECT question.number, CASE
      WHEN question.kind ${EQ} 'relation' THEN ${RELATIONS}
      WHEN question.kind ${EQ} 'function' THEN ${FUNCTIONS}
      WHEN question.kind ${EQ} 'operator' THEN ${OPERATORS}
      WHEN question.kind ${EQ} 'type' THEN ${TYPES} END::pg_catalog.text AS answer
  FROM session CROSS JOIN question`;

const WHOLE = `WITH session AS MATERIALIZED (${SESSION}), asked AS MATERIALIZED (${ASKED}),
question AS MATERIALIZED (${RESOLVED}), answered AS MATERIALIZED (${ANSWERED})
SELECT pg_catalog.concat('[', answered.number, ',', CASE
  WHEN pg_catalog.octet_length(answered.answer) ${GT} ${MAX_ANSWER_BYTES} THEN '"too_large"'
  ELSE COALESCE(answered.answer, '[]') END, ']') AS answer FROM answered`;

export const STATEMENT = WHOLE.replace(/\s+/gu, " ");
