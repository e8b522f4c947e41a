// A form of an expression in which two that mean the same read the same: without casts, neutral arithmetic, locations and
// ways to write a column. Only good to tell that a condition is true for all rows: it takes more for equal than is.

import type { Node } from "@pgsql/types";
import { ownName } from "./constant.ts";
import { type Scope, targetColumn } from "./scope.ts";

/** The same text: the same value for the same row. */
export function form(scope: Scope, node: Node): string {
  return JSON.stringify(reduce(scope, node));
}

export function isSame(scope: Scope, left: Node, right: Node): boolean {
  return form(scope, left) === form(scope, right);
}

/** Written the same: strict, where a proof leans on it. */
export function isIdentical(left: Node, right: Node): boolean {
  const written = (node: Node): string =>
    JSON.stringify(node, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : value));
  return written(left) === written(right);
}

type Form = string | number | boolean | null | readonly Form[] | { readonly [key: string]: Form };

const LEFT_OUT: ReadonlySet<string> = new Set([
  "location",
  "rexpr_list_start",
  "rexpr_list_end",
  "list_start",
  "list_end",
]);

function reduce(scope: Scope, node: Node): Form {
  if ("TypeCast" in node && node.TypeCast.arg !== undefined) return reduce(scope, node.TypeCast.arg);
  if ("CollateClause" in node && node.CollateClause.arg !== undefined)
    return reduce(scope, node.CollateClause.arg);
  if ("ColumnRef" in node) {
    const column = targetColumn(scope, node.ColumnRef);
    if (column !== null) return { column: column.name };
  }
  if ("SubLink" in node) {
    const only = withoutFrom(node);
    if (only !== null) return reduce(scope, only);
  }
  if ("CoalesceExpr" in node) return alike(scope, node, node.CoalesceExpr.args ?? []);
  if ("MinMaxExpr" in node) return alike(scope, node, node.MinMaxExpr.args ?? []);
  if ("A_Expr" in node) {
    const neutral = reduceOperator(scope, node);
    if (neutral !== undefined) return neutral;
  }
  return plain(scope, node);
}

/** COALESCE(x, x), GREATEST(x, x): x. */
function alike(scope: Scope, node: Node, args: readonly Node[]): Form {
  const [first, ...rest] = args.map((arg) => reduce(scope, arg));
  const text = JSON.stringify(first);
  return first !== undefined && rest.every((one) => JSON.stringify(one) === text)
    ? first
    : plain(scope, node);
}

/** What leaves the other side as it is. */
const NEUTRAL: Readonly<Record<string, string>> = { "+": "0", "-": "0", "*": "1", "/": "1", "||": "" };
const COMMUTES: ReadonlySet<string> = new Set(["+", "*", "||", "=", "<>"]);
const MIRRORED: Readonly<Record<string, string>> = { ">": "<", ">=": "<=" };

function reduceOperator(scope: Scope, node: Extract<Node, { A_Expr: unknown }>): Form | undefined {
  const { kind, name = [], lexpr, rexpr } = node.A_Expr;
  const operator = ownName(name);
  if (kind !== "AEXPR_OP" || operator === null || rexpr === undefined) return undefined;
  const right = reduce(scope, rexpr);
  if (lexpr === undefined) return operator === "+" ? right : { operator, right };
  const left = reduce(scope, lexpr);
  const neutral = NEUTRAL[operator];
  if (neutral !== undefined) {
    if (literal(right) === neutral) return left;
    if (COMMUTES.has(operator) && literal(left) === neutral) return right;
    if (operator === "-" && JSON.stringify(left) === JSON.stringify(right)) return ZERO;
    if (operator === "*" && (literal(left) === "0" || literal(right) === "0")) return ZERO;
  }
  const mirrored = MIRRORED[operator];
  if (mirrored !== undefined) return { operator: mirrored, left: right, right: left };
  if (COMMUTES.has(operator) && JSON.stringify(left) > JSON.stringify(right))
    return { operator, left: right, right: left };
  return { operator, left, right };
}

const ZERO: Form = { A_Const: { ival: {} } };

function literal(value: Form): string | null {
  const text = JSON.stringify(value);
  if (text === '{"A_Const":{"ival":{}}}') return "0";
  if (text === '{"A_Const":{"ival":{"ival":1}}}') return "1";
  return text === '{"A_Const":{"sval":{"sval":""}}}' || text === '{"A_Const":{"sval":{}}}' ? "" : null;
}

/** The node as it is, with what is inside of it reduced. */
function plain(scope: Scope, value: unknown): Form {
  if (Array.isArray(value)) return value.map((one: unknown) => inner(scope, one));
  if (typeof value !== "object" || value === null) return scalar(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT.has(key))
      .map(([key, one]) => [key, inner(scope, one)]),
  );
}

/** A node is an object with one key, whose name begins with a capital. */
function inner(scope: Scope, value: unknown): Form {
  if (typeof value !== "object" || value === null) return scalar(value);
  const [key, ...others] = Object.keys(value);
  const isNode = key !== undefined && others.length === 0 && /^[A-Z]/.test(key);
  return isNode ? reduce(scope, value as Node) : plain(scope, value);
}

function scalar(value: unknown): Form {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** (SELECT x) without anything else: x. */
export function withoutFrom(node: Node): Node | null {
  if (!("SubLink" in node) || node.SubLink.subLinkType !== "EXPR_SUBLINK") return null;
  return onlyValue(node.SubLink.subselect);
}

/** Of a query without FROM, WHERE and the rest: its one value. */
export function onlyValue(query: Node | undefined): Node | null {
  if (query === undefined || !("SelectStmt" in query)) return null;
  const { targetList = [], limitOption, op, location: _, ...rest } = query.SelectStmt as SelectParts;
  const [target, ...others] = targetList;
  if (Object.keys(rest).length > 0 || others.length > 0 || target === undefined) return null;
  if (limitOption !== "LIMIT_OPTION_DEFAULT" || op !== "SETOP_NONE") return null;
  return "ResTarget" in target ? (target.ResTarget.val ?? null) : null;
}

type SelectParts = Extract<Node, { SelectStmt: unknown }>["SelectStmt"] & { readonly location?: number };
