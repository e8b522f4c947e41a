// Whether a WHERE leaves rows out, as far as its text can show it: by a table of conditions for each of the three answers.

import { boundedness } from "../../../core/sql/analyse/bounded/index.ts";
import type { Boundedness, ColumnInfo, RelationInfo, Via } from "#core/sql";
import { describe, expect, test } from "vitest";
import { catalogOf } from "../../support/catalog.ts";
import { testGrammar } from "../../support/grammar.ts";

const grammar = testGrammar();
const catalog = catalogOf({
  "public.t": [
    "id int4",
    "n int4",
    "name text",
    "active bool",
    "tenant int8",
    "created timestamptz",
    "price numeric",
    "body jsonb",
    "key uuid",
  ],
});

function table(change: Partial<RelationInfo> = {}): RelationInfo {
  const found = catalog.relation({ schema: "public", name: "t" });
  if (found === null || found === undefined) throw new Error("no table t");
  return { ...found, ...change };
}

function changed(column: ColumnInfo, change: Partial<ColumnInfo>): ColumnInfo {
  return { ...column, ...change };
}

function judge(statement: string, target = table(), via: readonly Via[] = []): Boundedness {
  const parsed = grammar.parse(statement);
  if (!parsed.ok) throw new Error(`${statement}: ${parsed.error.message}`);
  const node = parsed.value[0]?.node;
  if (node !== undefined && "DeleteStmt" in node) {
    const { relation, whereClause: where, usingClause: from = [] } = node.DeleteStmt;
    const aliases = [relation?.alias?.aliasname ?? relation?.relname ?? ""];
    return boundedness({ where, target, aliases, from, via });
  }
  if (node === undefined || !("UpdateStmt" in node)) throw new Error(`no write: ${statement}`);
  const { relation, whereClause: where, fromClause: from = [] } = node.UpdateStmt;
  const aliases = [relation?.alias?.aliasname ?? relation?.relname ?? ""];
  return boundedness({ where, target, aliases, from, via });
}

const BOUNDED = [
  "id = 1",
  "1 = id",
  "t.id = 1",
  "public.t.id = 1",
  "(id) = (1)",
  "((id = 1))",
  '"id" = 1',
  "ID = 1",
  "id = -1",
  "id = +1",
  "id = 1 + 1",
  "id = 2 * 3 - 1",
  "id = '1'",
  "id = '1'::int",
  "id = CAST('1' AS integer)",
  "id::text = '1'",
  "id::bigint = 1",
  "id = $1",
  "id = $1::int",
  "id = $1 + 1",
  "id OPERATOR(pg_catalog.=) 1",
  "name = 'x'",
  "name = 'a' || 'b'",
  "name = lower('X')",
  "name = pg_catalog.upper($1)",
  "name = current_user",
  "name = E'\\x41'",
  "name = $$x$$",
  "key = '6f1c1c8e-0000-4000-8000-000000000000'",
  "key::text = '6f1c1c8e-0000-4000-8000-000000000000'",
  "created = now()",
  "created = now() - interval '1 day'",
  "created = current_timestamp",
  "created = date_trunc('day', now())",
  "price = 9.99",
  "tenant = 5 AND active",
  "active AND tenant = 5",
  "id = 1 AND name LIKE '%'",
  "id = 1 AND true",
  "id = 1 AND 1 = 1",
  "id = 1 AND (active OR true)",
  "id = 1 AND EXISTS (SELECT 1)",
  "id = 1 AND $1",
  "id = 1 AND id = id",
  "id = 1 AND id IN (SELECT id FROM t)",
  "n > 5 AND (id = 1 OR id = 2)",
  "id = 1 OR id = 2",
  "id = 1 OR name = 'x'",
  "id = 1 OR (id = 2 AND active)",
  "id = 1 OR false",
  "false OR id = 1",
  "id IN (1)",
  "id IN (1, 2, 3)",
  "id IN ($1, $2)",
  "id IN (1, 1 + 1, '3'::int)",
  "id = ANY (ARRAY[1, 2])",
  "id = ANY ('{1,2}')",
  "id = ANY ('{1,2}'::int[])",
  "id = ANY ($1)",
  "id = ANY ($1::int[])",
  "id = SOME ($1)",
  "id = ALL (ARRAY[1])",
  "id IS NOT DISTINCT FROM 1",
  "1 IS NOT DISTINCT FROM id",
  "NOT (id IS DISTINCT FROM 1)",
  "id BETWEEN 1 AND 1",
  "id BETWEEN SYMMETRIC $1 AND $1",
  "NOT id <> 1",
  "NOT (id != 1)",
  "NOT NOT id = 1",
  "NOT (id <> 1 OR active)",
  "NOT (id NOT IN (1, 2))",
  "NOT (id <> ALL (ARRAY[1, 2]))",
  "(id = 1) = true",
  "(id = 1) IS TRUE",
  "(id <> 1) = false",
  "(id <> 1) IS FALSE",
  "(id = 1) <> false",
  "(id = 1)::boolean",
  "(id, n) = (1, 2)",
  "ROW(id, active) = ROW(1, true)",
  "(id, n) IN ((1, 2), (3, 4))",
  "(id, n) IN (VALUES (1, 2), (3, 4))",
  "id IN (VALUES (1), (2))",
  "id = (SELECT 1)",
  "id IN (SELECT 1)",
  "id = coalesce($1, 0)",
  "id = greatest(1, $1)",
  "CURRENT OF c",
  "false",
  "NOT true",
  "1 = 0",
  "1 > 2",
  "'a' = 'b'",
  "NULL",
  "NULL::boolean",
  "'f'::boolean",
  "0::bool",
  "false AND active",
  "id = id AND false",
  "NULL IS NOT NULL",
  "1 IS NULL",
];

