// The functions that are said never to fail, called with values that are hard to take: every overload whose arguments have
// samples here, each argument in turn. Not tried: what no statement can bring a value to have (a json with \u0000, the last
// days of the calendar).

import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failsBy, TELLING_NULL, TOTAL } from "../../../core/sql/analyse/query/total.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

/** By type: the first is harmless. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  text: ["a", "", "é", "\u{1D4B3}\\", "%\\", "-1", "{", "x".repeat(3_000)],
  integer: ["1", "0", "-1", "2147483647", "-2147483648"],
  smallint: ["1", "-32768", "32767"],
  bigint: ["1", "0", "-9223372036854775808", "9223372036854775807"],
  numeric: ["1", "0", "-0.5", "NaN", "Infinity", "-Infinity", "1e1000", "1e-1000"],
  real: ["1", "NaN", "-Infinity", "3e38", "1e-37"],
  "double precision": ["1", "NaN", "Infinity", "-1e308", "1e-307"],
  boolean: ["true", "false"],
  date: ["2000-02-29", "infinity", "-infinity", "4713-01-01 BC", "290000-12-31"],
  "timestamp without time zone": [
    "2000-02-29",
    "infinity",
    "-infinity",
    "4713-01-01 BC",
    "294276-12-31 23:59:59",
  ],
  "timestamp with time zone": [
    "2000-02-29Z",
    "infinity",
    "-infinity",
    "4713-01-01 BC",
    "294276-12-31 23:59:59Z",
  ],
  interval: ["1 day", "0", "infinity", "-infinity", "-170000000 years"],
  "time without time zone": ["12:00", "24:00"],
  json: ["1", "null", "[]", "{}", '{"a":{"b":[1,null]},"a":2}'],
  jsonb: ["1", "null", '"a"', "[]", "{}", '{"a":{"b":[1,null]}}'],
  bytea: ["\\x61", "", "\\x00ff"],
  inet: ["10.0.0.1", "::1/0", "255.255.255.255/1"],
  cidr: ["10.0.0.0/8", "::/0"],
  uuid: ["00000000-0000-0000-0000-000000000000"],
  name: ["a", ""],
  character: ["a", ""],
  "text[]": ["{a}", "{}", "{NULL,a}", "{{a,b},{c,d}}", "[5:6]={a,b}"],
  int4range: ["[1,5)", "empty", "(,)"],
  bit: ["1", "0"],
};
/** What stands for the types that are any. */
const ANY: Readonly<Record<string, string>> = {
  anyelement: "text",
  anycompatible: "text",
  anynonarray: "text",
  '"any"': "text",
  anyarray: "text[]",
  anycompatiblearray: "text[]",
  anyrange: "int4range",
};
/** Where `a` is not what a text argument means. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  date_part: ["epoch"],
  extract: ["epoch"],
  date_trunc: ["year", "", "UTC"],
  encode: ["", "hex"],
  to_char: ["", "9"],
  format: ["%s"],
  regexp_replace: ["a", "a", "a", "i", "", "i"],
  regexp_count: ["a", "a", "", "i"],
  regexp_substr: ["a", "a", "", "", "i"],
  regexp_match: ["a", "a", "i"],
  regexp_split_to_array: ["a", "a", "i"],
};

let server: TestPostgres;
let client: pg.Client;
beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE FUNCTION pg_temp.failure(q text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN EXECUTE q; RETURN NULL; EXCEPTION WHEN others THEN RETURN SQLERRM; END $$`);
}, 60_000);
afterAll(async () => {
  await client.end();
  await server.stop();
});

interface Overload {
  readonly name: string;
  readonly kind: string;
  readonly variadic: boolean;
  readonly types: readonly string[];
}

async function overloads(): Promise<readonly Overload[]> {
  const { rows } = await client.query<Overload>(
    `SELECT proname AS name, prokind AS kind, provariadic <> 0 AS variadic,
       ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY AS u (t, n) ORDER BY n) AS types
     FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1) ORDER BY oid`,
    [[...TOTAL, ...TELLING_NULL.keys()]],
  );
  return rows;
}

const HYPOTHETICAL: ReadonlySet<string> = new Set(["rank", "dense_rank", "percent_rank", "cume_dist"]);

const CALLED: Parameters<typeof failsBy>[0][number] = {
  oid: 0,
  schema: "pg_catalog",
  name: "",
  arguments: "",
  kind: "function",
  volatility: "immutable",
  securityDefiner: false,
  language: "internal",
  leastArguments: 0,
  mostArguments: null,
  hasSettings: false,
  returnsSet: false,
  returnTypeOid: 25,
  outputColumns: [],
  definition: null,
  supportOids: [],
  extension: null,
};

function calls({ name, kind, types, variadic }: Overload): readonly string[] {
  const known = types.map((type) => ANY[type] ?? type);
  // Hypothetical sets order by what they are given, and that is told; `length(bytea, encoding)` is known to fail.
  if (kind === "a" && HYPOTHETICAL.has(name)) return [];
  const place = TELLING_NULL.get(name);
  if (
    failsBy([{ ...CALLED, name, leastArguments: types.length }], place === "rest" ? 1 : (place ?? 0)) ===
    "value"
  )
    return [];
  if (known.some((type) => SAMPLES[type] === undefined)) return [];
  // It tells of empty arrays, as it were of NULL.
  if (name === "array_agg" && types[0] === "anyarray") return [];
  const harmless = (type: string, at: number): string =>
    (type === "text" ? TEXTS[name]?.[at] : undefined) ?? SAMPLES[type]?.[0] ?? "";
  return known.flatMap((type, index) => {
    if (place === "rest" ? index === 0 : (place ?? index) !== index) return [];
    return (SAMPLES[type] ?? []).map((sample) => {
      const args = known.map((each, at) => {
        const spread = variadic && at === known.length - 1 && each.endsWith("[]") ? "VARIADIC " : "";
        return `${spread}${pg.escapeLiteral(at === index ? sample : harmless(each, at))}::${each}`;
      });
      // Keys and values.
      const pair = name.endsWith("build_object") && args.length === 1 ? [args[0], "'v'::text"] : args;
      return `SELECT pg_catalog.${name}(${pair.join(", ")})${kind === "w" ? " OVER ()" : ""}`;
    });
  });
}

test("every name is one of PostgreSQL's own functions", async () => {
  const found = new Set((await overloads()).map(({ name }) => name));
  expect([...TOTAL, ...TELLING_NULL.keys()].filter((name) => !found.has(name))).toEqual([]);
  expect([...TELLING_NULL.keys()].filter((name) => TOTAL.has(name))).toEqual([]);
});

test("none fails by the values that it is given", async () => {
  const all = (await overloads()).flatMap(calls);
  expect(all.length).toBeGreaterThan(500);
  const { rows } = await client.query<{ readonly q: string; readonly failure: string }>(
    "SELECT q, failure FROM unnest($1::text[]) q, LATERAL pg_temp.failure(q) AS failure WHERE failure IS NOT NULL",
    [all],
  );
  expect(rows.map(({ q, failure }) => `${q.slice(0, 120)}: ${failure}`)).toEqual([]);
});
