// What is known of the value of an expression: which columns and literals it may show, and what it is made of. Sources are
// gathered while a statement is walked and become base columns only when the walk is over (behind.ts).

import type { FunctionInfo } from "../../catalog/catalog.ts";
import type { Behind } from "../context.ts";
import type { ResultColumn } from "../expand/index.ts";
import type { RangeTableEntry } from "./range-table.ts";

/** A column of one entry of the range table. One object for each: compared by identity. */
export interface ColumnSource {
  readonly kind: "column";
  readonly entry: RangeTableEntry;
  readonly column: string;
}

/** A constant that stands in the statement. */
export interface LiteralSource {
  readonly kind: "literal";
  readonly offsetBytes: number;
}

/** `$1`, to which a value will be bound. */
export interface ParameterSource {
  readonly kind: "parameter";
  readonly number: number;
}

/**
 * Others that stand behind it. A column of a WITH query that refers to itself: they are known when the query has been walked.
 * A column of `excluded`: what is behind it is not read.
 */
export interface LaterSource {
  readonly kind: "later";
  readonly sources: Source[];
}

/** Columns that are not of the range table: of the rows NEW and OLD. */
export interface PlacedSource {
  readonly kind: "placed";
  readonly behind: Behind;
}

/** What functions read themselves, beside their arguments; any of them may be the one that runs. */
export interface CallSource {
  readonly kind: "call";
  readonly functions: readonly FunctionInfo[];
  /** Of what they give, this alone. */
  readonly column?: ResultColumn;
}

export type Source = ColumnSource | LiteralSource | ParameterSource | LaterSource | PlacedSource | CallSource;

/** What can be selected out of a value: `(value).field`. */
export type Shape =
  | { readonly kind: "scalar" }
  | { readonly kind: "row"; readonly columns: readonly NamedValue[] }
  /** A type of the catalog; whether it is a row is asked when somebody needs to know. */
  | { readonly kind: "type"; readonly oid: number }
  | { readonly kind: "unknown" };

export interface Value {
  readonly sources: readonly Source[];
  /** It is a column as it is. */
  readonly verbatim: boolean;
  readonly shape: Shape;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** Columns of a query or of something in FROM. `open`: there may be others, which show what it shows. */
export interface Columns {
  readonly columns: readonly NamedValue[];
  readonly open: Value | null;
}

export const SCALAR: Shape = { kind: "scalar" };
export const UNKNOWN_SHAPE: Shape = { kind: "unknown" };

/** Shows nothing. */
export const NOTHING: Value = { sources: [], verbatim: false, shape: UNKNOWN_SHAPE };

/** Computed from all of them. */
export function computed(values: readonly Value[], shape: Shape = UNKNOWN_SHAPE): Value {
  const filled = values.filter(({ sources }) => sources.length > 0);
  const [first, ...others] = filled;
  if (first === undefined) return { ...NOTHING, shape };
  if (others.length === 0) return { sources: first.sources, verbatim: false, shape };
  const sources = new Set<Source>();
  for (const value of filled) for (const source of value.sources) sources.add(source);
  return { sources: [...sources], verbatim: false, shape };
}

/** One of them as it is: a column of a set operation, of VALUES, of a merged join. */
export function either(values: readonly Value[]): Value {
  const [first, ...others] = values;
  if (first === undefined || others.length === 0) return first ?? NOTHING;
  return { ...computed(values), verbatim: values.every(({ verbatim }) => verbatim), shape: first.shape };
}

/** Stands in the text, or is bound to it: no value of a column. */
export function isGiven(source: Source): source is LiteralSource | ParameterSource {
  return source.kind === "literal" || source.kind === "parameter";
}

/** Without the literals and parameters: they have met what they meet already. */
export function withoutLiterals(value: Value): Value {
  return value.sources.some(isGiven)
    ? { ...value, sources: value.sources.filter((source) => !isGiven(source)) }
    : value;
}

/** By its place. Where there are columns that are not known, the places are not known either: it may be any of them. */
export function columnAt(columns: Columns, index: number): Value {
  return columns.open === null
    ? (columns.columns[index]?.value ?? NOTHING)
    : computed([{ ...rowOf(columns), shape: UNKNOWN_SHAPE }]);
}

/** Everything that a row of these columns shows. */
export function rowOf({ columns, open }: Columns): Value {
  const values = columns.map(({ value }) => value);
  return computed(
    open === null ? values : [...values, open],
    open === null ? { kind: "row", columns } : UNKNOWN_SHAPE,
  );
}
