// INSERT (analyze.c, transformInsertStmt).

import type { InsertStmt, Node, OnConflictClause } from "@pgsql/types";
import { assignments, insertColumns } from "./assignments.ts";
import { withClause } from "./cte.ts";
import { itemDefaults, relationItem } from "./items.ts";
import { predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { returning } from "./returning.ts";
import type { Item } from "./scope.ts";
import { columnAt, isGiven, NOTHING, type Columns, type Source } from "./value.ts";
import { condition, each } from "./walk.ts";
import { write } from "./writing.ts";

export function visitInsert(outside: Place, statement: InsertStmt): Columns {
  const { relation, cols, selectStmt, onConflictClause, returningClause } = statement;
  const at = withClause(outside, statement.withClause);
  const { reading, scope } = at;
  const target = relationItem(at, relation ?? {}, false);
  const inside: Place = { reading, scope: { items: [], outer: scope, tables: scope.tables } };
  const source =
    selectStmt === undefined ? { columns: [], open: null } : reading.walks.query(inside, selectStmt);
  const columns = insertColumns(at, target, cols, source);
  write(at, target, "insert", columns, null);
  if (onConflictClause !== undefined)
    onConflict(at, target, onConflictClause, selectStmt, excluded(target, columns, source));
  return returning({ reading, scope: { ...scope, items: [target] } }, target, returningClause);
}

/**
 * The row that was to be inserted: it shows what was to be inserted, and reads nothing of the table. What it is compared with
 * meets the column all the same. A value that the statement says itself, or leaves to the default, is the column's own new one.
 */
function excluded(target: Item, columns: readonly string[], source: Columns): Item {
  return {
    ...itemDefaults("excluded"),
    columns: target.columns.map(({ name, value }) => {
      const at = columns.indexOf(name);
      const given = at < 0 ? NOTHING : columnAt(source, at);
      const verbatim = given.verbatim || given.sources.every(isGiven);
      const unread: Source = { kind: "later", sources: [...value.sources] };
      return { name, value: { sources: [...given.sources, unread], verbatim, shape: value.shape } };
    }),
    open: target.open,
  };
}

function onConflict(
  { reading, scope }: Place,
  target: Item,
  { action, infer, targetList, whereClause }: OnConflictClause,
  source: Node | undefined,
  proposed: Item,
): void {
  const alone: Place = { reading, scope: { ...scope, items: [target] } };
  for (const element of infer?.indexElems ?? []) {
    if (!("IndexElem" in element)) continue;
    const { name, expr } = element.IndexElem;
    // SELECT is needed on the columns that decide (INSERT, "Privileges"): a conflict tells of them.
    const column: Node | undefined =
      name === undefined ? expr : { ColumnRef: { fields: [{ String: { sval: name } }], location: -1 } };
    for (const value of each(alone, [column]))
      reading.predicate(value, value.verbatim ? "equality" : "other", "conflict");
  }
  condition(alone, infer?.whereClause);
  predicate(alone, infer?.whereClause, "conflict");
  if (infer?.conname !== undefined && target.entry !== null)
    for (const column of target.entry.info.uniqueKeys.flat()) {
      target.entry.read(column);
      const sources = [target.entry.source(column)];
      reading.predicate({ ...NOTHING, sources, verbatim: true }, "equality", "conflict");
    }
  if (action !== "ONCONFLICT_UPDATE") return;
  const both: Place = { reading, scope: { ...scope, items: [target, proposed] } };
  const columns = assignments(both, target, targetList);
  condition(both, whereClause);
  predicate(both, whereClause, "where");
  // As many rows at most as are inserted: as many as stand in VALUES, or as a query gives.
  write(both, target, "update", columns, isValues(source) ? "bounded" : "by_effect");
}

function isValues(source: Node | undefined): boolean {
  return (
    source === undefined ||
    ("SelectStmt" in source &&
      (source.SelectStmt.op ?? "SETOP_NONE") === "SETOP_NONE" &&
      source.SelectStmt.fromClause === undefined &&
      (source.SelectStmt.valuesLists !== undefined || source.SelectStmt.targetList !== undefined))
  );
}