const BY_EFFECT = [
  "id > 1",
  "id <> 1",
  "id >= 0",
  "id > id - 1",
  "n = id",
  "active",
  "NOT active",
  "active = true",
  "active IS TRUE",
  "active IS NOT FALSE",
  "id IS NULL",
  "id IS NOT NULL",
  "id = NULL",
  "NULL = id",
  "id IS NOT DISTINCT FROM NULL",
  "id IS NOT DISTINCT FROM $1",
  "name LIKE 'a%'",
  "name LIKE '%a%'",
  "name ~ 'a'",
  "name ILIKE 'x'",
  "lower(name) = 'x'",
  "name || 'x' = 'yx'",
  "body ->> 'k' = 'v'",
  "(id % 2) = 0",
  "id % 1 = 0",
  "id::boolean = true",
  "id::bool",
  "created::date = '2024-01-01'",
  "name::varchar(1) = 'a'",
  "name::char = 'a'",
  "price::int = 0",
  "name COLLATE \"loose\" = 'a'",
  "name = 'a' COLLATE \"loose\"",
  "id OPERATOR(evil.=) 1",
  "id = random()",
  "id = my_function()",
  "id = evil.lower('x')",
  "id = (SELECT max(id) FROM other)",
  "id IN (SELECT id FROM other)",
  "id IN (SELECT o.id FROM other o WHERE o.x = 1)",
  "id IN (SELECT unnest($1::int[]))",
  "id IN (SELECT generate_series(1, 1000000))",
  "id IN (SELECT id FROM t WHERE active)",
  "id IN (SELECT id FROM t LIMIT 10)",
  "id IN (SELECT id FROM t ORDER BY id LIMIT 10)",
  "id = ANY (ARRAY(SELECT id FROM t))",
  "id = ANY (SELECT n FROM t)",
  "id IN (SELECT id FROM elsewhere.t)",
  "EXISTS (SELECT 1 FROM other o WHERE o.t_id = t.id)",
  "NOT EXISTS (SELECT 1 FROM other o WHERE o.t_id = t.id)",
  "EXISTS (SELECT 1 FROM other WHERE other.name = name)",
  "EXISTS (SELECT id)  AND active",
  "id NOT IN (1, 2)",
  "id <> ALL (ARRAY[1, 2])",
  "id = ALL ($1)",
  "id = ALL ('{}')",
  "id <> ANY (ARRAY[1, 2])",
  "id > ANY (ARRAY[1, 2])",
  "id BETWEEN 1 AND 100",
  "id BETWEEN $1 AND $2",
  "created BETWEEN '2024-01-01'::date AND '2024-01-01'",
  "id NOT BETWEEN 1 AND 1",
  "id = 1 OR active",
  "id = 1 OR n > 5",
  "id = 1 OR $1",
  "$1 IS NULL OR id = $1",
  "id = 1 OR length('abc') = 3",
  "id = 1 OR id > 1",
  "NOT (id = 1)",
  "NOT (id = 1 AND active)",
  "(id = 1) IS NOT TRUE",
  "(id = 1) IS UNKNOWN",
  "(id = 1) = false",
  "(id = 1) = active",
  "CASE WHEN active THEN true ELSE false END",
  "CASE id WHEN 1 THEN true ELSE true END",
  "coalesce(active, true)",
  "coalesce(id = 1, true)",
  "coalesce(id, 1) = 1",
  "nullif(id, 1) IS NULL",
  "5 IN (id, 6)",
  "id IN (1, n)",
  "tableoid = 't'::regclass",
  "ctid = '(0,1)'",
  "xmin = '5'",
  "t = ROW(1)",
  "t IS NOT NULL",
  "(id, n) > (1, 2)",
  "(id, n) = (n, id)",
  "other.id = 1",
  "id = unknown_name",
  "id - n = 0",
  "id < n OR id > n",
];

