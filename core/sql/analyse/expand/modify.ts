// Writing to a relation: the access itself, and what PostgreSQL makes of it: rules, triggers, foreign keys that act on other
// tables, and the tables behind updatable views.

import type { CascadeInfo, RelationInfo, TriggerInfo } from "../../catalog/catalog.ts";
import type { PredicateUse } from "../../facts/facts.ts";
import { type AnalysisContext, placeOf, qualified } from "../context.ts";
import { withRow } from "./acting-row.ts";
import { callByOid, evaluateExpressions, flowToAny } from "./call.ts";
import { inside } from "./inside.ts";
import { mayTouchKey } from "./key.ts";
import { isExpanded } from "./read.ts";
import { applyRules } from "./rule.ts";
import { writeThroughView } from "./view.ts";

export type Write = "insert" | "update" | "delete" | "truncate";

/** INSERT … ON CONFLICT DO UPDATE is an insert and, in a second call, an update. */
export function modifyRelation(
  context: AnalysisContext,
  relation: RelationInfo,
  action: Write,
  columns: readonly string[],
  below: boolean,
): void {
  context.access(relation, action, columns, below);
  if (action === "insert" || action === "update") compares(context, relation, action, columns);
  if (relation.schema === "pg_catalog" || relation.schema === "information_schema") return;
  evaluateExpressions(context, relation, action === "insert" || action === "update");
  const replaced = applyRules(context, relation, action);
  for (const written of [relation, ...belowOf(context, relation, action, below)]) {
    for (const event of eventsOf(relation, action)) fireTriggers(context, relation, written, event);
    for (const cascade of written.cascades) act(context, relation, cascade, action, columns);
  }
  if (isExpanded(relation) && relation.kind === "view" && !replaced)
    writeThroughView(context, relation, action, columns, (base, mapped, belowBase) =>
      modifyRelation(context, base, action, mapped, belowBase),
    );
}

/**
 * Whether PostgreSQL takes a value tells whether another row has it, and of what stands beside it in a check: a view in between
 * does not make it less so.
 */
function compares(
  context: AnalysisContext,
  relation: RelationInfo,
  action: Write,
  columns: readonly string[],
): void {
  const via = context.via.filter(({ kind }) => kind !== "view");
  const written = (column: string): boolean => columns.includes(column) || columns.includes("*");
  const compare = (column: string, use: PredicateUse): void => {
    context.predicates.push({ ...placeOf(relation, column, true), use, place: "constraint", via });
  };
  for (const column of relation.compared ?? []) if (written(column)) compare(column, "equality");
  if (action !== "update") return;
  const checked = (relation.checked ?? []).filter((check) => check.some(written));
  for (const column of new Set(checked.flat())) if (!written(column)) compare(column, "other");
}

type Acting = Pick<RelationInfo, "schema" | "name" | "triggers" | "cascades">;

/** Partitions and inheriting tables, whose own triggers and foreign keys act. Rows are inserted into partitions only. */
function belowOf(
  context: AnalysisContext,
  relation: RelationInfo,
  action: Write,
  below: boolean,
): readonly Acting[] {
  if (relation.kind !== "partitioned_table" && (!below || action === "insert")) return [];
  const { schema, name, triggersBelow: triggers, cascadesBelow: cascades } = relation;
  if (triggers !== undefined && cascades !== undefined) return [{ schema, name, triggers, cascades }];
  return relation.descendants.flatMap(({ oid, ...descendant }) => {
    const found = context.relationByOid(oid);
    if (found === null) context.cannotTell("relation", qualified(descendant));
    return found ?? [];
  });
}

/** An UPDATE of a partition key is a DELETE in one partition and an INSERT into another (ExecCrossPartitionUpdate). */
function eventsOf({ kind }: RelationInfo, action: Write): readonly Write[] {
  return kind === "partitioned_table" && action === "update" ? ["update", "delete", "insert"] : [action];
}

function fireTriggers(context: AnalysisContext, relation: RelationInfo, acting: Acting, event: Write): void {
  for (const trigger of acting.triggers)
    if (trigger.enabled && trigger.events.includes(event)) fire(context, relation, acting, trigger, event);
}

function fire(
  context: AnalysisContext,
  relation: RelationInfo,
  acting: Acting,
  trigger: TriggerInfo,
  event: Write,
): void {
  const name = `${qualified(acting)}.${trigger.name}`;
  const step = {
    via: { kind: "trigger", name } as const,
    identity: `${trigger.functionOid} ${event}`,
    variables: "possible" as const,
  };
  inside(context, step, () => {
    withRow(context, relation, event, () => {
      const before = context.accesses.length;
      callByOid(context, trigger.functionOid);
      // A trigger BEFORE each row may put what it reads into any column of it.
      if (event === "insert" || event === "update") flowToAny(context, relation, before);
    });
  });
}

/** TRUNCATE does not look at ON DELETE: it needs CASCADE, which names the other tables itself. */
function act(
  context: AnalysisContext,
  relation: RelationInfo,
  cascade: CascadeInfo,
  action: Write,
  columns: readonly string[],
): void {
  const does =
    action === "delete"
      ? cascade.onDelete
      : action === "update" && mayTouchKey(context, relation, cascade, columns)
        ? cascade.onUpdate
        : "none";
  if (does === "none") return;
  const name = `${qualified(cascade.relation)}.${cascade.constraint}`;
  context.tagCounts = false;
  inside(context, { via: { kind: "cascade", name }, identity: does, variables: "none" }, () => {
    const referencing = context.relationByOid(cascade.relation.oid);
    if (referencing === null) context.cannotTell("relation", qualified(cascade.relation));
    if (referencing === null || referencing === undefined) return;
    context.kinds.add(does);
    modifyRelation(context, referencing, does, does === "delete" ? [] : cascade.columns, true);
  });
}
