// SET of UPDATE, ON CONFLICT and MERGE, and column lists of INSERT: which columns are written, and what meets them.

import type { Node } from "@pgsql/types";
import { assignToType } from "./calls.ts";
import { missing } from "./missing.ts";
import type { Place } from "./reading.ts";
import type { Item } from "./scope.ts";
import { fieldsOf } from "./shapes.ts";
import { columnAt, NOTHING, type Columns, type Value } from "./value.ts";
import { each } from "./walk.ts";

/** `at`: where the expressions stand; `target` is what is written to. Gives the columns. */
export function assignments(at: Place, target: Item, nodes: readonly Node[] | undefined): readonly string[] {
  const names: string[] = [];
  let row: readonly Value[] = [];
  for (const node of nodes ?? []) {
    if (!("ResTarget" in node)) continue;
    const { name = "", indirection, val, location } = node.ResTarget;
    names.push(name);
    indices(at, indirection);
    let value: Value = NOTHING;
    if (val !== undefined && "MultiAssignRef" in val) {
      const { source, colno = 1 } = val.MultiAssignRef;
      // The tree has the source once for each column: it is walked for the first.
      if (colno === 1)
        row = source === undefined ? [] : columnsOfSource(at, source, val.MultiAssignRef.ncolumns ?? 1);
      value = row[colno - 1] ?? NOTHING;
    } else value = each(at, [val])[0] ?? NOTHING;
    at.reading.meet(value.sources);
    assign(at, target, name, value, location);
  }
  return names;
}

/** `(a, b) = (SELECT …)` or `ROW (…)` (parse_target.c, transformMultiAssignRef). */
function columnsOfSource(at: Place, source: Node, count: number): readonly Value[] {
  const places = Array.from({ length: count }, (_, index) => index);
  if ("RowExpr" in source) return each(at, source.RowExpr.args);
  if ("SubLink" in source && source.SubLink.subselect !== undefined) {
    const { reading, scope } = at;
    const inside: Place = { reading, scope: { items: [], outer: scope, tables: scope.tables } };
    const output = reading.walks.query(inside, source.SubLink.subselect);
    return places.map((index) => columnAt(output, index));
  }
  const [value = NOTHING] = each(at, [source]);
  const fields = fieldsOf(at.reading.context, value);
  return fields === null || fields === "scalar"
    ? places.map(() => value)
    : fields.map((field) => field.value);
}

/** Columns of an INSERT: those listed, else the first of the table, as many as there are values. */
export function insertColumns(
  at: Place,
  target: Item,
  listed: readonly Node[] | undefined,
  source: Columns,
): readonly string[] {
  const columns = target.entry?.info.columns ?? [];
  if (listed === undefined || listed.length === 0) {
    const names = columns.map(({ name }) => name);
    const taken = source.open === null ? names.slice(0, source.columns.length) : names;
    for (const [index, name] of taken.entries()) assign(at, target, name, columnAt(source, index), -1);
    return taken;
  }
  return listed.flatMap((node, index) => {
    if (!("ResTarget" in node)) return [];
    const { name = "", indirection, location } = node.ResTarget;
    indices(at, indirection);
    assign(at, target, name, columnAt(source, index), location);
    return [name];
  });
}

function indices(at: Place, indirection: readonly Node[] | undefined): void {
  for (const step of indirection ?? [])
    if ("A_Indices" in step) each(at, [step.A_Indices.lidx, step.A_Indices.uidx]);
}

function assign(
  { reading }: Place,
  { entry }: Item,
  name: string,
  value: Value,
  location: number | undefined,
): void {
  if (entry === null) return;
  const column = entry.info.columns.find((each) => each.name === name);
  if (column === undefined) {
    const message = `column "${name}" of relation "${entry.info.name}" does not exist`;
    missing(reading.context, "column", name, message, location);
    return;
  }
  reading.assign(entry, name, value);
  assignToType(reading, column.typeOid);
}
