// Which columns decide on rows, and how: read off an expression that has been walked already.

import type { A_Expr, A_Expr_Kind, Node, SubLink } from "@pgsql/types";
import type { Name, OperatorInfo } from "../../catalog/catalog.ts";
import type { PredicatePlace, PredicateUse } from "../../facts/facts.ts";
import { nameOf } from "./names.ts";
import type { Place } from "./reading.ts";
import { foreign, isTotalOperator } from "./total.ts";
import { isGiven, NOTHING, rowOf, type Value } from "./value.ts";

/** How an operator's own name compares; every other does something else. */
const OPERATORS: ReadonlyMap<string, PredicateUse> = new Map([
  ...["=", "<>", "!="].map((name) => [name, "equality"] as const),
  ...["<", "<=", ">", ">="].map((name) => [name, "range"] as const),
  ...["~~", "~~*", "!~~", "!~~*", "~", "~*", "!~", "!~*", "^@"].map((name) => [name, "pattern"] as const),
]);

/** null: the operator's name says. */
const KINDS = {
  AEXPR_OP: null,
  AEXPR_OP_ANY: null,
  AEXPR_OP_ALL: null,
  AEXPR_DISTINCT: "equality",
  AEXPR_NOT_DISTINCT: "equality",
  AEXPR_NULLIF: "other",
  AEXPR_IN: "equality",
  AEXPR_LIKE: "pattern",
  AEXPR_ILIKE: "pattern",
  AEXPR_SIMILAR: "pattern",
  AEXPR_BETWEEN: "range",
  AEXPR_NOT_BETWEEN: "range",
  AEXPR_BETWEEN_SYM: "range",
  AEXPR_NOT_BETWEEN_SYM: "range",
} as const satisfies Record<A_Expr_Kind, PredicateUse | null>;

/** A condition: of WHERE, HAVING, ON … */
export function predicate(at: Place, node: Node | undefined, place: PredicatePlace): void {
  if (node === undefined) return;
  if ("BoolExpr" in node) for (const arg of node.BoolExpr.args ?? []) predicate(at, arg, place);
  else if ("BooleanTest" in node) predicate(at, node.BooleanTest.arg, place);
  else if ("A_Expr" in node) operator(at, node.A_Expr, node, place);
  else if ("NullTest" in node) comparison(at, [node.NullTest.arg], [], "equality", place);
  else if ("ColumnRef" in node) comparison(at, [node], [], "equality", place);
  else if ("SubLink" in node && TESTING.has(node.SubLink.subLinkType ?? ""))
    inSubquery(at, node.SubLink, node, place);
  else at.reading.predicate(valueOf(at, node), "other", place);
}

const TESTING: ReadonlySet<string> = new Set(["ANY_SUBLINK", "ALL_SUBLINK"]);

function operator(at: Place, expr: A_Expr, node: Node, place: PredicatePlace): void {
  const { kind = "AEXPR_OP", name, lexpr, rexpr } = expr;
  const { schema, name: written } = nameOf(name);
  const use = KINDS[kind] ?? OPERATORS.get(written) ?? "other";
  // An operator of users: what it does is its own.
  const own = ownOperators(at, { schema, name: written });
  const right = rexpr !== undefined && "List" in rexpr ? (rexpr.List.items ?? []) : [rexpr];
  comparison(at, [lexpr], right, own.length > 0 ? "other" : use, place);
  if (own.length > 0) at.reading.predicate(valueOf(at, node), "other", place);
}

/** `name` as PostgreSQL's own, or as that of a known extension: another's may do anything. */
function ownOperators({ reading: { context } }: Place, name: Name): readonly OperatorInfo[] {
  return foreign(context.operators(name) ?? [], (oid) => context.functionByOid(oid));
}

/**
 * An operation wherever it stands: what it may fail by. Comparisons cannot, but patterns can: `LIKE '1\\'` does where what
 * stands before the end fits.
 */
export function computation(at: Place, { kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr): void {
  const { schema, name: written } = nameOf(name);
  const use = kind === "AEXPR_NULLIF" ? "equality" : (KINDS[kind] ?? OPERATORS.get(written) ?? "other");
  const own = ownOperators(at, { schema, name: written }).length > 0;
  if (!own && (use === "equality" || use === "range" || (use === "other" && isTotalOperator(written))))
    return;
  const right = rexpr !== undefined && "List" in rexpr ? (rexpr.List.items ?? []) : [rexpr];
  comparison(at, [lexpr], right, own ? "other" : use, "value");
}

/** Both sides: a column that is compared as it is, with what is no column, is used as `use` says. */
export function comparison(
  at: Place,
  left: readonly (Node | undefined)[],
  right: readonly (Node | undefined)[],
  use: PredicateUse,
  place: PredicatePlace,
): void {
  compare(
    at,
    left.flatMap((node) => elements(at, node)),
    right.flatMap((node) => elements(at, node)),
    use,
    place,
  );
}

function compare(
  at: Place,
  left: readonly Value[],
  right: readonly Value[],
  use: PredicateUse,
  place: PredicatePlace,
): void {
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const joined = use === "equality" && other.some(showsColumns);
    for (const value of side.filter(showsColumns))
      at.reading.predicate(
        value,
        value.verbatim || use === "other" ? (joined ? "join" : use) : "other",
        place,
      );
  }
}

/** `x IN (SELECT …)`, `x < ANY (SELECT …)` */
function inSubquery(at: Place, link: SubLink, node: Node, place: PredicatePlace): void {
  const { testexpr, operName = [] } = link;
  const use = operName.length === 0 ? "equality" : (OPERATORS.get(nameOf(operName).name) ?? "other");
  const output = at.reading.subqueries.get(node);
  const given = output === undefined ? [] : output.open === null ? output.columns : null;
  const values = given?.map(({ value }) => value) ?? (output === undefined ? [] : [rowOf(output)]);
  compare(at, elements(at, testexpr), values, use, place);
}

export function showsColumns({ sources }: Value): boolean {
  return sources.some((source) => !isGiven(source));
}

/** The parts of a row; what is only cast to text or collated otherwise is still the column. */
function elements(at: Place, node: Node | undefined): readonly Value[] {
  if (node === undefined) return [];
  if ("RowExpr" in node) return (node.RowExpr.args ?? []).flatMap((arg) => elements(at, arg));
  if ("CollateClause" in node) return elements(at, node.CollateClause.arg);
  if ("TypeCast" in node && isText(node.TypeCast.typeName)) return elements(at, node.TypeCast.arg);
  if ("A_ArrayExpr" in node) return (node.A_ArrayExpr.elements ?? []).flatMap((each) => elements(at, each));
  return [valueOf(at, node)];
}

const TEXTS: ReadonlySet<string> = new Set(["text", "varchar"]);

/** Without a length, which would cut it. */
function isText(
  type: { readonly names?: Node[]; readonly typmods?: Node[]; readonly arrayBounds?: Node[] } = {},
): boolean {
  const { schema, name } = nameOf(type.names);
  const plain = (type.typmods ?? []).length === 0 && (type.arrayBounds ?? []).length === 0;
  return plain && TEXTS.has(name) && (schema === null || schema === "pg_catalog");
}

function valueOf({ reading }: Place, node: Node): Value {
  return reading.values.get(node) ?? NOTHING;
}
