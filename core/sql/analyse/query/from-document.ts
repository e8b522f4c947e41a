// XMLTABLE and JSON_TABLE. Both see what stands to their left, with or without LATERAL.

import type { JsonTable, JsonTableColumn, Node, RangeTableFunc } from "@pgsql/types";
import { runType, useType } from "./calls.ts";
import { aliased, itemDefaults } from "./items.ts";
import { behaviour, jsonValue } from "./json.ts";
import type { Place } from "./reading.ts";
import type { Item } from "./scope.ts";
import { computed, SCALAR, type NamedValue, type Value } from "./value.ts";
import { each } from "./walk.ts";

export function fromXmlTable(at: Place, range: RangeTableFunc): Item {
  const { docexpr, rowexpr, namespaces = [], columns = [], alias } = range;
  const row = computed(each(at, [docexpr, rowexpr, ...namespaces]), SCALAR);
  at.reading.meet(row.sources);
  at.reading.predicate(row, "other", "rows");
  const found = columns.flatMap((column): readonly NamedValue[] => {
    if (!("RangeTableFuncCol" in column)) return [];
    const { colname = "", typeName, colexpr, coldefexpr } = column.RangeTableFuncCol;
    const cast = runType(at.reading, useType(at, typeName));
    const value = computed([row, ...each(at, [colexpr, coldefexpr]), cast], SCALAR);
    at.reading.meet(value.sources);
    return [{ name: colname, value }];
  });
  return aliased({ ...itemDefaults("xmltable"), columns: found }, alias);
}

export function fromJsonTable(at: Place, table: JsonTable): Item {
  const { context_item, pathspec, passing = [], columns = [], on_error, alias } = table;
  const row = computed(
    [
      ...jsonValue(at, context_item),
      ...each(at, [pathspec?.string, ...passing]),
      ...behaviour(at, [on_error]),
    ],
    SCALAR,
  );
  at.reading.meet(row.sources);
  at.reading.predicate(row, "other", "rows");
  return aliased({ ...itemDefaults("json_table"), columns: jsonColumns(at, row, columns) }, alias);
}

/** Nested columns come after their siblings. */
function jsonColumns(at: Place, row: Value, nodes: readonly Node[]): readonly NamedValue[] {
  const columns = nodes.flatMap((node) => ("JsonTableColumn" in node ? [node.JsonTableColumn] : []));
  const own = columns.filter(({ coltype }) => coltype !== "JTC_NESTED");
  const nested = columns.filter(({ coltype }) => coltype === "JTC_NESTED");
  return [...own, ...nested].flatMap((column) => jsonColumn(at, row, column));
}

function jsonColumn(at: Place, row: Value, column: JsonTableColumn): readonly NamedValue[] {
  const { coltype, name = "", typeName, pathspec, columns = [], on_empty, on_error } = column;
  const value = computed(
    [row, ...each(at, [pathspec?.string]), ...behaviour(at, [on_empty, on_error])],
    SCALAR,
  );
  // A path may compare.
  at.reading.meet(value.sources);
  if (coltype === "JTC_NESTED") return jsonColumns(at, value, columns);
  const cast = runType(at.reading, useType(at, typeName));
  return [{ name, value: computed([value, cast], SCALAR) }];
}
