// Reading a relation: the access itself, and of a view everything that its definition reads and calls. Gives what stands
// behind each column.

import type { Node } from "@pgsql/types";
import type { RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import { type AnalysisContext, qualified, type QueryOutput } from "../context.ts";
import { evaluateExpressions } from "./call.ts";
import { inside } from "./inside.ts";
import { type Lineage, ownLineage, quietly, viewLineage } from "./lineage.ts";

export function readRelation(
  context: AnalysisContext,
  relation: RelationInfo,
  columns: readonly string[],
  below: boolean,
): Lineage {
  context.access(relation, "select", columns, below);
  if (relation.rowSecurity || relation.columns.some(({ generated }) => generated))
    evaluateExpressions(context, relation, false);
  if (!isExpanded(relation)) return ownLineage(relation, below);
  const output =
    relation.kind === "materialized_view" ? copied(context, relation) : defined(context, relation);
  return viewLineage(relation, output);
}

/** The same without reading: for what is written to. */
export function behindRelation(context: AnalysisContext, relation: RelationInfo, below: boolean): Lineage {
  if (!isExpanded(relation)) return ownLineage(relation, below);
  return viewLineage(
    relation,
    quietly(context, () => defined(context, relation, "lineage")),
  );
}

/** PostgreSQL's own views are judged by name: their definitions are its internals. */
export function isExpanded({ kind, schema }: RelationInfo): boolean {
  return (
    (kind === "view" || kind === "materialized_view") &&
    schema !== "pg_catalog" &&
    schema !== "information_schema"
  );
}

/** The SELECT of a view; null: it cannot be told. */
export function viewQuery(context: AnalysisContext, relation: RelationInfo): Node | null {
  const definition = relation.viewDefinition ?? relation.storedDefinition ?? null;
  if (definition === null) return null;
  const parsed = context.surroundings.grammar.parse(definition);
  const [statement, ...rest] = parsed.ok ? parsed.value : [];
  return statement !== undefined && rest.length === 0 && "SelectStmt" in statement.node
    ? statement.node
    : null;
}

/** Visits a view's definition, once for each path; the output is the same on all of them. */
export function defined(context: AnalysisContext, relation: RelationInfo, identity = ""): QueryOutput {
  const outputs = outputsOf(context);
  const via = { kind: "view", name: qualified(relation) } as const;
  inside(context, { via, identity, variables: "none" }, () => {
    const query = viewQuery(context, relation);
    if (query === null) return context.cannotTell("relation", qualified(relation));
    const output = context.visit(query);
    if (output?.length === relation.columns.length) outputs.set(relation.oid, output);
    else if (context.questions.length === 0) context.cannotTell("relation", qualified(relation));
  });
  return outputs.get(relation.oid) ?? null;
}

/**
 * A materialized view is a copy: what it was made of still counts as read, so that a copy of a forbidden table is no way
 * round, but no function runs when it is read.
 */
function copied(context: AnalysisContext, relation: RelationInfo): QueryOutput {
  const calls = context.calls.length;
  const kinds = [...context.kinds];
  const { tagCounts } = context;
  const output = defined(context, relation);
  context.calls.length = calls;
  context.kinds.clear();
  for (const kind of kinds) context.kinds.add(kind);
  context.tagCounts = tagCounts;
  return output;
}

const outputsByContext = new WeakMap<AnalysisContext, Map<number, readonly OutputColumn[]>>();

function outputsOf(context: AnalysisContext): Map<number, readonly OutputColumn[]> {
  const known = outputsByContext.get(context);
  if (known !== undefined) return known;
  const created = new Map<number, readonly OutputColumn[]>();
  outputsByContext.set(context, created);
  return created;
}
