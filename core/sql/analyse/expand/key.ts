// Whether an UPDATE may change a key that a foreign key refers to, and so make ON UPDATE act. Many tools declare ON UPDATE
// CASCADE on every foreign key, so an answer that is always yes would forbid most updates.

import type { CascadeInfo, RelationInfo } from "../../catalog/catalog.ts";
import type { AnalysisContext } from "../context.ts";

/** A foreign key refers to the columns of a unique index; which one is not known, those of another length are out. */
export function mayTouchKey(
  context: AnalysisContext,
  relation: RelationInfo,
  cascade: CascadeInfo,
  columns: readonly string[],
): boolean {
  const keys = relation.uniqueKeys.filter((key) => key.length === cascade.columns.length);
  if (keys.length === 0 || columns.includes("*")) return true;
  const parts = new Set(keys.flat());
  if (columns.some((column) => parts.has(column))) return true;
  if (relation.columns.some(({ name, generated }) => generated && parts.has(name))) return true;
  return mayAssign(context, relation, parts);
}

/** A BEFORE trigger may write to NEW what the statement does not set. */
function mayAssign(context: AnalysisContext, relation: RelationInfo, parts: ReadonlySet<string>): boolean {
  return [...relation.triggers, ...(relation.triggersBelow ?? [])].some((trigger) => {
    if (!trigger.enabled || !trigger.events.includes("update")) return false;
    const called = context.functionByOid(trigger.functionOid);
    if (called === undefined) return false;
    const definition = called?.definition?.toLowerCase();
    if (definition === undefined) return true;
    return WHOLE_ROW.test(definition) || [...parts].some((part) => definition.includes(part.toLowerCase()));
  });
}

/** NEW written as a whole, or a row of another making given back. */
const WHOLE_ROW = /\bnew\s*:?=|\binto\s+(?:strict\s+)?new\b|\breturn\s+(?!new\b|old\b|null\b|trigger\b)|#=/;
