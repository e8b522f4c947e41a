// Rules of CREATE RULE: what the rewriter puts beside a statement or in its place.

import type { RelationInfo, RuleInfo } from "../../catalog/catalog.ts";
import { type AnalysisContext, qualified } from "../context.ts";
import { withRow } from "./acting-row.ts";
import { selectOf } from "./body.ts";
import { inside } from "./inside.ts";

/** True: a rule without a condition stands in the statement's place. */
export function applyRules(context: AnalysisContext, relation: RelationInfo, action: string): boolean {
  let replaced = false;
  for (const rule of relation.rules) {
    if (rule.event !== action) continue;
    context.tagCounts = false;
    if (applyRule(context, relation, rule) && rule.instead) replaced = true;
  }
  return replaced;
}

/** True: it has no condition. */
function applyRule(context: AnalysisContext, relation: RelationInfo, rule: RuleInfo): boolean {
  const name = `${qualified(relation)}.${rule.name}`;
  const parsed = context.surroundings.grammar.parse(rule.definition);
  const node = parsed.ok ? parsed.value[0]?.node : undefined;
  const statement = node !== undefined && "RuleStmt" in node ? node.RuleStmt : null;
  inside(context, { via: { kind: "rule", name }, variables: "possible" }, () => {
    if (statement === null) return context.cannotTell("body", name);
    withRow(context, relation, rule.event, () => {
      if (statement.whereClause !== undefined) context.visit(selectOf(statement.whereClause));
      for (const each of statement.actions ?? []) context.visit(each);
    });
  });
  return statement !== null && statement.whereClause === undefined;
}
