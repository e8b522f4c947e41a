// What every command that is no query does: door of the room.

import type { Node } from "@pgsql/types";
import type { StatementKind } from "../../facts/kinds.ts";
import type { AnalysisContext, QueryOutput } from "../context.ts";

export function visitUtility(context: AnalysisContext, node: Node): QueryOutput {
  context.cannotTell("statement", Object.keys(node)[0] ?? "");
  return null;
}

export function statementKind(_node: Node): StatementKind {
  return "unknown";
}

export function doesNotExecute(_node: Node): boolean {
  return false;
}
