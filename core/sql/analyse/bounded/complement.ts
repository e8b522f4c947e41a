// Two arms of an OR of which one is the negation of the other: whichever row comes, one of them is true (or it is NULL, which
// no condition is to be trusted to keep).

import type { Node } from "@pgsql/types";
import { form } from "./form.ts";
import { ownName } from "./constant.ts";
import type { Scope } from "./scope.ts";

/** Longer ones are lists of values that somebody's tool wrote; comparing all pairs of forms is cheap, making them is not. */
const MAX_ARMS = 256;

export function complementOf(scope: Scope, arms: readonly Node[], negated: boolean): boolean {
  if (arms.length > MAX_ARMS) return false;
  const forms = new Set(arms.map((arm) => formOf(scope, arm, negated)));
  return arms.some((arm) => forms.has(formOf(scope, arm, !negated)));
}

function formOf(scope: Scope, node: Node, negated: boolean): string {
  if ("BoolExpr" in node && node.BoolExpr.boolop === "NOT_EXPR") {
    const [only] = node.BoolExpr.args ?? [];
    if (only !== undefined) return formOf(scope, only, !negated);
  }
  const opposite = negated ? oppositeOf(node) : node;
  return opposite === null ? `NOT ${form(scope, node)}` : form(scope, opposite);
}

const OPERATORS: Readonly<Record<string, string>> = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  ">": "<=",
  "<=": ">",
  ">=": "<",
  "~~": "!~~",
  "!~~": "~~",
  "~~*": "!~~*",
  "!~~*": "~~*",
  "~": "!~",
  "!~": "~",
  "~*": "!~*",
  "!~*": "~*",
};

const KINDS = {
  AEXPR_OP: "AEXPR_OP",
  AEXPR_IN: "AEXPR_IN",
  AEXPR_LIKE: "AEXPR_LIKE",
  AEXPR_ILIKE: "AEXPR_ILIKE",
  AEXPR_SIMILAR: "AEXPR_SIMILAR",
  AEXPR_OP_ANY: "AEXPR_OP_ALL",
  AEXPR_OP_ALL: "AEXPR_OP_ANY",
} as const;

const RENAMED = {
  AEXPR_DISTINCT: "AEXPR_NOT_DISTINCT",
  AEXPR_NOT_DISTINCT: "AEXPR_DISTINCT",
  AEXPR_BETWEEN: "AEXPR_NOT_BETWEEN",
  AEXPR_NOT_BETWEEN: "AEXPR_BETWEEN",
  AEXPR_BETWEEN_SYM: "AEXPR_NOT_BETWEEN_SYM",
  AEXPR_NOT_BETWEEN_SYM: "AEXPR_BETWEEN_SYM",
} as const;

const TESTS = {
  IS_TRUE: "IS_NOT_TRUE",
  IS_NOT_TRUE: "IS_TRUE",
  IS_FALSE: "IS_NOT_FALSE",
  IS_NOT_FALSE: "IS_FALSE",
  IS_UNKNOWN: "IS_NOT_UNKNOWN",
  IS_NOT_UNKNOWN: "IS_UNKNOWN",
} as const;

function oppositeOf(node: Node): Node | null {
  if ("NullTest" in node) {
    const { nulltesttype, ...rest } = node.NullTest;
    return { NullTest: { ...rest, nulltesttype: nulltesttype === "IS_NULL" ? "IS_NOT_NULL" : "IS_NULL" } };
  }
  if ("BooleanTest" in node) {
    const { booltesttype, ...rest } = node.BooleanTest;
    return booltesttype === undefined
      ? null
      : { BooleanTest: { ...rest, booltesttype: TESTS[booltesttype] } };
  }
  if (!("A_Expr" in node)) return null;
  const { kind, name = [] } = node.A_Expr;
  if (kind === undefined) return null;
  if (kind in RENAMED) {
    const renamed = RENAMED[kind as keyof typeof RENAMED];
    // gram.y names the operator of BETWEEN after itself.
    const operator = ownName(name);
    const names = operator === null || !operator.includes("BETWEEN") ? name : [nameOf(between(operator))];
    return { A_Expr: { ...node.A_Expr, kind: renamed, name: names } };
  }
  const operator = OPERATORS[ownName(name) ?? ""];
  if (operator === undefined || !(kind in KINDS)) return null;
  return { A_Expr: { ...node.A_Expr, kind: KINDS[kind as keyof typeof KINDS], name: [nameOf(operator)] } };
}

function between(operator: string): string {
  return operator.startsWith("NOT ") ? operator.slice("NOT ".length) : `NOT ${operator}`;
}

function nameOf(sval: string): Node {
  return { String: { sval } };
}
