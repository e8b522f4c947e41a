// Reading a relation: the access itself, and of a view everything that its definition reads and calls. Gives the columns that
// stand behind each column; a view's own columns are among them, so that a mask on a view's column holds as well.

import type { Node } from "@pgsql/types";
import type { RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import { type AnalysisContext, qualified, type QueryOutput, ref } from "../context.ts";
import { evaluateExpressions } from "./call.ts";
import { inside } from "./inside.ts";

export type Lineage = ReadonlyMap<string, OutputColumn["sources"]>;

export function readRelation(
  context: AnalysisContext,
  relation: RelationInfo,
  columns: readonly string[],
  below: boolean,
): Lineage {
  context.access(relation, "select", columns, below);
  const self = ref(relation);
  const own: Lineage = new Map(
    relation.columns.map(({ name }) => [name, [{ relation: self, column: name }]] as const),
  );
  if (relation.rowSecurity || relation.columns.some(({ generated }) => generated))
    evaluateExpressions(context, relation);
  if (!isExpanded(relation)) return own;
  const output =
    relation.kind === "materialized_view" ? copied(context, relation) : defined(context, relation);
  if (output === null) return own;
  return new Map(
    relation.columns.map(({ name }, position) => [
      name,
      [{ relation: self, column: name }, ...(output[position]?.sources ?? [])],
    ]),
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
export function defined(context: AnalysisContext, relation: RelationInfo): QueryOutput {
  const outputs = outputsOf(context);
  inside(context, { via: { kind: "view", name: qualified(relation) }, variables: "none" }, () => {
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
