// GROUP BY, ORDER BY and DISTINCT ON may name output columns (parse_clause.c, findTargetlistEntrySQL92).

import type { Node } from "@pgsql/types";
import { useOperator } from "./calls.ts";
import { nameOf, strings } from "./names.ts";
import type { Place } from "./reading.ts";
import { columnsOf } from "./scope.ts";
import type { Columns } from "./value.ts";
import { condition } from "./walk.ts";

/** An output column's name comes before a column of FROM. */
export function sortBy(at: Place, node: Node, output: Columns): void {
  if ("SortBy" in node) {
    const { node: by, useOp = [] } = node.SortBy;
    if (useOp.length > 0) useOperator(at, nameOf(useOp));
    if (by !== undefined) sortBy(at, by, output);
    return;
  }
  const name = bareName(node);
  if (name !== null && output.columns.some((column) => column.name === name)) return;
  condition(at, node);
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
    const named = name !== null && output.columns.some((column) => column.name === name);
    if (inFrom || !named) condition(at, node);
  }
}

function bareName(node: Node): string | null {
  if (!("ColumnRef" in node)) return null;
  const [name, ...others] = strings(node.ColumnRef.fields);
  return others.length > 0 || node.ColumnRef.fields?.length !== 1 ? null : (name ?? null);
}
