// The relations of a database with what privileges on them depend on: one question to the catalog, and its answer as values.
// Asked by the provisioning credential, whose right to grant is a part of the answer.

import * as v from "valibot";
import type { RelationShape, RelationSort } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";

/** `public`: everybody has it. `grantable`: the provisioning credential can give it. `none`: it cannot. */
export type Reach = "public" | "grantable" | "none";

/** Something that a view or rule of a relation reads or writes with the rights of the relation's owner. */
export interface Use {
  readonly schema: string;
  readonly name: string;
  /** null: none in particular. `*`: all of them. */
  readonly column: string | null;
}

export interface CatalogRelation {
  readonly shape: RelationShape;
  /** What the provisioning credential may grant on it, as letters of an ACL: r a w d D, of sequences r U. */
  readonly grantable: string;
  /** Written through: a table, or a view that is not a copy. */
  readonly writable: boolean;
  readonly uses: readonly Use[];
  /** It has rules for INSERT, UPDATE or DELETE. */
  readonly hasRules: boolean;
  /** Keys (keyOf) of the sequences that its defaults take values from. */
  readonly sequences: readonly string[];
}

/** A function or procedure that not everybody may call. */
export interface Routine {
  readonly schema: string;
  readonly name: string;
  /** As PostgreSQL itself spells them for GRANT (pg_get_function_identity_arguments). */
  readonly arguments: string;
}

export interface DatabaseCatalog {
  readonly database: string;
  readonly connect: Reach;
  readonly schemas: ReadonlyMap<string, Reach>;
  /** By keyOf; without PostgreSQL's own. */
  readonly relations: ReadonlyMap<string, CatalogRelation>;
  readonly routines: readonly (Routine & { readonly grantable: boolean })[];
}

/** More is another kind of database than a role with privileges of its own for each session is for. */
const MAX_RELATIONS = 20_000;

const USER_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

function reach(has: string, object: string, privilege: string): string {
  const ask = (who: string, what: string): string => `pg_catalog.${has}(${who}, ${object}, '${what}')`;
  return `CASE WHEN ${ask("'public'", privilege)} THEN 'public' WHEN ${ask("current_user", `${privilege} WITH GRANT OPTION`)} THEN 'grantable' ELSE 'none' END`;
}

function letters(has: string, privileges: Readonly<Record<string, string>>): string {
  return Object.entries(privileges)
    .map(
      ([letter, privilege]) =>
        `CASE WHEN pg_catalog.${has}(c.oid, '${privilege} WITH GRANT OPTION') THEN '${letter}' ELSE '' END`,
    )
    .join(" || ");
}

/**
 * Rows of one column: JSON objects that say which sort of fact they are. Of PostgreSQL's own relations there is no pg_depend
 * (catalog.c, IsPinnedObject): that a view shows pg_authid stands in its rule's tree alone, where names have no plain blanks. Nor does pg_depend tell of
 * whole rows, to_json(t), which take in every column (dependency.c, find_expr_references_walker).
 */
export const CATALOG_QUESTION = `
SELECT pg_catalog.json_build_object('fact', 'database', 'name', d.datname,
  'connect', ${reach("has_database_privilege", "d.oid", "CONNECT")})::text
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'schema', 'name', n.nspname,
  'usage', ${reach("has_schema_privilege", "n.oid", "USAGE")})::text
FROM pg_catalog.pg_namespace n WHERE ${USER_SCHEMA}
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'relation', 'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname,
  'kind', c.relkind, 'columns', (
    SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'),
  'grantable', CASE WHEN c.relkind = 'S' THEN ${letters("has_sequence_privilege", { r: "SELECT", U: "USAGE" })}
    ELSE ${letters("has_table_privilege", { r: "SELECT", a: "INSERT", w: "UPDATE", d: "DELETE", D: "TRUNCATE" })} END)::text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND ${USER_SCHEMA}
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'routine', 'schema', n.nspname, 'name', p.proname,
  'arguments', pg_catalog.pg_get_function_identity_arguments(p.oid),
  'grantable', pg_catalog.has_function_privilege(p.oid, 'EXECUTE WITH GRANT OPTION'))::text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND ${USER_SCHEMA}
WHERE NOT pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'inherits', 'child', i.inhrelid::int8, 'parent', i.inhparent::int8)::text
FROM pg_catalog.pg_inherits i
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'rule', 'of', r.ev_class::int8, 'writes', r.ev_type <> '1',
  'schema', un.nspname, 'name', u.relname,
  'column', CASE WHEN r.ev_action::text ~ ':varattno 0 ' THEN '*' ELSE a.attname END)::text
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${USER_SCHEMA}
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
LEFT JOIN pg_catalog.pg_class u ON u.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid <> 0
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'rule', 'of', r.ev_class::int8, 'writes', r.ev_type <> '1',
  'schema', un.nspname, 'name', u.relname, 'column', NULL)::text
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${USER_SCHEMA}
CROSS JOIN LATERAL pg_catalog.regexp_matches(r.ev_action::text, ':relid ([0-9]+)', 'g') AS m (oids)
JOIN pg_catalog.pg_class u ON u.oid = m.oids[1]::pg_catalog.oid AND u.oid < 16384
JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
UNION ALL
SELECT pg_catalog.json_build_object('fact', 'default', 'of', ad.adrelid::int8, 'schema', sn.nspname, 'name', s.relname)::text
FROM pg_catalog.pg_attrdef ad
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = ad.oid
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
JOIN pg_catalog.pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace`;

