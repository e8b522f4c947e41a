// Conditions to verdicts: which rows make `node` true, or false where it is `negated`. NULL is neither, as in WHERE.

import type { A_Expr, BooleanTest, BoolExpr, CaseExpr, Node } from "@pgsql/types";
import { complementOf } from "./complement.ts";
import { fold, isBooleanType, ownName } from "./constant.ts";
import { equal, isTriviallyMatched } from "./equality.ts";
import { isIdentical, isSame } from "./form.ts";
import { dependsOnRow, type Scope } from "./scope.ts";
import { judgeSubLink } from "./subquery.ts";
import { isValue } from "./value.ts";
import { all, any, type Verdict } from "./verdict.ts";

export function judge(scope: Scope, node: Node, negated: boolean): Verdict {
  const constant = fold(node);
  if (constant?.kind === "null") return "nothing";
  if (constant?.kind === "boolean") return constant.value === negated ? "nothing" : "all";
  if ("BoolExpr" in node) return judgeLogic(scope, node.BoolExpr, negated);
  if ("A_Expr" in node) return judgeOperator(scope, node.A_Expr, negated) ?? otherwise(scope, node);
  if ("SubLink" in node) return judgeSubLink(scope, node.SubLink, negated, judge);
  if ("BooleanTest" in node) return judgeTest(scope, node.BooleanTest, negated) ?? otherwise(scope, node);
  if ("CaseExpr" in node) return judgeCase(scope, node.CaseExpr, negated) ?? otherwise(scope, node);
  // A cursor loop of a function goes over all rows, one by one.
  if ("CurrentOfExpr" in node) return scope.once && !negated ? "part" : "data";
  if ("CoalesceExpr" in node) {
    const [first] = node.CoalesceExpr.args ?? [];
    return first !== undefined && judge(scope, first, negated) === "all" ? "all" : otherwise(scope, node);
  }
  if ("TypeCast" in node && isBooleanType(node.TypeCast.typeName?.names ?? [])) {
    const { arg } = node.TypeCast;
    if (arg !== undefined && ("BoolExpr" in arg || "A_Expr" in arg || "SubLink" in arg))
      return judge(scope, arg, negated);
  }
  return otherwise(scope, node);
}

/** Nothing is known but whether it looks at the row. */
function otherwise(scope: Scope, node: Node): Verdict {
  return dependsOnRow(scope, node) ? "data" : "switch";
}

function judgeLogic(scope: Scope, { boolop, args = [] }: BoolExpr, negated: boolean): Verdict {
  const [only] = args;
  if (boolop === "NOT_EXPR") return only === undefined ? "data" : judge(scope, only, !negated);
  const verdicts = args.map((arg) => judge(scope, arg, negated));
  const conjunction = (boolop === "AND_EXPR") !== negated;
  if (conjunction) return all(verdicts);
  return complementOf(scope, args, negated) ? "all" : any(verdicts);
}

/** undefined: no operator that says anything here. */
function judgeOperator(scope: Scope, expression: A_Expr, negated: boolean): Verdict | undefined {
  const { kind, name = [], lexpr, rexpr } = expression;
  const operator = ownName(name);
  if (operator === null || lexpr === undefined || rexpr === undefined) return undefined;
  switch (kind) {
    case "AEXPR_OP":
      return judgeComparison(scope, operator, lexpr, rexpr, negated);
    case "AEXPR_IN":
      return among(scope, lexpr, itemsOf(rexpr), negated !== (operator === "<>"));
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL": {
      const some = (kind === "AEXPR_OP_ANY") !== negated;
      const same = operator === (negated ? "<>" : "=");
      return same ? judgeArray(scope, lexpr, rexpr, some) : undefined;
    }
    case "AEXPR_NOT_DISTINCT":
    case "AEXPR_DISTINCT":
      return (kind === "AEXPR_DISTINCT") === negated ? equal(scope, lexpr, rexpr, judge, true) : undefined;
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
      return (operator.startsWith("!") === negated && isTriviallyMatched("LIKE", rexpr)) ||
        (operator.startsWith("!") === negated && isSame(scope, lexpr, rexpr))
        ? "all"
        : undefined;
    case "AEXPR_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_NOT_BETWEEN_SYM": {
      const between = kind === "AEXPR_BETWEEN" || kind === "AEXPR_BETWEEN_SYM";
      return between !== negated ? judgeBetween(scope, lexpr, itemsOf(rexpr)) : undefined;
    }
    default:
      return undefined;
  }
}

