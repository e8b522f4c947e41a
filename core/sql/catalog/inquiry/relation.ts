// The inquiry's part on relations: the JSON of the one in `question.targets`. SQL text only.

import {
  CLASS,
  EQ,
  GT,
  LE,
  NE,
  PG_CATALOG,
  TRIGGER_TYPE,
  functionBehind,
  oid,
  schemaName,
  SET_CONFIG,
  callsSetConfig,
} from "./words.ts";

const SYSTEM = `(n.oid ${EQ} ${PG_CATALOG} OR n.nspname ${EQ} 'information_schema')`;

/** A RelationRef of the relation with that OID; an index look-up each, however many there are. */
function ref(of: string): string {
  return `(SELECT pg_catalog.json_build_array(${oid("rc.oid")}, ${schemaName("rn")}, rc.relname, rc.relkind)
    FROM pg_catalog.pg_class rc JOIN pg_catalog.pg_namespace rn ON rn.oid ${EQ} rc.relnamespace WHERE rc.oid ${EQ} ${of})`;
}

/** What stands above a relation (or below it) in pg_inherits, on all levels: an array of OIDs. */
function walk(from: string, to: string): string {
  return `ARRAY(WITH RECURSIVE reached(oid) AS (
      SELECT i.${to} FROM pg_catalog.pg_inherits i WHERE i.${from} ${EQ} c.oid
      UNION SELECT next.oid FROM reached CROSS JOIN LATERAL pg_catalog.unnest(ARRAY(
        SELECT i.${to} FROM pg_catalog.pg_inherits i WHERE i.${from} ${EQ} reached.oid)) next(oid))
    SELECT reached.oid FROM reached)`;
}

function refs(array: string): string {
  return `(SELECT pg_catalog.json_agg(${ref("m.oid")} ORDER BY m.oid) FROM pg_catalog.unnest(${array}) m(oid))`;
}

/** Columns of the same relation that a generated one depends on: by its expression, before PostgreSQL 15 by itself. */
const GENERATED_FROM = `(SELECT COALESCE(pg_catalog.json_agg(DISTINCT g.attname), pg_catalog.json_build_array())
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute g ON g.attrelid ${EQ} c.oid AND g.attnum ${EQ} d.refobjsubid
  WHERE d.refclassid ${EQ} ${CLASS.pg_class} AND d.refobjid ${EQ} c.oid AND d.refobjsubid ${NE} a.attnum
    AND ((d.classid ${EQ} ${CLASS.pg_class} AND d.objid ${EQ} c.oid AND d.objsubid ${EQ} a.attnum)
      OR (d.classid ${EQ} ${CLASS.pg_attrdef} AND d.objid ${EQ} (SELECT f.oid FROM pg_catalog.pg_attrdef f
        WHERE f.adrelid ${EQ} c.oid AND f.adnum ${EQ} a.attnum))))`;

const COLUMNS = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
    a.attname, a.attnum, ${oid("a.atttypid")}, CASE WHEN a.attgenerated ${NE} '' THEN ${GENERATED_FROM} END) ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a WHERE a.attrelid ${EQ} c.oid AND a.attnum ${GT} 0 AND NOT a.attisdropped)`;

const UNIQUE_KEYS = `(SELECT pg_catalog.json_agg(
    (SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)
      FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k(attnum, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid ${EQ} c.oid AND a.attnum ${EQ} k.attnum
      WHERE k.place ${LE} i.indnkeyatts)
    ORDER BY i.indisprimary DESC, i.indexrelid)
  FROM pg_catalog.pg_index i WHERE i.indrelid ${EQ} c.oid
    AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)`;

/** Columns that a unique, exclusion or foreign key constraint depends on, or a unique index; of it and of what is below it. */
const COMPARED = `(SELECT pg_catalog.json_agg(DISTINCT a.attname) FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_depend d ON d.refclassid ${EQ} ${CLASS.pg_class} AND d.refobjid ${EQ} a.attrelid AND d.refobjsubid ${EQ} a.attnum
  WHERE (a.attrelid ${EQ} c.oid OR a.attrelid ${EQ} ANY (tree.below)) AND (
    (d.classid ${EQ} ${CLASS.pg_constraint} AND EXISTS (SELECT FROM pg_catalog.pg_constraint k
      WHERE k.oid ${EQ} d.objid
        AND (k.contype ${EQ} 'f' OR k.contype ${EQ} 'p' OR k.contype ${EQ} 'u' OR k.contype ${EQ} 'x')))
    OR (d.classid ${EQ} ${CLASS.pg_class} AND EXISTS (SELECT FROM pg_catalog.pg_index i
      WHERE i.indexrelid ${EQ} d.objid AND i.indrelid ${EQ} a.attrelid AND i.indisunique))))`;

/** Columns of checks that have more than one. */
const CHECKED = `(SELECT pg_catalog.json_agg((SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a WHERE a.attrelid ${EQ} k.conrelid AND a.attnum ${EQ} ANY (k.conkey)) ORDER BY k.oid)
  FROM pg_catalog.pg_constraint k WHERE (k.conrelid ${EQ} c.oid OR k.conrelid ${EQ} ANY (tree.below))
    AND k.contype ${EQ} 'c' AND pg_catalog.cardinality(k.conkey) ${GT} 1)`;

/** Names of constraints, and of indexes that are none. */
const CONSTRAINTS = `(SELECT pg_catalog.json_agg(k.name ORDER BY k.name) FROM (
    SELECT n.conname AS name FROM pg_catalog.pg_constraint n WHERE n.conrelid ${EQ} c.oid
    UNION SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid ${EQ} i.indexrelid
    WHERE i.indrelid ${EQ} c.oid) k)`;

/** A rule that is switched off never acts; any other may, by session_replication_role. */
const RULES = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
    r.rulename, r.ev_type, r.is_instead, pg_catalog.pg_get_ruledef(r.oid)) ORDER BY r.rulename)
  FROM pg_catalog.pg_rewrite r WHERE r.ev_class ${EQ} c.oid AND r.rulename ${NE} '_RETURN' AND r.ev_enabled ${NE} 'D')`;

