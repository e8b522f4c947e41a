// NEW and OLD: the rows that rules and triggers see of the relation that they belong to.

import type { RelationInfo } from "../../catalog/catalog.ts";
import type { ColumnPlace } from "../../facts/facts.ts";
import { type AnalysisContext, placeOf } from "../context.ts";
import { behindRelation } from "./read.ts";

/**
 * The row of an INSERT is not the table's yet: what flows from it comes from what flows into it (flows.ts), and only that
 * counts.
 */
const PROPOSED = { proposed: true } as const;

export function isProposed(place: ColumnPlace): boolean {
  return "proposed" in place;
}

export function withRow(
  context: AnalysisContext,
  relation: RelationInfo,
  action: string,
  visit: () => void,
): void {
  const { row } = context;
  const places = (column: string): readonly ColumnPlace[] => {
    const behind = behindRelation(context, relation, false).get(column);
    const found = behind?.places ?? [placeOf(relation, column, false)];
    return action === "insert" ? found.map((place) => ({ ...place, ...PROPOSED })) : found;
  };
  context.row = { relation, places, used: new Set() };
  try {
    visit();
  } finally {
    context.row = row;
  }
}
