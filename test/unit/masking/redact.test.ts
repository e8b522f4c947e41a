// Literals leave a text, its shape stays: the redacted text parses to the same tree but for the constants. Where each literal
// of the lexer stands is held against PostgreSQL's own grammar.

import { redactSql } from "#core/masking";
import type { LiteralPlace } from "#core/sql";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testGrammar } from "../../support/grammar.ts";
import { spell, utf8 } from "./values.ts";

const grammar = testGrammar();
const all = (): boolean => true;

function redactAll(sql: string): string {
  return spell(redactSql(utf8(sql), null, all).text) ?? "";
}

function at(...offsets: readonly number[]): readonly LiteralPlace[] {
  return offsets.map((offsetBytes) => ({ offsetBytes, columns: [] }));
}

/** The tree without what a literal is and where things stand. */
function shape(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(shape);
  if (typeof tree !== "object" || tree === null) return null;
  const entries = Object.entries(tree).filter(([key]) => !/location|_len$|offset/i.test(key));
  const node = Object.fromEntries(entries);
  if ("A_Const" in node) return "constant";
  if ("Integer" in node || "Float" in node || "String" in node || "Boolean" in node) return "value";
  return Object.fromEntries(
    entries.filter(([, value]) => typeof value === "object").map(([key, value]) => [key, shape(value)]),
  );
}

function shapeOf(sql: string): unknown {
  const parsed = grammar.parse(sql);
  return parsed.ok ? parsed.value.map(({ node }) => shape(node)) : null;
}

describe("all literals", () => {
  test.each([
    ["SELECT 'a', 1, 2.5, E'\\'b', $1", "SELECT '[redacted]', 1, 1.0, E'[redacted]', $1"],
    [
      "SELECT 'it''s' , N'x', B'01', X'1F', U&'d\\0061t', $$a$$, $t$a $$ b$t$",
      "SELECT '[redacted]' , N'[redacted]', B'0', X'0', U&'', '[redacted]', '[redacted]'",
    ],
    ["SELECT U&'d!0061t' UESCAPE '!' AS \"a'b\"", "SELECT U&'' UESCAPE '!' AS \"a'b\""],
    ["SELECT 'a'\n  -- why\n  'b', 'c'", "SELECT '[redacted]', '[redacted]'"],
    ["SELECT 1 -- the number 5\n, /* /* 6 */ 'x' */ 2", "SELECT 1 /* [redacted] */\n, /* [redacted] */ 1"],
    [
      "SELECT a1, x$2, 0x1F, 1_000, 1e5, .5, 99999999999 FROM t1",
      "SELECT a1, x$2, 1, 1, 1.0, 1.0, 1.0 FROM t1",
    ],
    ["SELECT arr[1:2], 1..5", "SELECT arr[1:1], 1..1"],
  ])("%s", (sql, shown) => {
    expect(redactAll(sql)).toBe(shown);
  });
  test.each([
    "SELECT 'open",
    "SELECT $$open",
    "SELECT /* open",
    'SELECT "open',
    "SELECT E'a\\'",
    "SELECT U&'x",
  ])("a text that does not end shows nothing: %s", (sql) => {
    expect(redactSql(utf8(sql), null, all)).toMatchObject({ text: utf8("[redacted]"), extent: "whole" });
  });
});

describe("literals at places", () => {
  const sql = "SELECT * FROM people WHERE ssn = '123-45-6789' AND age > -5 AND ok = true AND x = 'y'";
  const place = (text: string): number => sql.indexOf(text);
  test("only those go", () => {
    const { text, redactions, extent } = redactSql(
      utf8(sql),
      at(place("'123"), place("-5"), place("true")),
      all,
    );
    expect(spell(text)).toBe(
      "SELECT * FROM people WHERE ssn = '[redacted]' AND age > -1 AND ok = NULL AND x = 'y'",
    );
    expect([redactions, extent]).toEqual([3, "places"]);
  });
  test("those that meet nothing hidden stay", () => {
    const places = [
      { offsetBytes: place("'123"), columns: [] },
      { offsetBytes: place("'y'"), columns: [] },
    ];
    const { text } = redactSql(utf8(sql), places, ({ offsetBytes }) => offsetBytes === place("'y'"));
    expect(spell(text)).toBe(sql.replace("'y'", "'[redacted]'"));
    expect(redactSql(utf8(sql), places, () => false)).toMatchObject({ redactions: 0, extent: "none" });
  });
  test("bytes are counted, not characters", () => {
    const text = "SELECT 'ü', 'ö'";
    expect(spell(redactSql(utf8(text), at(13), all).text)).toBe("SELECT 'ü', '[redacted]'");
  });
  test("a place where no literal stands takes all of them", () => {
    const { text, extent } = redactSql(utf8(sql), at(3), all);
    expect([spell(text), extent]).toEqual([
      "SELECT * FROM people WHERE ssn = '[redacted]' AND age > -1 AND ok = true AND x = '[redacted]'",
      "all",
    ]);
  });
});

