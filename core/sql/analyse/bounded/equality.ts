// `left = right`: which rows it lets through.

import type { Node, RowExpr } from "@pgsql/types";
import { fold } from "./constant.ts";
import { isSame } from "./form.ts";
import { dependsOnRow, type Scope } from "./scope.ts";
import { isKey, isPlainLiteral, isValue } from "./value.ts";
import { all, type Verdict } from "./verdict.ts";

export type Judge = (scope: Scope, node: Node, negated: boolean) => Verdict;

/** `nulls`: IS NOT DISTINCT FROM, under which two NULLs are equal. */
export function equal(scope: Scope, left: Node, right: Node, judge: Judge, nulls: boolean): Verdict {
  const rows = pairs(left, right);
  if (rows !== null) return all(rows.map(([one, other]) => equal(scope, one, other, judge, nulls)));
  if (isSame(scope, left, right)) return "all";
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const constant = fold(side);
    if (constant?.kind === "boolean") return judge(scope, other, !constant.value);
    if (isKey(scope, side) && (nulls ? isPlainLiteral(other) : isValue(scope, other))) return "part";
  }
  return dependsOnRow(scope, [left, right]) ? "data" : "switch";
}

function pairs(left: Node, right: Node): readonly (readonly [Node, Node])[] | null {
  if (!("RowExpr" in left) || !("RowExpr" in right)) return null;
  const [ones, others] = [fieldsOf(left.RowExpr), fieldsOf(right.RowExpr)];
  if (ones.length !== others.length) return null;
  return ones.flatMap((one, position) => {
    const other = others[position];
    return other === undefined ? [] : [[one, other] as const];
  });
}

function fieldsOf({ args = [] }: RowExpr): readonly Node[] {
  return args;
}

/** Patterns that every value matches. */
const TRIVIAL = { LIKE: /^%+$/, regex: /^\^?(?:\(\?:)?\.?\*?\)?\$?$/ } as const;

export function isTriviallyMatched(language: keyof typeof TRIVIAL, pattern: Node): boolean {
  const constant = fold(pattern);
  return constant?.kind === "text" && TRIVIAL[language].test(constant.value);
}