const NEGATION: Readonly<Record<string, string>> = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  ">": "<=",
  "<=": ">",
  ">=": "<",
};

function judgeComparison(
  scope: Scope,
  written: string,
  left: Node,
  right: Node,
  negated: boolean,
): Verdict | undefined {
  const operator = negated ? NEGATION[written] : written;
  if (operator === undefined) return undefined;
  if (operator === "=") return equal(scope, left, right, judge, false);
  if (operator === "<>") return unequal(scope, left, right);
  if (operator === "<=" || operator === ">=") return isSame(scope, left, right) ? "all" : undefined;
  return (operator === "~" || operator === "~*") && isTriviallyMatched("regex", right) ? "all" : undefined;
}

/** (condition) <> false is the condition. */
function unequal(scope: Scope, left: Node, right: Node): Verdict | undefined {
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const constant = fold(side);
    if (constant?.kind === "boolean") return judge(scope, other, constant.value);
  }
  return undefined;
}

/** IN (…), or NOT IN (…) where it is negated. */
function among(scope: Scope, left: Node, items: readonly Node[], negated: boolean): Verdict | undefined {
  return negated ? undefined : any(items.map((item) => equal(scope, left, item, judge, false)));
}

/** An empty array makes ALL true for every row; whether one that is not written out is empty is not known. */
function judgeArray(scope: Scope, left: Node, array: Node, some: boolean): Verdict | undefined {
  const elements = "A_ArrayExpr" in array ? (array.A_ArrayExpr.elements ?? []) : null;
  if (elements === null)
    return some && isValue(scope, array) ? equal(scope, left, array, judge, false) : undefined;
  const verdicts = elements.map((element) => equal(scope, left, element, judge, false));
  return some ? any(verdicts) : all(verdicts);
}

function judgeBetween(scope: Scope, left: Node, [low, high]: readonly Node[]): Verdict | undefined {
  if (low === undefined || high === undefined) return undefined;
  if (isIdentical(low, high)) return equal(scope, left, low, judge, false);
  return isSame(scope, left, low) && isSame(scope, left, high) ? "all" : undefined;
}

function itemsOf(node: Node): readonly Node[] {
  return "List" in node ? (node.List.items ?? []) : [node];
}

function judgeTest(scope: Scope, test: BooleanTest, negated: boolean): Verdict | undefined {
  const { arg, booltesttype } = test;
  if (arg === undefined) return undefined;
  switch (booltesttype) {
    case "IS_TRUE":
    case "IS_FALSE":
      if (!negated) return judge(scope, arg, booltesttype === "IS_FALSE");
      return isNever(scope, arg, booltesttype === "IS_FALSE") ? "all" : undefined;
    case "IS_NOT_TRUE":
    case "IS_NOT_FALSE": {
      const excluded = booltesttype === "IS_NOT_FALSE";
      if (negated) return judge(scope, arg, excluded);
      return isNever(scope, arg, excluded) ? "all" : undefined;
    }
    default:
      return undefined;
  }
}

/** Never true, or never false: its verdict says so, or that it is the other for every row. */
function isNever(scope: Scope, node: Node, negated: boolean): boolean {
  return judge(scope, node, negated) === "nothing" || judge(scope, node, !negated) === "all";
}

function judgeCase(
  scope: Scope,
  { arg, args = [], defresult }: CaseExpr,
  negated: boolean,
): Verdict | undefined {
  if (defresult === undefined || arg !== undefined) return undefined;
  const results = [defresult];
  for (const one of args)
    if ("CaseWhen" in one && one.CaseWhen.result !== undefined) results.push(one.CaseWhen.result);
  return results.every((result) => judge(scope, result, negated) === "all") ? "all" : undefined;
}
