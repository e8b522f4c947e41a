// Expressions inside of definitions: DEFAULT, CHECK, USING, index expressions, partition bounds, policies. They run now or
// whenever the thing is used, so what they call counts; the columns they name are those of a relation that may not exist yet.

import type { Node } from "@pgsql/types";
import type { AnalysisContext } from "../context.ts";
import { visitExpression } from "../query/index.ts";
import { isTag } from "./tags.ts";

/** Where an expression begins: nodes that may hold a call, an operator, a cast or a query. */
const EXPRESSIONS: ReadonlySet<string> = new Set([
  "A_Expr",
  "BoolExpr",
  "NullTest",
  "BooleanTest",
  "SubLink",
  "FuncCall",
  "TypeCast",
  "CollateClause",
  "CaseExpr",
  "CoalesceExpr",
  "MinMaxExpr",
  "RowExpr",
  "A_ArrayExpr",
  "A_Indirection",
  "XmlExpr",
  "XmlSerialize",
  "JsonFuncExpr",
  "JsonParseExpr",
  "JsonScalarExpr",
  "JsonSerializeExpr",
  "JsonObjectConstructor",
  "JsonArrayConstructor",
  "JsonArrayQueryConstructor",
  "JsonObjectAgg",
  "JsonArrayAgg",
  "JsonIsPredicate",
]);

/** Every expression below `value`, by its outermost node; `leave` says what not to go into. */
export function visitLoosely(
  context: AnalysisContext,
  value: unknown,
  leave: (key: string, value: object) => boolean = () => false,
): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value) visitLoosely(context, element, leave);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (typeof member !== "object" || member === null || leave(key, member as object)) continue;
    if (EXPRESSIONS.has(key)) loosely(context, () => visitExpression(context, value as Node));
    else if (isTag(key) && QUERIES.has(key)) loosely(context, () => context.visit(value as Node));
    else visitLoosely(context, member, leave);
  }
}

const QUERIES: ReadonlySet<string> = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
]);

function loosely(context: AnalysisContext, visit: () => void): void {
  const { variables } = context;
  context.variables = "possible";
  visit();
  context.variables = variables;
}
