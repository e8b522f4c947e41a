// MERGE (parse_merge.c, transformMergeStmt).

import type { MergeStmt, MergeWhenClause, Node, RangeVar } from "@pgsql/types";
import type { Boundedness } from "../../facts/facts.ts";
import { assignments, insertColumns } from "./assignments.ts";
import { withClause } from "./cte.ts";
import { withFrom } from "./from.ts";
import { relationItem } from "./items.ts";
import { predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { returning } from "./returning.ts";
import type { Item } from "./scope.ts";
import { targets } from "./targets.ts";
import type { Columns } from "./value.ts";
import { condition } from "./walk.ts";
import { boundedBy, write } from "./writing.ts";

interface Merge {
  readonly range: RangeVar;
  readonly target: Item;
  readonly source: Place;
  readonly both: Place;
  readonly alone: Place;
  readonly from: readonly Node[];
  readonly on: Node | undefined;
}

export function visitMerge(outside: Place, statement: MergeStmt): Columns {
  const { relation: range = {}, sourceRelation, joinCondition: on, mergeWhenClauses = [] } = statement;
  const at = withClause(outside, statement.withClause);
  at.reading.context.kinds.add("merge");
  const target = relationItem(at, range, false);
  const from = sourceRelation === undefined ? [] : [sourceRelation];
  const source = withFrom(at, from);
  const { reading, scope } = source;
  // RETURNING * gives the source's columns first.
  const both: Place = { reading, scope: { ...scope, items: [...scope.items, target] } };
  const alone: Place = { reading, scope: { ...scope, items: [target] } };
  condition(both, on);
  predicate(both, on, "on");
  const merge: Merge = { range, target, source, both, alone, from, on };
  for (const clause of mergeWhenClauses) if ("MergeWhenClause" in clause) arm(merge, clause.MergeWhenClause);
  return returning(both, target, statement.returningClause);
}

function arm(merge: Merge, clause: MergeWhenClause): void {
  const { target } = merge;
  const { matchKind, commandType, targetList, values, condition: when } = clause;
  const at = placeOf(merge, matchKind);
  condition(at, when);
  predicate(at, when, "where");
  if (commandType === "CMD_INSERT") {
    const row = targets(at, values);
    write(at, target, "insert", insertColumns(at, target, targetList, row), null);
  } else if (commandType === "CMD_UPDATE")
    write(at, target, "update", assignments(at, target, targetList), boundedArm(merge, clause));
  else if (commandType === "CMD_DELETE") write(at, target, "delete", [], boundedArm(merge, clause));
}

/** What an arm sees. */
function placeOf({ both, source, alone }: Merge, matchKind: MergeWhenClause["matchKind"]): Place {
  if (matchKind === "MERGE_WHEN_NOT_MATCHED_BY_TARGET") return source;
  return matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE" ? alone : both;
}

function boundedArm(merge: Merge, { matchKind, condition: when }: MergeWhenClause): Boundedness {
  const { alone, target, range, from, on } = merge;
  if (matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE") return boundedBy(alone, target, range, when, []);
  const args = [on, when].filter((each) => each !== undefined);
  const where: Node = { BoolExpr: { boolop: "AND_EXPR", args, location: -1 } };
  return boundedBy(alone, target, range, where, from);
}