const ReachWord = v.picklist(["public", "grantable", "none"]);
const Fact = v.variant("fact", [
  v.object({ fact: v.literal("database"), name: v.string(), connect: ReachWord }),
  v.object({ fact: v.literal("schema"), name: v.string(), usage: ReachWord }),
  v.object({
    fact: v.literal("relation"),
    oid: v.number(),
    schema: v.string(),
    name: v.string(),
    kind: v.string(),
    columns: v.array(v.string()),
    grantable: v.string(),
  }),
  v.object({
    fact: v.literal("routine"),
    schema: v.string(),
    name: v.string(),
    arguments: v.string(),
    grantable: v.boolean(),
  }),
  v.object({ fact: v.literal("inherits"), child: v.number(), parent: v.number() }),
  v.object({
    fact: v.literal("rule"),
    of: v.number(),
    writes: v.boolean(),
    schema: v.nullable(v.string()),
    name: v.nullable(v.string()),
    column: v.nullable(v.string()),
  }),
  v.object({ fact: v.literal("default"), of: v.number(), schema: v.string(), name: v.string() }),
]);
type Fact = v.InferOutput<typeof Fact>;
type Of<F extends Fact["fact"]> = Extract<Fact, { fact: F }>;

/** The error says what is wrong, for the admin. */
export function readCatalog(rows: readonly (readonly (string | null)[])[]): Result<DatabaseCatalog, string> {
  const facts: Fact[] = [];
  for (const [text] of rows) {
    const fact = v.safeParse(Fact, parseJson(text ?? ""));
    if (!fact.success) return err("the catalog's answer cannot be read");
    facts.push(fact.output);
  }
  const all = <F extends Fact["fact"]>(kind: F): Of<F>[] =>
    facts.filter((fact): fact is Of<F> => fact.fact === kind);
  const [database] = all("database");
  const relations = all("relation");
  if (database === undefined) return err("the catalog's answer cannot be read");
  if (relations.length > MAX_RELATIONS) return err(`the database has more than ${MAX_RELATIONS} relations`);

  const names = new Map(relations.map(({ oid, schema, name }) => [oid, qualified(schema, name)]));
  const inherits = all("inherits");
  const above = closure(inherits.map(({ child, parent }) => [child, parent]));
  const below = closure(inherits.map(({ child, parent }) => [parent, child]));
  const rules = groupBy(all("rule"), ({ of }) => of);
  const defaults = groupBy(all("default"), ({ of }) => of);
  const named = (oids: ReadonlySet<number>): string[] =>
    [...oids].flatMap((oid) => names.get(oid) ?? []).toSorted();
  const described = relations.map(({ oid, schema, name, kind, columns, grantable }): CatalogRelation => ({
    shape: {
      schema,
      name,
      sort: SORTS[kind] ?? "table",
      columns,
      ancestors: named(above(oid)),
      descendants: named(below(oid)),
    },
    grantable,
    writable: kind !== "m",
    uses: (rules.get(oid) ?? []).flatMap(({ schema, name, column }) =>
      schema === null || name === null ? [] : [{ schema, name, column }],
    ),
    hasRules: (rules.get(oid) ?? []).some(({ writes }) => writes),
    sequences: (defaults.get(oid) ?? []).map(keyOf),
  }));
  return ok({
    database: database.name,
    connect: database.connect,
    schemas: new Map(all("schema").map(({ name, usage }) => [name, usage])),
    relations: new Map(described.map((relation) => [keyOf(relation.shape), relation])),
    routines: all("routine"),
  });
}

const SORTS: Readonly<Record<string, RelationSort>> = { v: "view", m: "view", S: "sequence" };

/** Two different relations may be spelled alike where names hold dots: for look-ups a zero byte parts them. */
export function keyOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}\0${name}`;
}

/** As facts spell names. */
function qualified(schema: string, name: string): string {
  return `${schema}.${name}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function groupBy<T>(items: readonly T[], key: (item: T) => number): ReadonlyMap<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Everything that can be come to from a node, itself left out. */
function closure(edges: readonly (readonly [number, number])[]): (from: number) => ReadonlySet<number> {
  const next = groupBy(edges, ([from]) => from);
  return (from) => {
    const found = new Set<number>();
    const queue = [from];
    for (let node = queue.pop(); node !== undefined; node = queue.pop())
      for (const [, to] of next.get(node) ?? [])
        if (!found.has(to) && to !== from) {
          found.add(to);
          queue.push(to);
        }
    return found;
  };
}
