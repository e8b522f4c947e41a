// What SELECT, INSERT, UPDATE, DELETE and MERGE read, write and call, and where their output columns come from.

import type { Node, SelectStmt } from "@pgsql/types";
import type { OutputColumn } from "../../facts/facts.ts";
import type { AnalysisContext, QueryOutput } from "../context.ts";
import { visitDelete } from "./delete.ts";
import { expression } from "./expression.ts";
import { visitInsert } from "./insert.ts";
import { visitMerge } from "./merge.ts";
import { Reading, type Place, type Walks } from "./reading.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { visitSelect, visitUnion } from "./select.ts";
import { visitUpdate } from "./update.ts";
import { NOTHING, rowOf, type Columns } from "./value.ts";
import { condition, member } from "./walk.ts";

const WALKS: Walks = { expression, query, union: visitUnion };

function query(at: Place, node: Node): Columns {
  if ("SelectStmt" in node) return visitSelect(at, node.SelectStmt);
  if ("InsertStmt" in node) return visitInsert(at, node.InsertStmt);
  if ("UpdateStmt" in node) return visitUpdate(at, node.UpdateStmt);
  if ("DeleteStmt" in node) return visitDelete(at, node.DeleteStmt);
  if ("MergeStmt" in node) return visitMerge(at, node.MergeStmt);
  at.reading.context.cannotTell("statement", member(node)?.type ?? "");
  return { columns: [], open: NOTHING };
}

/** SelectStmt, InsertStmt, UpdateStmt, DeleteStmt or MergeStmt; adds its kind to the context's. */
export function visitQuery(context: AnalysisContext, node: Node): QueryOutput {
  if ("SelectStmt" in node) {
    const created = selectInto(node.SelectStmt);
    if (created !== null) return context.visit(created);
    // A view is part of the statement that names it.
    if (context.via.at(-1)?.kind !== "view") context.kinds.add("select");
  }
  const reading = new Reading(context, WALKS, false);
  const { columns, open } = query({ reading, scope: EMPTY_SCOPE }, node);
  reading.settle();
  // Without RETURNING there are no rows, with SELECT there are, even of no columns.
  const rows = "SelectStmt" in node || columns.length > 0;
  context.uncounted = open === null ? null : reading.output({ name: "", value: rowOf({ columns, open }) });
  return open !== null || !rows ? null : columns.map((column) => reading.output(column));
}

/** An expression outside of any query: EXECUTE's and CALL's arguments, DEFAULTs. Gives what it shows. */
export function visitExpression(context: AnalysisContext, node: Node): OutputColumn {
  const reading = new Reading(context, WALKS, true);
  const value = condition({ reading, scope: EMPTY_SCOPE }, node);
  reading.settle();
  return reading.output({ name: "", value });
}

/** SELECT … INTO is CREATE TABLE AS (analyze.c, transformOptionalSelectInto); INTO stands in the leftmost arm. */
function selectInto(select: SelectStmt): Node | null {
  let first = select;
  while (first.larg !== undefined) first = first.larg;
  if (first.intoClause === undefined) return null;
  const { intoClause: into } = first;
  return {
    CreateTableAsStmt: {
      query: { SelectStmt: withoutInto(select) },
      into,
      objtype: "OBJECT_TABLE",
      is_select_into: true,
    },
  };
}

function withoutInto(select: SelectStmt): SelectStmt {
  const { intoClause: _into, larg, ...rest } = select;
  return larg === undefined ? rest : { ...rest, larg: withoutInto(larg) };
}
