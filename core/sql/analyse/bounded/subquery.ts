// Subqueries in a condition. One that does not look at the row lets all rows through or none; one that asks the written table
// for its own column lets all of them through.

import type { Node, SelectStmt, SubLink } from "@pgsql/types";
import { fold, ownName } from "./constant.ts";
import { equal, type Judge } from "./equality.ts";
import { onlyValue } from "./form.ts";
import { dependsOnRow, isCorrelated, type Scope, stringsOf, targetColumn } from "./scope.ts";
import { any, type Verdict } from "./verdict.ts";

export function judgeSubLink(scope: Scope, link: SubLink, negated: boolean, judge: Judge): Verdict {
  const { subLinkType, testexpr, subselect } = link;
  const select = subselect !== undefined && "SelectStmt" in subselect ? subselect.SelectStmt : null;
  if (select === null) return "data";
  const value = onlyValue(subselect);
  if (subLinkType === "EXISTS_SUBLINK") {
    // A set-returning function may give no row.
    if (value !== null) return negated ? "switch" : "all";
    if (!negated && isItself(scope, select)) return "all";
    return isCorrelated(scope, select) ? "data" : "switch";
  }
  if (subLinkType === "EXPR_SUBLINK" && value !== null) return judge(scope, value, negated);
  if (subLinkType === "ANY_SUBLINK" && testexpr !== undefined && !negated && isEquality(link)) {
    if (value !== null) return equal(scope, testexpr, value, judge, false);
    const listed = listedValues(select);
    if (listed !== null) return any(listed.map((item) => equal(scope, testexpr, item, judge, false)));
    if (isOwnColumn(scope, testexpr, select)) return "all";
  }
  return dependsOnRow(scope, [testexpr, subselect]) ? "data" : "switch";
}

/** IN has no operator name. */
function isEquality({ operName = [] }: SubLink): boolean {
  return operName.length === 0 || ownName(operName) === "=";
}

/** VALUES (1), (2). */
function listedValues({
  valuesLists,
  limitCount,
  limitOffset,
  withClause,
}: SelectStmt): readonly Node[] | null {
  if (valuesLists === undefined || limitCount !== undefined || limitOffset !== undefined) return null;
  if (withClause !== undefined) return null;
  return valuesLists.map((list) => {
    const items = "List" in list ? (list.List.items ?? []) : [];
    const [only] = items;
    return only !== undefined && items.length === 1 ? only : { RowExpr: { args: [...items] } };
  });
}

/** The one relation of FROM, where it is the written one and nothing is cut off. */
function ownTable(scope: Scope, select: SelectStmt): string | null {
  const { fromClause = [], limitCount, limitOffset, havingClause, withClause, op } = select;
  const [item, ...others] = fromClause;
  if (item === undefined || others.length > 0 || !("RangeVar" in item)) return null;
  if (limitCount !== undefined || limitOffset !== undefined || havingClause !== undefined) return null;
  if (withClause !== undefined || op !== "SETOP_NONE") return null;
  const { schemaname, relname, alias } = item.RangeVar;
  if (relname !== scope.target.name) return null;
  if (schemaname !== undefined && schemaname !== scope.target.schema) return null;
  return alias?.aliasname ?? relname;
}

/** `id IN (SELECT id FROM …)` of the written table, without a condition that leaves rows out. */
function isOwnColumn(scope: Scope, testexpr: Node, select: SelectStmt): boolean {
  const alias = ownTable(scope, select);
  const [target, ...others] = select.targetList ?? [];
  if (alias === null || target === undefined || others.length > 0 || !("ResTarget" in target)) return false;
  const outer = "ColumnRef" in testexpr ? targetColumn(scope, testexpr.ColumnRef)?.name : undefined;
  const inner = columnOf(target.ResTarget.val, alias);
  if (outer === undefined || inner !== outer) return false;
  return select.whereClause === undefined || isTrue(select.whereClause);
}

/** `EXISTS (SELECT … FROM the same AS other WHERE other.id = written.id)`. */
function isItself(scope: Scope, select: SelectStmt): boolean {
  const alias = ownTable(scope, select);
  const where = select.whereClause;
  if (alias === null || where === undefined || !("A_Expr" in where)) return false;
  const { kind, name = [], lexpr, rexpr } = where.A_Expr;
  if (kind !== "AEXPR_OP" || ownName(name) !== "=") return false;
  return [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ].some(([inner, outer]) => {
    const own = columnOf(inner, alias);
    if (own === null || outer === undefined || !("ColumnRef" in outer)) return false;
    const { fields = [] } = outer.ColumnRef;
    return (
      fields.length > 1 &&
      stringsOf(fields)?.[0] !== alias &&
      targetColumn(scope, outer.ColumnRef)?.name === own
    );
  });
}

function columnOf(node: Node | undefined, alias: string): string | null {
  if (node === undefined || !("ColumnRef" in node)) return null;
  const names = stringsOf(node.ColumnRef.fields ?? []);
  const [first, second] = names ?? [];
  if (names?.length === 1) return first ?? null;
  return names?.length === 2 && first === alias ? (second ?? null) : null;
}

function isTrue(node: Node): boolean {
  const constant = fold(node);
  return constant?.kind === "boolean" && constant.value;
}
