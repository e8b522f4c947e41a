// What every command that is no query does: by a table of all of PostgreSQL 18's statement nodes. A node that the table does
// not have is not understood.

import type { Node } from "@pgsql/types";
import type { StatementKind } from "../../facts/kinds.ts";
import type { AnalysisContext, QueryOutput } from "../context.ts";
import { COMMANDS, type Command } from "./commands.ts";
import { intoClause, isAnalyze, visitSelectInto } from "./queries.ts";

const QUERY_KINDS = {
  SelectStmt: "select",
  InsertStmt: "insert",
  UpdateStmt: "update",
  DeleteStmt: "delete",
  MergeStmt: "merge",
} as const satisfies Record<string, StatementKind>;

export function visitUtility(context: AnalysisContext, node: Node): QueryOutput {
  context.kinds.add(statementKind(node));
  if ("SelectStmt" in node) {
    visitSelectInto(context, node.SelectStmt);
    context.uncounted = null;
    return null;
  }
  const found = commandOf(node);
  if (found === null) {
    context.cannotTell("statement", Object.keys(node)[0] ?? "");
    return null;
  }
  context.uncounted = null;
  const output = found.command.visit(context, found.statement) ?? null;
  if (!ROWS.has(Object.keys(node)[0] ?? "")) context.uncounted = null;
  return output;
}

/** Whose rows are those of a query inside, or of what they call. */
const ROWS: ReadonlySet<string> = new Set([
  "CallStmt",
  "CopyStmt",
  "DeclareCursorStmt",
  "ExecuteStmt",
  "FetchStmt",
  "PrepareStmt",
]);

/** SELECT, INSERT, UPDATE, DELETE, MERGE; SELECT … INTO is none: it makes a table. */
export function isQuery(node: Node): boolean {
  if ("SelectStmt" in node) return intoClause(node.SelectStmt) === undefined;
  return Object.hasOwn(QUERY_KINDS, Object.keys(node)[0] ?? "");
}

export function statementKind(node: Node): StatementKind {
  const [tag = ""] = Object.keys(node);
  if ("SelectStmt" in node && !isQuery(node)) return "select_into";
  if (Object.hasOwn(QUERY_KINDS, tag)) return QUERY_KINDS[tag as keyof typeof QUERY_KINDS];
  const found = commandOf(node);
  if (found === null) return "unknown";
  const { kind } = found.command;
  return typeof kind === "function" ? kind(found.statement) : kind;
}

/** EXPLAIN without ANALYZE and PREPARE: what is inside does not run now. */
export function doesNotExecute(node: Node): boolean {
  return "PrepareStmt" in node || ("ExplainStmt" in node && !isAnalyze(node.ExplainStmt));
}

function commandOf(node: Node): { readonly command: Command<never>; readonly statement: never } | null {
  const [tag = ""] = Object.keys(node);
  if (!Object.hasOwn(COMMANDS, tag)) return null;
  const command = COMMANDS[tag as keyof typeof COMMANDS] as Command<never>;
  return { command, statement: (node as unknown as Readonly<Record<string, never>>)[tag] as never };
}
