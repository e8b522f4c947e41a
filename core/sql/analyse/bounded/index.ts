// Whether an UPDATE or DELETE touches a part of the rows only, as far as its WHERE alone can show it. Pure, on the parse
// tree; see facts' Boundedness for the three answers.

import type { Node } from "@pgsql/types";
import type { RelationInfo } from "../../catalog/catalog.ts";
import type { Boundedness, Via } from "../../facts/facts.ts";

export interface WrittenRows {
  /** WHERE; of MERGE its ON and the action's AND, as one BoolExpr. undefined: none. */
  readonly where: Node | undefined;
  readonly target: RelationInfo;
  /** Names that the statement has for the target: its alias alone where it has one, else its name. */
  readonly aliases: readonly string[];
  /** USING of DELETE, FROM of UPDATE, the source of MERGE. */
  readonly from: readonly Node[];
  /** The context's: what stands inside of a function, trigger or rule may run for many rows, each time with other parameters. */
  readonly via: readonly Via[];
}

export function boundedness({ where }: WrittenRows): Boundedness {
  return where === undefined ? "unbounded" : "by_effect";
}