const UNBOUNDED = [
  "true",
  "TRUE",
  "NOT false",
  "NOT NOT true",
  "'t'",
  "'t'::bool",
  "'yes'::boolean",
  "1::boolean",
  "CAST(1 AS boolean)",
  "bool 'true'",
  "1 = 1",
  "1 <> 2",
  "2 > 1",
  "1 <= 1",
  "1.0 = 1",
  "'a' = 'a'",
  "'a' <> 'b'",
  "1 IS NOT NULL",
  "NULL IS NULL",
  "NULL = NULL",
  "'a' LIKE 'a'",
  "'a' < 'b'",
  "length('abc') = 3",
  "now() > '2000-01-01'",
  "random() >= 0",
  "$1",
  "$1 = $1",
  "$1 = 1",
  "$1 IS NULL",
  "current_user = current_user",
  "pg_sleep(0) IS NOT NULL",
  "id = id",
  "t.id = id",
  "t.id = public.t.id",
  "id = id::int",
  "id::text = id::text",
  "(id) = ((id))",
  "id + 0 = id",
  "id = 0 + id",
  "id * 1 = id",
  "id / 1 = id - 0",
  "id - id = 0",
  "id * 0 = 0",
  "+id = id",
  "name || '' = name",
  "lower(name) = lower(name)",
  "coalesce(id, id) = id",
  "coalesce(id, 0) = coalesce(id, 0)",
  "greatest(id, id) = id",
  "id IS NOT DISTINCT FROM id",
  "NOT (id IS DISTINCT FROM id)",
  "NOT (id <> id)",
  "id >= id",
  "id <= id",
  "NOT (id < id)",
  "id BETWEEN id AND id",
  "name LIKE '%'",
  "name LIKE '%%'",
  "name ILIKE '%'",
  "name LIKE name",
  "name ~ ''",
  "name ~ '.*'",
  "name ~ '^.*$'",
  "id IN (id)",
  "id IN (1, id)",
  "id = ANY (ARRAY[1, id])",
  "id = ALL (ARRAY[]::int[] || ARRAY[id]) OR true",
  "(id, n) = (id, n)",
  "ROW(id) = ROW(id)",
  "id = 1 OR true",
  "true OR id = 1",
  "id = 1 OR 1 = 1",
  "id = 1 OR id = id",
  "id = 1 OR (active OR NOT false)",
  "id = 1 OR id <> 1",
  "id = 1 OR 1 <> id",
  "id < 5 OR id >= 5",
  "id < 5 OR 5 <= id",
  "id IS NULL OR id IS NOT NULL",
  "active OR NOT active",
  "NOT (active AND NOT active)",
  "active IS TRUE OR active IS NOT TRUE",
  "id IN (1, 2) OR id NOT IN (1, 2)",
  "name LIKE 'a%' OR name NOT LIKE 'a%'",
  "id BETWEEN 1 AND 5 OR id NOT BETWEEN 1 AND 5",
  "id IS DISTINCT FROM 1 OR id IS NOT DISTINCT FROM 1",
  "id = ANY ($1) OR id <> ALL ($1)",
  "(id = id) = true",
  "(id = id) IS TRUE",
  "(id = id) IS NOT FALSE",
  "(1 = 0) IS NOT TRUE",
  "NULL IS NOT TRUE",
  "(id <> id) = false",
  "id IN (SELECT id FROM t)",
  "id IN (SELECT t2.id FROM t t2)",
  "id = ANY (SELECT id FROM public.t)",
  "id IN (SELECT id FROM t WHERE true)",
  "id IN (SELECT t.id)",
  "id = (SELECT t.id)",
  "EXISTS (SELECT 1)",
  "EXISTS (SELECT t.id)",
  "EXISTS (SELECT 1 FROM other)",
  "EXISTS (SELECT 1 FROM other o WHERE o.x = 1)",
  "EXISTS (SELECT 1 FROM t t2 WHERE t2.id = t.id)",
  "NOT EXISTS (SELECT 1 WHERE false)",
  "NOT EXISTS (SELECT 1 FROM other)",
  "NOT EXISTS (SELECT generate_series(1, 0))",
  "(SELECT true)",
  "(SELECT count(*) FROM other) >= 0",
  "1 IN (SELECT 1)",
  "1 IN (1, 2)",
  "CASE WHEN active THEN true ELSE true END",
  "coalesce(true, active)",
  "coalesce(id = id, false)",
  "true AND true",
  "id = id AND n = n",
  "NOT (false OR false)",
];

