// Whether an UPDATE or DELETE touches a part of the rows only, as far as its WHERE alone can show it. Pure, on the parse
// tree; see facts' Boundedness for the three answers. Fails closed: `bounded` takes a proof, everything else is seen by its
// effect or is unbounded.

import type { Node } from "@pgsql/types";
import type { RelationInfo } from "../../catalog/catalog.ts";
import type { Boundedness, Via } from "../../facts/facts.ts";
import { judge } from "./judge.ts";
import { namesOf, type Scope } from "./scope.ts";
import { BOUNDEDNESS } from "./verdict.ts";

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

export function boundedness(written: WrittenRows): Boundedness {
  const { where, target, aliases, from, via } = written;
  if (where === undefined) return "unbounded";
  const others = namesOf(from);
  const scope: Scope = {
    target,
    aliases: new Set(aliases.filter((alias) => !others.has(alias))),
    // PL/pgSQL may take an unqualified name for a variable of its own: #variable_conflict use_variable.
    joined: from.length > 0 || via.some(({ kind }) => kind === "function"),
    once: via.every(({ kind }) => kind === "prepared"),
  };
  return BOUNDEDNESS[judge(scope, where, false)];
}
