// GROUP BY, ORDER BY and DISTINCT ON may name output columns, or say which one it is (parse_clause.c,
// findTargetlistEntrySQL92).

import type { Node } from "@pgsql/types";
import type { PredicateUse } from "../../facts/facts.ts";
import { useOperator } from "./calls.ts";
import { nameOf, strings } from "./names.ts";
import type { Place } from "./reading.ts";
import { columnsOf } from "./scope.ts";
import { columnAt, NOTHING, type Columns, type Value } from "./value.ts";
import { condition } from "./walk.ts";

type Sorting = Extract<PredicateUse, "order" | "group" | "distinct">;

/** An output column's name comes before a column of FROM. */
export function sortBy(at: Place, node: Node, output: Columns, use: Sorting): void {
  const { reading } = at;
  if ("SortBy" in node) {
    const { node: by, useOp = [] } = node.SortBy;
    if (useOp.length > 0) reading.predicate(useOperator(at, nameOf(useOp)), "other", use);
    if (by !== undefined) sortBy(at, by, output, use);
    return;
  }
  const name = bareName(node);
  const named = name === null ? [] : output.columns.filter((column) => column.name === name);
  if (named.length > 0) for (const { value } of named) reading.predicate(value, use, use);
  else expressionBy(at, node, output, use);
}

/** A column of FROM comes before an output column's name. */
export function groupBy(at: Place, nodes: readonly Node[] | undefined, output: Columns): void {
  for (const node of nodes ?? []) {
    if ("GroupingSet" in node) {
      groupBy(at, node.GroupingSet.content, output);
      continue;
    }
    const name = bareName(node);
    const visible = at.scope.items.filter(({ columnsVisible }) => columnsVisible);
    const inFrom = name !== null && visible.some((item) => columnsOf(item, name).length > 0);
    const named = name === null ? [] : output.columns.filter((column) => column.name === name);
    if (inFrom || named.length === 0) expressionBy(at, node, output, "group");
    else for (const { value } of named) at.reading.predicate(value, "group", "group");
  }
}

function expressionBy(at: Place, node: Node, output: Columns, use: Sorting): void {
  at.reading.predicate(condition(at, node), use, use);
  at.reading.predicate(numbered(node, output), use, use);
}

/** `ORDER BY 2` */
function numbered(node: Node, output: Columns): Value {
  const number = "A_Const" in node ? node.A_Const.ival?.ival : undefined;
  return number === undefined ? NOTHING : columnAt(output, number - 1);
}

function bareName(node: Node): string | null {
  if (!("ColumnRef" in node)) return null;
  const [name, ...others] = strings(node.ColumnRef.fields);
  return others.length > 0 || node.ColumnRef.fields?.length !== 1 ? null : (name ?? null);
}