describe("shown to touch a part of the rows", () => {
  test.each(BOUNDED)("%s", (condition) => {
    expect(judge(`DELETE FROM t WHERE ${condition}`)).toBe("bounded");
    expect(judge(`UPDATE t SET n = 0 WHERE ${condition}`)).toBe("bounded");
  });
});

describe("left to the data", () => {
  test.each(BY_EFFECT)("%s", (condition) => {
    expect(judge(`DELETE FROM t WHERE ${condition}`)).toBe("by_effect");
  });
});

describe("true whatever the row", () => {
  test.each(UNBOUNDED)("%s", (condition) => {
    expect(judge(`DELETE FROM t WHERE ${condition}`)).toBe("unbounded");
    expect(judge(`UPDATE t SET n = 0 WHERE ${condition}`)).toBe("unbounded");
  });

  test("no WHERE", () => {
    expect(judge("DELETE FROM t")).toBe("unbounded");
    expect(judge("UPDATE t SET n = 0")).toBe("unbounded");
  });
});

describe("the target among others", () => {
  const cases: readonly (readonly [string, Boundedness])[] = [
    ["DELETE FROM t USING u WHERE t.id = u.id", "by_effect"],
    ["DELETE FROM t USING u WHERE t.id = 1", "bounded"],
    ["DELETE FROM t USING u WHERE id = 1", "by_effect"],
    ["DELETE FROM t USING u WHERE u.id = 1", "by_effect"],
    ["DELETE FROM t USING u WHERE t.id = u.id AND u.id = 1", "by_effect"],
    ["DELETE FROM t USING u WHERE t.id = u.id AND t.id = 1", "bounded"],
    ["DELETE FROM t USING u WHERE true", "unbounded"],
    ["DELETE FROM t USING u WHERE t.id = t.id", "unbounded"],
    ["DELETE FROM t AS x WHERE x.id = 1", "bounded"],
    ["DELETE FROM t AS x WHERE id = 1", "bounded"],
    ["DELETE FROM t AS x WHERE t.id = 1", "by_effect"],
    ["DELETE FROM t AS x USING t WHERE t.id = 1", "by_effect"],
    ["DELETE FROM t AS x USING t WHERE x.id = 1", "bounded"],
    ["DELETE FROM t AS x USING t WHERE public.t.id = 1", "by_effect"],
    ["DELETE FROM t AS x USING t WHERE x.id = t.id", "by_effect"],
    ["UPDATE t SET n = 0 FROM u WHERE t.id = u.id", "by_effect"],
    ["UPDATE t SET n = 0 FROM (VALUES (1)) AS v(id) WHERE t.id = v.id", "by_effect"],
    ["UPDATE t SET n = 0 FROM u JOIN w ON u.a = w.a WHERE t.key = $1", "bounded"],
    ["UPDATE t AS x SET n = 0 FROM (SELECT 1) AS y WHERE y.id = 1", "by_effect"],
    ["WITH gone AS (SELECT id FROM u) DELETE FROM t WHERE id IN (SELECT id FROM gone)", "by_effect"],
  ];
  test.each(cases)("%s", (statement, expected) => {
    expect(judge(statement)).toBe(expected);
  });
});

