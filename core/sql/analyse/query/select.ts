// SELECT, VALUES, TABLE and set operations (analyze.c, transformSelectStmt and its kin).

import type { Node, SelectStmt } from "@pgsql/types";
import { withClause } from "./cte.ts";
import { withFrom } from "./from.ts";
import { itemDefaults } from "./items.ts";
import { lock } from "./locking.ts";
import { withPinned } from "./pinned.ts";
import type { Place } from "./reading.ts";
import { predicate } from "./predicates.ts";
import { groupBy, sortBy } from "./sorting.ts";
import { targets } from "./targets.ts";
import { columnAt, computed, either, type Columns, type Value } from "./value.ts";
import { condition, each, member } from "./walk.ts";
import { withWindows } from "./window.ts";

export function visitSelect(at: Place, select: SelectStmt): Columns {
  const place = withClause(at, select.withClause);
  if (select.valuesLists !== undefined) return tail(place, select, values(place, select.valuesLists));
  if (select.op !== undefined && select.op !== "SETOP_NONE")
    return setOperation(place, select, () => undefined);
  return plain(place, select);
}

/** A recursive WITH query's: its own WITH has still to be read. */
export function visitUnion(at: Place, select: SelectStmt, first: (columns: Columns) => void): Columns {
  return setOperation(withClause(at, select.withClause), select, first);
}

function plain(at: Place, select: SelectStmt): Columns {
  const place = withWindows(withFrom(at, select.fromClause), select.windowClause);
  const output = targets(withPinned(place, select), select.targetList);
  condition(place, select.whereClause);
  predicate(place, select.whereClause, "where");
  groupBy(place, select.groupClause, output);
  condition(place, select.havingClause);
  predicate(place, select.havingClause, "having");
  distinct(place, select.distinctClause, output);
  lock(place, select.lockingClause);
  return tail(place, select, output);
}

/** ORDER BY, LIMIT and OFFSET. */
function tail(at: Place, { sortClause = [], limitCount, limitOffset }: SelectStmt, output: Columns): Columns {
  for (const node of sortClause) sortBy(at, node, output, "order");
  for (const value of each(at, [limitCount, limitOffset])) at.reading.predicate(value, "other", "limit");
  return output;
}

/** Without ON, the list holds an empty node. */
function distinct(at: Place, nodes: readonly Node[] | undefined, output: Columns): void {
  for (const node of nodes ?? []) {
    if (member(node) === null) apart(at, output, "distinct");
    sortBy(at, node, output, "distinct");
  }
}

/** Rows are told apart by each of their columns. */
function apart(at: Place, { columns, open }: Columns, place: "distinct" | "set_operation"): void {
  for (const { value } of columns) at.reading.predicate(value, "distinct", place);
  if (open !== null) at.reading.predicate(open, "distinct", place);
}

function values(at: Place, lists: readonly Node[]): Columns {
  const cells: Value[][] = [];
  let open: Value | null = null;
  for (const list of lists) {
    const row = targets(at, "List" in list ? list.List.items : []);
    open = row.open ?? open;
    for (const [index, { value }] of row.columns.entries()) (cells[index] ??= []).push(value);
  }
  return {
    columns: cells.map((column, index) => ({ name: `column${index + 1}`, value: either(column) })),
    open,
  };
}

function setOperation(at: Place, select: SelectStmt, first: (columns: Columns) => void): Columns {
  const { larg, rarg } = select;
  const nothing: Columns = { columns: [], open: null };
  const arm = (part: SelectStmt | undefined): Columns =>
    part === undefined
      ? nothing
      : visitSelect({ reading: at.reading, scope: { ...at.scope, items: [] } }, part);
  const left = arm(larg);
  first(left);
  const right = arm(rarg);
  const columns = left.columns.map(({ name }, index) => {
    const both = either([columnAt(left, index), columnAt(right, index)]);
    at.reading.meet(both.sources);
    return { name, value: both };
  });
  const opens = [left.open, right.open].flatMap((open) => open ?? []);
  const output: Columns = { columns, open: opens.length > 0 ? computed(opens) : null };
  // UNION ALL alone keeps every row whatever it is.
  if (select.op !== "SETOP_UNION" || select.all !== true)
    for (const arms of [left, right]) apart(at, arms, "set_operation");
  // ORDER BY sees the output alone.
  const item = { ...itemDefaults(null), ...output };
  return tail({ reading: at.reading, scope: { ...at.scope, items: [item] } }, select, output);
}
