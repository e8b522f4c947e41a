// What stands behind a name: views, rules, triggers, foreign-key cascades, inheritance and function bodies. Adds what they
// read, write and call to the context, with the way there in `via`.

import type { FunctionInfo, RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import type { AnalysisContext } from "../context.ts";

/** `columns`: ["*"] is all of them. `below`: with what inherits from it. Gives the base columns behind each column. */
export function readRelation(
  context: AnalysisContext,
  relation: RelationInfo,
  columns: readonly string[],
  below: boolean,
): ReadonlyMap<string, OutputColumn["sources"]> {
  context.access(relation, "select", columns, below);
  const self = { oid: relation.oid, schema: relation.schema, name: relation.name, kind: relation.kind };
  return new Map(relation.columns.map(({ name }) => [name, [{ relation: self, column: name }]]));
}

/** INSERT … ON CONFLICT DO UPDATE is an insert and, in a second call, an update. */
export function modifyRelation(
  context: AnalysisContext,
  relation: RelationInfo,
  action: "insert" | "update" | "delete" | "truncate",
  columns: readonly string[],
  below: boolean,
): void {
  context.access(relation, action, columns, below);
}

/** Any of the candidates may be the one that runs: all of them count. `constants`: see facts' Call. */
export function callFunction(
  context: AnalysisContext,
  candidates: readonly FunctionInfo[],
  constants: readonly (string | null)[],
): void {
  for (const candidate of candidates)
    context.calls.push({ function: candidate, via: context.via, examined: false, constants });
}
