// What a target's database holds beyond the names that somebody asks for: its columns, views and functions; and, where an
// admin asks for that, some values of it. Texts of SQL and what their rows mean. Every name and operator is qualified, since
// schemas of others may be on the path. Pure.

import type { Row } from "../upstream/index.ts";

export const SURVEY_LIMITS = {
  /** Of all relations. A database with more is looked at in part, and that is said. */
  COLUMNS: 50_000,
  FUNCTIONS: 1_000,
  /** Of a relation, in whatever order they lie. */
  SAMPLED_ROWS: 100,
  /** Of a value: what looks like something does so within. */
  SAMPLED_CHARACTERS: 500,
  /** In one question: an answer is held whole. */
  SAMPLED_COLUMNS: 40,
} as const satisfies Record<string, number>;

export interface StoredColumn {
  readonly schema: string;
  readonly relation: string;
  readonly kind: "table" | "view" | "copy" | "foreign";
  readonly column: string;
  /** Text, JSON, or an array of text. */
  readonly textual: boolean;
  /** The relation is a partition, or inherits from another. */
  readonly below: boolean;
  readonly readable: boolean;
}

export interface StoredFunction {
  readonly schema: string;
  readonly name: string;
  readonly isProcedure: boolean;
  /** The least arguments that a call may give. */
  readonly arguments: number;
}

const EQ = "OPERATOR(pg_catalog.=)";
const NE = "OPERATOR(pg_catalog.<>)";
const USERS = `NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_') AND n.nspname ${NE} 'information_schema'`;
/** pg_type.dat: json, jsonb. Types of others may have casts of others, which would run. */
const TEXTUAL = `(t.oid ${EQ} ANY ('{114,3802}'::pg_catalog.oid[]) OR t.typcategory ${EQ} 'S'
  OR (t.typcategory ${EQ} 'A' AND e.typcategory ${EQ} 'S')) AND t.oid OPERATOR(pg_catalog.<) '16384'`;

/** $1: how many. */
export const COLUMNS = `SELECT n.nspname, c.relname, c.relkind, a.attname, ${TEXTUAL},
    EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid ${EQ} c.oid),
    pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid ${EQ} c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid ${EQ} c.oid JOIN pg_catalog.pg_type t ON t.oid ${EQ} a.atttypid
    LEFT JOIN pg_catalog.pg_type e ON e.oid ${EQ} t.typelem
  WHERE c.relkind ${EQ} ANY ('{r,p,v,m,f}') AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped AND ${USERS}
  ORDER BY n.nspname, c.relname, a.attnum LIMIT $1::pg_catalog.int8`;

/** Of extensions and of triggers they are none that an agent's statement would call for what they read. */
export const FUNCTIONS = `SELECT n.nspname, p.proname, p.prokind, p.pronargs::pg_catalog.int4 OPERATOR(pg_catalog.-) p.pronargdefaults::pg_catalog.int4
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid ${EQ} p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid ${EQ} p.prolang
  WHERE l.lanname ${EQ} ANY ('{sql,plpgsql}') AND p.prokind ${EQ} ANY ('{f,p}') AND ${USERS}
    AND p.prorettype ${NE} ALL ('{2279,3838}'::pg_catalog.oid[])
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid ${EQ} '1255' AND d.objid ${EQ} p.oid AND d.deptype ${EQ} 'e')
  ORDER BY n.nspname, p.proname, p.oid LIMIT $1::pg_catalog.int8`;

/** $1: how many rows. */
export function sampleOf(schema: string, relation: string, columns: readonly string[]): string {
  const values = columns.map(
    (column) => `pg_catalog.left(t.${quoted(column)}::pg_catalog.text, ${SURVEY_LIMITS.SAMPLED_CHARACTERS})`,
  );
  return `SELECT ${values.join(", ")} FROM ${quoted(schema)}.${quoted(relation)} t LIMIT $1::pg_catalog.int8`;
}

const KINDS: Readonly<Record<string, StoredColumn["kind"]>> = {
  r: "table",
  p: "table",
  v: "view",
  m: "copy",
  f: "foreign",
};

export function toColumn([
  schema,
  relation,
  kind,
  column,
  textual,
  below,
  readable,
]: Row): StoredColumn | null {
  const known = KINDS[kind ?? ""];
  if (schema === null || relation === null || column === null || known === undefined) return null;
  if (schema === undefined || relation === undefined || column === undefined) return null;
  return {
    schema,
    relation,
    kind: known,
    column,
    textual: textual === "t",
    below: below === "t",
    readable: readable === "t",
  };
}

export function toFunction([schema, name, kind, count]: Row): StoredFunction | null {
  if (typeof schema !== "string" || typeof name !== "string") return null;
  return { schema, name, isProcedure: kind === "p", arguments: Number(count ?? 0) };
}

/** As an identifier in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
