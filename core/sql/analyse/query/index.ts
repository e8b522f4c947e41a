// What SELECT, INSERT, UPDATE, DELETE and MERGE read, write and call, and where their output columns come from.

import type { Node } from "@pgsql/types";
import type { AnalysisContext, QueryOutput } from "../context.ts";

/** SelectStmt, InsertStmt, UpdateStmt, DeleteStmt or MergeStmt; adds its kind to the context's. */
export function visitQuery(context: AnalysisContext, node: Node): QueryOutput {
  context.cannotTell("statement", Object.keys(node)[0] ?? "");
  return null;
}

/** An expression outside of any query: EXECUTE's and CALL's arguments, DEFAULTs. */
export function visitExpression(context: AnalysisContext, node: Node): void {
  context.cannotTell("statement", Object.keys(node)[0] ?? "");
}