describe("statements of every kind keep their shape", () => {
  test.each([
    "INSERT INTO t (a, b) VALUES ('x', 1), (E'\\x41', 2.5) ON CONFLICT DO NOTHING",
    "UPDATE t SET a = 'x', b = b + 1 WHERE c BETWEEN 1 AND 2 AND d LIKE 'a%' ESCAPE '!'",
    "SELECT date '2020-01-01', interval '1 day', timestamp(3) '2020-01-01', float(10) '1', '5'::int, cast('1' AS numeric(10,2))",
    "SELECT extract('year' FROM x), x AT TIME ZONE 'UTC', overlay('abc' PLACING 'x' FROM 2 FOR 1)",
    "CREATE TABLE t (a varchar(10) DEFAULT 'x', b numeric(10,2) CHECK (b > 0), c bit(3))",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
    "DO $x$ BEGIN RAISE NOTICE 'x'; END $x$",
    "COPY t FROM STDIN WITH (FORMAT csv, DELIMITER ';', NULL 'x')",
    "SET search_path TO 'a', b; SET x.y = 5; SET TIME ZONE INTERVAL '1' HOUR TO MINUTE",
    "ALTER ROLE x PASSWORD 'secret' VALID UNTIL '2030-01-01' CONNECTION LIMIT 5",
    "SELECT * FROM json_table('{}', '$.a' COLUMNS (x int PATH '$.x' DEFAULT '1' ON EMPTY)) j",
    "CREATE TABLE p PARTITION OF q FOR VALUES WITH (MODULUS 4, REMAINDER 1)",
    "CREATE TABLE p PARTITION OF q FOR VALUES FROM ('a', 1) TO ('b', 2)",
    "SELECT a FROM t ORDER BY 1 LIMIT 10 OFFSET 5 FETCH FIRST 3 ROWS ONLY".replace(" LIMIT 10", ""),
    "SELECT x FROM t TABLESAMPLE bernoulli (5) REPEATABLE (1)",
    "CREATE SEQUENCE s INCREMENT BY -1 MINVALUE -9223372036854775808 START 5",
    "PREPARE p AS SELECT $1, 'x'; EXECUTE p(5, 'y')",
    "COMMENT ON TABLE t IS 'secret'; NOTIFY c, 'payload'; LISTEN c",
    "SELECT U&'\\0041' UESCAPE '\\', U&\"a\\0062\" UESCAPE '!', 'a' 'b'".replace(", 'a' 'b'", ""),
    "VACUUM (PARALLEL 2) t; CREATE INDEX i ON t (a) WITH (fillfactor = 70) WHERE b = 'x'",
    "SECURITY LABEL FOR 'x' ON TABLE t IS 'y'; EXPLAIN (COSTS off, FORMAT 'json') SELECT 1",
    "MERGE INTO t USING s ON t.a = 'x' WHEN MATCHED THEN UPDATE SET b = 'y' WHEN NOT MATCHED THEN INSERT VALUES ('z', 1)",
    "ALTER TYPE mood ADD VALUE 'new' AFTER 'old'; CREATE TYPE m AS ENUM ('a', 'b')",
    "CREATE OPERATOR CLASS c FOR TYPE int4 USING btree AS OPERATOR 1 <, FUNCTION 1 f(int4, int4)",
    "SELECT xmlelement(name a, xmlattributes('x' AS b), 'c'), xmlparse(document '<a/>')",
    "FETCH 5 FROM c; MOVE BACKWARD 2 IN c; ROLLBACK PREPARED 'x'; LOAD 'lib'",
  ])("%s", (sql) => {
    const before = shapeOf(sql);
    expect(before).not.toBe(null);
    expect(shapeOf(redactAll(sql))).toEqual(before);
  });
});