describe("what makes an equality prove less", () => {
  test("a view's column may be a constant", () => {
    expect(judge("DELETE FROM t WHERE id = 1", table({ kind: "view" }))).toBe("by_effect");
  });

  test("a generated column may be a constant", () => {
    const { columns } = table();
    const generated = columns.map((column) => changed(column, { generated: column.name === "n" }));
    expect(judge("DELETE FROM t WHERE n = 1", table({ columns: generated }))).toBe("by_effect");
    expect(judge("DELETE FROM t WHERE id = 1", table({ columns: generated }))).toBe("bounded");
  });

  test("a partition may hold one value only, unless the column is unique", () => {
    const parent = { oid: 1, schema: "public", name: "all_t", kind: "partitioned_table" } as const;
    expect(judge("DELETE FROM t WHERE tenant = 1", table({ ancestors: [parent] }))).toBe("by_effect");
    expect(judge("DELETE FROM t WHERE id = 1", table({ ancestors: [parent] }))).toBe("bounded");
  });

  test("a type of the user's may take anything for equal, unless the column is unique", () => {
    const { columns } = table();
    const typed = columns.map((column) => changed(column, { typeOid: 20_000 }));
    expect(judge("DELETE FROM t WHERE name = 'x'", table({ columns: typed }))).toBe("by_effect");
    expect(judge("DELETE FROM t WHERE id = 'x'", table({ columns: typed }))).toBe("bounded");
  });

  test.each([600, 601, 602, 603, 604, 628, 718])("geometry of type %i is equal by size", (typeOid) => {
    const columns = table().columns.map((column) => changed(column, { typeOid }));
    expect(judge("DELETE FROM t WHERE id = '0'", table({ columns }))).toBe("by_effect");
  });

  test("a function, trigger or rule may run it for many rows, each time with another parameter", () => {
    for (const kind of ["function", "trigger", "rule"] as const) {
      const via = [{ kind, name: "public.f" }];
      expect(judge("DELETE FROM t WHERE t.id = $1", table(), via)).toBe("by_effect");
      expect(judge("DELETE FROM t WHERE CURRENT OF c", table(), via)).toBe("by_effect");
      expect(judge("DELETE FROM t WHERE t.id = 1", table(), via)).toBe("bounded");
    }
  });

  test("in a function an unqualified name may be a variable", () => {
    const via = [{ kind: "function", name: "public.f" }] as const;
    expect(judge("DELETE FROM t WHERE id = 1", table(), via)).toBe("by_effect");
  });

  test("EXECUTE gives a prepared statement one set of parameters", () => {
    const via = [{ kind: "prepared", name: "p" }] as const;
    expect(judge("DELETE FROM t WHERE id = $1", table(), via)).toBe("bounded");
  });
});

describe("size", () => {
  test("ten thousand listed values are judged at once", () => {
    const list = Array.from({ length: 10_000 }, (_, index) => String(index)).join(", ");
    expect(judge(`DELETE FROM t WHERE id IN (${list})`)).toBe("bounded");
    const arms = Array.from({ length: 2_000 }, (_, index) => `id = ${index}`).join(" OR ");
    expect(judge(`DELETE FROM t WHERE ${arms}`)).toBe("bounded");
  });
});
