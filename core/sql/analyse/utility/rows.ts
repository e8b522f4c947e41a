// TRUNCATE and LOCK: commands on all rows of the relations they name.

import type { LockStmt, TruncateStmt } from "@pgsql/types";
import { ref, type AnalysisContext } from "../context.ts";
import { modifyRelation, readRelation } from "../expand/index.ts";
import { existing, rangeName, ranges } from "./names.ts";

export function visitTruncate(context: AnalysisContext, { relations, behavior }: TruncateStmt): void {
  for (const range of ranges(relations)) {
    const relation = existing(context, rangeName(range));
    if (relation === null) continue;
    modifyRelation(context, relation, "truncate", [], range.inh === true);
    context.modifications.push({
      relation: ref(relation),
      action: "truncate",
      bounded: "unbounded",
      via: context.via,
    });
  }
  // Every table with a foreign key to these, whatever the key does on delete, and so on from there.
  if (behavior === "DROP_CASCADE") context.cannotTell("relation", "TRUNCATE … CASCADE");
  // Its tag has no count.
  context.tagCounts = false;
}

/** lockdefs.h: what reading takes as well. */
const ACCESS_SHARE = 1;

export function visitLock(context: AnalysisContext, { relations, mode }: LockStmt): void {
  for (const range of ranges(relations)) {
    const relation = existing(context, rangeName(range));
    if (relation === null) continue;
    context.access(relation, "lock", [], range.inh === true, mode === ACCESS_SHARE);
    if (relation.kind === "view") lockBehind(context, () => readRelation(context, relation, ["*"], true));
  }
}

/** A view is locked with all that its query names (LockViewRecurse, lockcmds.c). */
function lockBehind(context: AnalysisContext, read: () => void): void {
  const before = context.accesses.length;
  read();
  for (const access of context.accesses.slice(before))
    if (access.action === "select") context.accesses.push({ ...access, action: "lock", columns: [] });
}