function triggers(where: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
      t.tgname, ${oid("t.tgfoid")}, t.tgtype, t.tgenabled ${NE} 'D') ORDER BY t.tgname, t.tgrelid)
    FROM pg_catalog.pg_trigger t WHERE ${where} AND NOT t.tgisinternal)`;
}

/**
 * Foreign keys on the relations of `array`. pg_constraint has no index on confrelid; but each has internal triggers on the
 * relation that it points to. One that a partition of the other side has from its parent says nothing new, and is left out.
 */
function cascades(array: string, more: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(${ref("k.conrelid")}, k.conname,
      (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid ${EQ} k.conrelid AND a.attnum ${EQ} ANY (k.conkey)), k.confdeltype, k.confupdtype)
      ORDER BY k.conrelid, k.conname)
    FROM pg_catalog.pg_constraint k WHERE k.oid ${EQ} ANY (ARRAY(SELECT t.tgconstraint FROM pg_catalog.pg_trigger t
        WHERE t.tgrelid ${EQ} ANY (${array}) AND t.tgisinternal AND t.tgconstraint ${NE} '0'))
      AND k.contype ${EQ} 'f' AND k.confrelid ${EQ} ANY (${array}) AND ${more})`;
}

const CASCADES = cascades(
  "ARRAY[c.oid]",
  `(k.conparentid ${EQ} '0' OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint above
  WHERE above.oid ${EQ} k.conparentid AND above.confrelid ${EQ} c.oid))`,
);

const CASCADES_BELOW = `CASE WHEN c.relhassubclass THEN ${cascades("tree.below", `k.conparentid ${EQ} '0'`)} END`;

/**
 * Everything whose expressions run when a row of this relation is read or written. A trigger's condition depends on the
 * functions that it calls as the trigger does on its own, which no expression can call.
 */
const EXPRESSION_OWNERS = `
  SELECT ${CLASS.pg_class}::pg_catalog.oid, c.oid
  UNION ALL SELECT ${CLASS.pg_attrdef}, f.oid FROM pg_catalog.pg_attrdef f WHERE f.adrelid ${EQ} c.oid
  UNION ALL SELECT ${CLASS.pg_constraint}, k.oid FROM pg_catalog.pg_constraint k WHERE k.conrelid ${EQ} c.oid
  UNION ALL SELECT ${CLASS.pg_class}, i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid ${EQ} c.oid
  UNION ALL SELECT ${CLASS.pg_policy}, y.oid FROM pg_catalog.pg_policy y WHERE y.polrelid ${EQ} c.oid
  UNION ALL SELECT ${CLASS.pg_trigger}, t.oid FROM pg_catalog.pg_trigger t WHERE t.tgrelid ${EQ} c.oid AND t.tgqual IS NOT NULL`;

