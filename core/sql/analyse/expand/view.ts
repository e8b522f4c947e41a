// Writing through a view: PostgreSQL turns it into the same statement on the one relation that the view is made of
// (rewriteTargetView). Views of more than one relation take writes by rules and INSTEAD OF triggers only.

import type { Node, RangeVar, SelectStmt } from "@pgsql/types";
import type { RelationInfo } from "../../catalog/catalog.ts";
import { type AnalysisContext, qualified } from "../context.ts";
import { inside } from "./inside.ts";
import { defined, viewQuery } from "./read.ts";

/**
 * `write` is asked to write to the base relation. Also where the view has triggers: which of them are INSTEAD OF is not known, and those AFTER each statement leave the write
 * as it is. Whatever else makes a view not updatable makes PostgreSQL refuse the statement.
 */
export function writeThroughView(
  context: AnalysisContext,
  view: RelationInfo,
  action: string,
  columns: readonly string[],
  write: (base: RelationInfo, columns: readonly string[], below: boolean) => void,
): void {
  const name = qualified(view);
  const node = viewQuery(context, view);
  const query = node !== null && "SelectStmt" in node ? node.SelectStmt : null;
  if (query === null) return context.cannotTell("relation", name);
  // Rows are looked for through the view's own conditions, and inserted ones may be checked against them.
  if (action !== "insert" || query.whereClause !== undefined) defined(context, view);
  const source = onlySource(query);
  if (source === null) return;
  const step = {
    via: { kind: "view", name } as const,
    identity: `${action} ${columns.join()}`,
    variables: "none" as const,
  };
  inside(context, step, () => {
    const base = context.relation({ schema: source.schemaname ?? null, name: source.relname ?? "" });
    if (base === null) context.cannotTell("relation", name);
    if (base === null || base === undefined) return;
    write(base, baseColumns(view, query, columns), source.inh !== false);
  });
}

function onlySource({ fromClause = [], valuesLists, op }: SelectStmt): RangeVar | null {
  const [item, ...others] = fromClause;
  if (item === undefined || others.length > 0 || valuesLists !== undefined) return null;
  if (op !== undefined && op !== "SETOP_NONE") return null;
  return "RangeVar" in item ? item.RangeVar : null;
}

/** By position; a column that is no plain column of the base takes no writes. */
function baseColumns(view: RelationInfo, query: SelectStmt, columns: readonly string[]): readonly string[] {
  const names = new Map<string, string>();
  for (const [position, { name }] of view.columns.entries()) {
    const base = plainColumn(query.targetList?.[position]);
    if (base === "*") return ["*"];
    if (base !== null) names.set(name, base);
  }
  const wanted = columns.includes("*") ? [...names.keys()] : columns;
  return [...new Set(wanted.map((column) => names.get(column) ?? "*"))].sort();
}

function plainColumn(target: Node | undefined): string | null {
  const value = target !== undefined && "ResTarget" in target ? target.ResTarget.val : undefined;
  if (value === undefined || !("ColumnRef" in value)) return null;
  const last = value.ColumnRef.fields?.at(-1);
  if (last === undefined) return null;
  return "String" in last ? (last.String.sval ?? null) : "*";
}
