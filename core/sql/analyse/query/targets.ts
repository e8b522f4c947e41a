// Output lists: SELECT's and RETURNING's (parse_target.c, transformTargetList).

import type { Node } from "@pgsql/types";
import { expandStar, isStar, together } from "./columns.ts";
import { expandFields } from "./fields.ts";
import { columnName } from "./names.ts";
import type { Place } from "./reading.ts";
import type { Columns } from "./value.ts";
import { each } from "./walk.ts";

export function targets(at: Place, nodes: readonly Node[] | undefined): Columns {
  return together((nodes ?? []).map((node) => target(at, node)));
}

function target(at: Place, node: Node): Columns {
  const { name, val } = "ResTarget" in node ? node.ResTarget : { name: undefined, val: node };
  const several = val === undefined ? null : expanded(at, val);
  if (several !== null) return several;
  const [value] = each(at, [val]);
  if (value === undefined) return { columns: [], open: null };
  at.reading.meet(value.sources);
  const figured = name ?? columnName(val, (link) => at.reading.subqueryNames.get(link) ?? null);
  return { columns: [{ name: figured, value }], open: null };
}

/** `*`, `t.*`, `(value).*`; null for what is one column. */
export function expanded(at: Place, node: Node): Columns | null {
  if ("ColumnRef" in node && isStar(node.ColumnRef)) return expandStar(at, node.ColumnRef);
  if ("A_Indirection" in node) {
    const last = node.A_Indirection.indirection?.at(-1);
    if (last !== undefined && "A_Star" in last) return expandFields(at, node.A_Indirection);
  }
  return null;
}