/** The expressions themselves, as PostgreSQL keeps them (pg_node_tree). */
const EXPRESSION_TREES = `
  SELECT f.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef f WHERE f.adrelid ${EQ} c.oid
  UNION ALL SELECT k.conbin::pg_catalog.text FROM pg_catalog.pg_constraint k WHERE k.conrelid ${EQ} c.oid
  UNION ALL SELECT pg_catalog.concat(i.indexprs, i.indpred) FROM pg_catalog.pg_index i WHERE i.indrelid ${EQ} c.oid
  UNION ALL SELECT pg_catalog.concat(y.polqual, y.polwithcheck) FROM pg_catalog.pg_policy y WHERE y.polrelid ${EQ} c.oid
  UNION ALL SELECT t.tgqual::pg_catalog.text FROM pg_catalog.pg_trigger t WHERE t.tgrelid ${EQ} c.oid AND t.tgqual IS NOT NULL`;

const EXPRESSION_FUNCTIONS = `(SELECT pg_catalog.json_agg(DISTINCT ${oid("e.function")}) FROM (
    SELECT ${functionBehind("d")} AS function FROM (${EXPRESSION_OWNERS}) w(classid, objid)
    JOIN pg_catalog.pg_depend d ON d.classid ${EQ} w.classid AND d.objid ${EQ} w.objid
    UNION ALL SELECT ${SET_CONFIG}::pg_catalog.oid FROM (${EXPRESSION_TREES}) x(tree)
    WHERE ${callsSetConfig("x.tree")}) e
  WHERE (SELECT p.prorettype ${NE} ${TRIGGER_TYPE} FROM pg_catalog.pg_proc p WHERE p.oid ${EQ} e.function))`;

const SECURITY_INVOKER = `EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o
  WHERE o.option_name ${EQ} 'security_invoker'
    AND pg_catalog.lower(o.option_value) ${NE} ALL (ARRAY['false', 'fals', 'fal', 'fa', 'f', 'off', 'of', 'no', 'n', '0']))`;

const OWNED_BY = `(SELECT ${ref("d.refobjid")} FROM pg_catalog.pg_depend d
  WHERE c.relkind ${EQ} 'S' AND d.classid ${EQ} ${CLASS.pg_class} AND d.objid ${EQ} c.oid AND d.objsubid ${EQ} 0
    AND d.refclassid ${EQ} ${CLASS.pg_class} AND d.refobjsubid ${GT} 0 AND (d.deptype ${EQ} 'a' OR d.deptype ${EQ} 'i')
  LIMIT 1)`;

/**
 * pg_get_viewdef and pg_get_ruledef look for their rule by SPI with an operator `=` that has no schema (ruleutils.c,
 * query_getviewrule and query_getrulebyoid): an `=` of the agent's would run, and could slip in the rule of another view.
 * Where there is such an operator the definitions are not asked for at all.
 */
const WITHHELD = `(session.shadowed AND EXISTS (SELECT FROM pg_catalog.pg_rewrite r
  WHERE r.ev_class ${EQ} c.oid AND (r.rulename ${NE} '_RETURN' OR NOT ${SYSTEM})))`;

export const RELATIONS = `(SELECT pg_catalog.json_agg(CASE WHEN ${WITHHELD} THEN pg_catalog.to_json('shadowed_operator'::pg_catalog.text)
  ELSE pg_catalog.json_build_object(
    'oid', ${oid("c.oid")}, 'schema', ${schemaName("n")}, 'name', c.relname, 'kind', c.relkind,
    'columns', ${COLUMNS},
    'ancestors', ${refs("tree.above")}, 'descendants', ${refs("tree.below")},
    'uniqueKeys', ${UNIQUE_KEYS}, 'constraints', ${CONSTRAINTS}, 'compared', ${COMPARED}, 'checked', ${CHECKED},
    'definition', CASE WHEN (c.relkind ${EQ} 'v' OR c.relkind ${EQ} 'm') AND NOT ${SYSTEM} THEN pg_catalog.pg_get_viewdef(c.oid) END,
    'system', ${SYSTEM},
    'rules', ${RULES},
    'triggers', ${triggers(`t.tgrelid ${EQ} c.oid`)},
    'triggersBelow', CASE WHEN c.relhassubclass THEN ${triggers(`t.tgrelid ${EQ} ANY (tree.below)`)} END,
    'cascades', ${CASCADES},
    'cascadesBelow', ${CASCADES_BELOW},
    'expressionFunctionOids', ${EXPRESSION_FUNCTIONS},
    'securityInvoker', ${SECURITY_INVOKER}, 'rowSecurity', c.relrowsecurity,
    'ownedBy', ${OWNED_BY}) END)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid ${EQ} c.relnamespace
  CROSS JOIN LATERAL (SELECT ${walk("inhrelid", "inhparent")} AS above,
    CASE WHEN c.relhassubclass THEN ${walk("inhparent", "inhrelid")} ELSE ARRAY[]::pg_catalog.oid[] END AS below OFFSET 0) tree
  WHERE c.oid ${EQ} question.targets[1])`;