/** Literals in every spelling, with what a lexer may stumble over inside and around them. */
const inner = fc.string({ unit: fc.constantFrom(...Array.from("ab'\"\\$-/*;\n\té {}0é")), maxLength: 12 });
const literal = fc.oneof(
  inner.map((text) => `'${text.replaceAll("'", "''")}'`),
  inner.map((text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
  inner.map((text) => `e'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`),
  inner.map((text) => `U&'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`),
  inner.map((text) => `$tag$${text.replaceAll("$", "")}$tag$`),
  inner.map((text) => `$$${text.replaceAll("$", "")}$$`),
  inner.map((text) => `'x'\n'${text.replaceAll("'", "''")}'`),
  inner.map((text) => `'x' -- '\n '${text.replaceAll("'", "''")}'`),
  fc.constantFrom(
    "1",
    "0x1f",
    "1_000",
    "1.5",
    ".5",
    "5.",
    "1e10",
    "1E-5",
    "0b101",
    "0o17",
    "99999999999",
    "B'01'",
    "x'1F'",
    "n'a'",
    "$1",
    "true",
    "null",
  ),
);
const between = fc.constantFrom(" ", "\n", "\t", "/* ' */", "/* /* $$ */ */", "-- '\n", ' -- "\r\n', "");
const name = fc.constantFrom("a", '"a"', '"a\'b"', '"a""b"', "e", "b1", "x$1", "_é", "u", 'U&"a"', "type");
const expression = fc.oneof(
  literal,
  name,
  fc
    .tuple(literal, between, fc.constantFrom("+", "||", "-", "@>", "=", "->>"), between, literal)
    .map((parts) => ` ${parts.join(" ")}`),
);

test("any text that parses keeps its shape, and none of its strings", () => {
  let parsed = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(expression, between), { minLength: 1, maxLength: 6 }), (columns) => {
      const sql = `SELECT ${columns.map(([column, blank]) => column + blank).join(",")}\n FROM t`;
      const before = shapeOf(sql);
      const { text } = redactSql(utf8(sql), null, all);
      if (before === null) return;
      parsed++;
      expect(shapeOf(spell(text) ?? "")).toEqual(before);
    }),
    { numRuns: 4000 },
  );
  expect(parsed).toBeGreaterThan(2000);
}, 60_000);

/** Constants of a tree and where they stand. */
function constants(tree: unknown, into: number[] = []): readonly number[] {
  if (Array.isArray(tree)) for (const item of tree) constants(item, into);
  else if (typeof tree === "object" && tree !== null) {
    const { A_Const: constant, ...rest } = tree as Readonly<Record<string, unknown>>;
    const own = constant as
      | { readonly location?: number; readonly isnull?: boolean; readonly boolval?: unknown }
      | undefined;
    if (own?.location !== undefined) into.push(own.location);
    for (const value of Object.values(rest)) constants(value, into);
  }
  return into;
}

test("each constant that the parser places is found where it stands", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(expression, between), { minLength: 1, maxLength: 6 }), (columns) => {
      const sql = `SELECT ${columns.map(([column, blank]) => column + blank).join(",")}\n FROM t`;
      const tree = grammar.parse(sql);
      if (!tree.ok) return;
      const [statement] = tree.value;
      const found = constants(statement?.node);
      if (found.length === 0) return;
      expect(redactSql(utf8(sql), at(...found), all).extent).toBe("places");
    }),
    { numRuns: 4000 },
  );
}, 60_000);

test("any bytes end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(redactSql(bytes, null, all).text.length).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 5000 },
  );
});

test.each(["'", "'' ", "$a", "$a$b", "/*", "--\n'", "'a'\n", "1_", "E'\\"])(
  "a megabyte of %j costs no more than its bytes",
  (unit) => {
    const sql = utf8(unit.repeat(Math.ceil(1_000_000 / unit.length)));
    const started = performance.now();
    redactSql(sql, null, all);
    expect(performance.now() - started).toBeLessThan(3000);
  },
);
