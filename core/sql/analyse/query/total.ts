// Which of PostgreSQL's own functions and operators give a value whatever they are given. What may fail tells of its
// arguments by failing: `1 / (ssn = '…')::int` is a question that an error answers. By name: overloads are alike. A name that
// is not here may fail; test/unit/sql/total-postgres.test.ts tries those that are, on values that are hard to take.
//
// That a result could grow past a gigabyte is not minded: it tells of lengths, at the price of a gigabyte a question.

import type { FunctionInfo, OperatorInfo } from "../../catalog/catalog.ts";
import { PLAIN_EXTENSIONS } from "../plain-extensions.ts";

const words = (lines: readonly string[]): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => line.split(" ")));

export const TOTAL: ReadonlySet<string> = words([
  // Text.
  "upper lower initcap length char_length character_length octet_length bit_length reverse concat concat_ws",
  "btrim ltrim rtrim replace translate strpos position left right md5 ascii starts_with string_to_array",
  "quote_literal quote_nullable quote_ident to_hex hashtext sha224 sha256 sha384 sha512 text",
  // Aggregates and windows.
  "count min max sum avg string_agg json_agg jsonb_agg any_value bool_and bool_or every",
  "stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or bit_xor",
  "row_number rank dense_rank percent_rank cume_dist lag lead first_value last_value",
  // Numbers and times.
  "ceil ceiling floor round trunc sign scale isfinite",
  // JSON.
  "to_json to_jsonb row_to_json array_to_json json_build_array jsonb_build_array jsonb_pretty",
  "json_typeof jsonb_typeof json_strip_nulls jsonb_strip_nulls",
  "json_extract_path json_extract_path_text jsonb_extract_path jsonb_extract_path_text",
  // Arrays, ranges, addresses.
  "array_length array_ndims array_dims array_lower array_upper cardinality array_to_string unnest",
  "isempty lower_inc upper_inc lower_inf upper_inf host family masklen netmask network broadcast abbrev",
  // Anything.
  "pg_typeof pg_column_size num_nulls num_nonnulls",
]);

/**
 * They fail by their other arguments alone, or by NULL: with bad ones, they tell whether the value is NULL (array_agg of
 * arrays: whether it is empty). By the place of the value; null: any; `rest`: any but the first.
 */
export const TELLING_NULL: ReadonlyMap<string, number | "rest" | null> = new Map<
  string,
  number | "rest" | null
>([
  ["format", "rest"],
  ...["substr", "substring", "split_part", "lpad", "rpad", "to_char", "encode", "nth_value"].map(
    (name) => [name, 0] as const,
  ),
  ...["regexp_replace", "regexp_match", "regexp_substr", "regexp_count", "regexp_split_to_array"].map(
    (name) => [name, 0] as const,
  ),
  ...["date_part", "extract", "date_trunc"].map((name) => [name, 1] as const),
  ...["array_agg", "json_build_object", "jsonb_build_object", "json_object_agg", "jsonb_object_agg"].map(
    (name) => [name, null] as const,
  ),
]);

/** Overloads with so many arguments or more that may fail: length(bytea, encoding). */
const FALLIBLE_FROM: ReadonlyMap<string, number> = new Map([["length", 2]]);

/** Comparisons aside, which predicates.ts knows: joined texts and arrays, paths and tests of JSON, arrays and ranges. */
const TOTAL_OPERATORS: ReadonlySet<string> = words(["|| -> ->> #> #>> @> <@ ? ?| ?& && @@ @?"]);

export function isTotalOperator(name: string): boolean {
  return TOTAL_OPERATORS.has(name);
}

/** Of an extension that is known to compute alone. */
export function isPlain({ schema, extension, language, volatility }: FunctionInfo): boolean {
  if (schema === "pg_catalog") return true;
  const known = extension !== null && PLAIN_EXTENSIONS.has(extension);
  // Aggregates are in no language of their own.
  return (
    known && (language === "c" || language === "internal" || language === "sql") && volatility !== "volatile"
  );
}

/**
 * What is called may fail by the value in that place; `null`: by its being NULL. Of functions of others it is told that the
 * value was handed to them (`passed`), and so no more.
 */
export function failsBy(candidates: readonly FunctionInfo[], index: number): "value" | "null" | null {
  let found: "null" | null = null;
  for (const candidate of candidates) {
    const { name, leastArguments } = candidate;
    if (leastArguments >= (FALLIBLE_FROM.get(name) ?? Number.POSITIVE_INFINITY)) return "value";
    if (!isPlain(candidate) || TOTAL.has(name)) continue;
    const place = TELLING_NULL.get(name);
    if (place === undefined || (place === "rest" ? index === 0 : (place ?? index) !== index)) return "value";
    found = "null";
  }
  return found;
}

/** Operators that others have made, where they are not those of a known extension. */
export function foreign(
  operators: readonly OperatorInfo[],
  functionOf: (oid: number) => FunctionInfo | null | undefined,
): readonly OperatorInfo[] {
  return operators.filter(({ functionOid }) => {
    const found = functionOf(functionOid);
    return found === undefined || found === null || !isPlain(found);
  });
}
