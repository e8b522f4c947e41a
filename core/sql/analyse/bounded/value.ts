// The two sides of an equality that bounds a statement: a column of the target on its own, and a value that is the same for
// every row. Everything that might make many columns' values one (a cast to boolean, a lenient collation, a constant column of
// a view) is left out.

import type { FuncCall, Node, TypeName } from "@pgsql/types";
import type { ColumnInfo } from "../../catalog/catalog.ts";
import { ownName } from "./constant.ts";
import { withoutFrom } from "./form.ts";
import { type Scope, targetColumn } from "./scope.ts";

/** A column that an equality narrows. */
export function isKey(scope: Scope, node: Node): boolean {
  if ("ColumnRef" in node) {
    const column = targetColumn(scope, node.ColumnRef);
    return column !== null && narrows(scope, column);
  }
  if (!("TypeCast" in node)) return false;
  const { arg, typeName } = node.TypeCast;
  if (arg === undefined || !("ColumnRef" in arg) || typeName === undefined) return false;
  const column = targetColumn(scope, arg.ColumnRef);
  return column !== null && narrows(scope, column) && keepsApart(column.typeOid, typeName);
}

/** boolean; point … circle, whose `=` compares areas and lengths (pg_type.dat). */
const COARSE_TYPES: ReadonlySet<number> = new Set([16, 600, 601, 602, 603, 604, 628, 718]);
/** FirstNormalObjectId: types from here on, and their idea of equality, are the user's. */
const FIRST_USER_OID = 16_384;

function narrows({ target }: Scope, column: ColumnInfo): boolean {
  if (COARSE_TYPES.has(column.typeOid) || column.generated) return false;
  // What a view shows in a column may be a constant.
  if (target.kind !== "table" && target.kind !== "partitioned_table" && target.kind !== "foreign_table")
    return false;
  if (target.uniqueKeys.some(([first, ...rest]) => first === column.name && rest.length === 0)) return true;
  // A partition may hold one value only.
  return column.typeOid < FIRST_USER_OID && target.ancestors.length === 0;
}

const INTEGERS: readonly number[] = [20, 21, 23];
/** Casts that do not make different values equal, by the type that they come from. */
const KEEPING: Readonly<Record<string, readonly number[] | "any">> = {
  text: "any",
  varchar: "any",
  int2: [21],
  int4: [21, 23],
  int8: INTEGERS,
  numeric: [...INTEGERS, 1700],
  uuid: [2950],
};

function keepsApart(from: number, { names = [], typmods = [], arrayBounds = [] }: TypeName): boolean {
  const kept = KEEPING[ownName(names) ?? ""];
  if (kept === undefined || typmods.length > 0 || arrayBounds.length > 0) return false;
  return kept === "any" || kept.includes(from);
}

/** The same for every row, and not NULL as it is written: `= NULL` means IS NULL under SET transform_null_equals. */
export function isValue(scope: Scope, node: Node): boolean {
  if ("A_Const" in node) return node.A_Const.isnull !== true;
  if ("ParamRef" in node) return scope.once;
  if ("SQLValueFunction" in node) return true;
  if ("TypeCast" in node) return node.TypeCast.arg !== undefined && isValueOrNull(scope, node.TypeCast.arg);
  if ("A_ArrayExpr" in node) return areValues(scope, node.A_ArrayExpr.elements);
  if ("CoalesceExpr" in node) return areValues(scope, node.CoalesceExpr.args);
  if ("MinMaxExpr" in node) return areValues(scope, node.MinMaxExpr.args);
  if ("FuncCall" in node) return isSteadyCall(scope, node.FuncCall);
  const alone = withoutFrom(node);
  if (alone !== null) return isValue(scope, alone);
  if (!("A_Expr" in node)) return false;
  const { kind, name = [], lexpr, rexpr } = node.A_Expr;
  if (kind !== "AEXPR_OP" || !ARITHMETIC.has(ownName(name) ?? "") || rexpr === undefined) return false;
  return isValueOrNull(scope, rexpr) && (lexpr === undefined || isValueOrNull(scope, lexpr));
}

/** A value, and surely not NULL, for IS NOT DISTINCT FROM. */
export function isPlainLiteral(node: Node): boolean {
  if ("TypeCast" in node) return node.TypeCast.arg !== undefined && isPlainLiteral(node.TypeCast.arg);
  return "A_Const" in node && node.A_Const.isnull !== true;
}

function isValueOrNull(scope: Scope, node: Node): boolean {
  return isValue(scope, node) || "A_Const" in node;
}

function areValues(scope: Scope, nodes: readonly Node[] | undefined): boolean {
  return (nodes ?? []).every((node) => isValueOrNull(scope, node));
}

const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "^", "||"]);

/** Immutable and stable functions that people compute such values with. */
const STEADY: ReadonlySet<string> = new Set([
  "now",
  "transaction_timestamp",
  "statement_timestamp",
  "timezone",
  "date_trunc",
  "make_date",
  "make_timestamp",
  "make_timestamptz",
  "make_interval",
  "to_date",
  "to_timestamp",
  "lower",
  "upper",
  "btrim",
  "ltrim",
  "rtrim",
  "md5",
  "encode",
  "decode",
  "length",
  "abs",
  "current_database",
  "current_schema",
  "current_setting",
]);

function isSteadyCall(scope: Scope, call: FuncCall): boolean {
  const { funcname = [], args = [], over, agg_filter, agg_order, agg_star } = call;
  if (over !== undefined || agg_filter !== undefined || agg_order !== undefined || agg_star === true)
    return false;
  return STEADY.has(ownName(funcname) ?? "") && areValues(scope, args);
}
