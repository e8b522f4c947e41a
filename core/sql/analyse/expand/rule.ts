// Rules of CREATE RULE: what the rewriter puts beside a statement or in its place.

import type { Node } from "@pgsql/types";
import type { RelationInfo, RuleInfo } from "../../catalog/catalog.ts";
import type { ColumnPlace } from "../../facts/facts.ts";
import { type AnalysisContext, qualified, type QueryOutput, ref } from "../context.ts";
import { withRow } from "./acting-row.ts";
import { selectOf } from "./body.ts";
import { inside } from "./inside.ts";
import { behindRelation } from "./read.ts";

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

/** RETURNING of a rule's action stands for the columns of the relation, in their order: it shows what they do not. */
function returns(context: AnalysisContext, relation: RelationInfo, output: QueryOutput): void {
  if (output?.length !== relation.columns.length) {
    const to = { relation: ref(relation), column: "*" };
    context.returned.push({ from: [], to, verbatim: false, opaque: true, via: [] });
    return;
  }
  const behind = behindRelation(context, relation, false);
  for (const [at, { name }] of relation.columns.entries()) {
    const own = new Set(behind.get(name)?.places.map(keyOf));
    const { sources = [], opaque = false } = output[at] ?? {};
    const from = sources.filter((place) => !own.has(keyOf(place)));
    if (from.length === 0 && !opaque) continue;
    const to = { relation: ref(relation), column: name };
    context.returned.push({ from, to, verbatim: false, ...(opaque ? { opaque } : {}), via: [] });
  }
}

function hasReturning(action: Node): boolean {
  return Object.values(action).some((statement: object) => "returningClause" in statement);
}

function keyOf({ relation: { oid }, column }: ColumnPlace): string {
  return `${oid} ${column}`;
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
      for (const each of statement.actions ?? []) {
        const output = context.visit(each);
        if (hasReturning(each)) returns(context, relation, output);
      }
    });
  });
  return statement !== null && statement.whereClause === undefined;
}
