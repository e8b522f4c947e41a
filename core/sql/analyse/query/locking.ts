// FOR UPDATE, FOR SHARE and their kin (analyze.c, transformLockingClause): without OF all of FROM but WITH queries.

import type { LockClauseStrength, Node } from "@pgsql/types";
import { qualified, type AnalysisContext } from "../context.ts";
import { missing } from "./missing.ts";
import type { RangeTableEntry } from "./range-table.ts";
import type { Place } from "./reading.ts";

const CLAUSES = {
  LCS_NONE: "FOR UPDATE",
  LCS_FORKEYSHARE: "FOR KEY SHARE",
  LCS_FORSHARE: "FOR SHARE",
  LCS_FORNOKEYUPDATE: "FOR NO KEY UPDATE",
  LCS_FORUPDATE: "FOR UPDATE",
} as const satisfies Record<LockClauseStrength, string>;

export function lock({ reading, scope }: Place, clauses: readonly Node[] | undefined): void {
  const locked = new Set<RangeTableEntry>();
  for (const clause of clauses ?? []) {
    if (!("LockingClause" in clause)) continue;
    const { strength = "LCS_FORUPDATE", lockedRels = [] } = clause.LockingClause;
    const names = lockedRels.flatMap((node) => ("RangeVar" in node ? [node.RangeVar] : []));
    const items =
      names.length === 0
        ? scope.items
        : names.flatMap(({ relname = "", location }) => {
            const found = scope.items.filter((item) => item.name === relname);
            const message = `relation "${relname}" in ${CLAUSES[strength]} clause not found in FROM clause`;
            if (found.length === 0) missing(reading.context, "from_entry", relname, message, location);
            return found;
          });
    for (const item of items) for (const entry of item.locks) locked.add(entry);
  }
  reading.afterwards(() => {
    for (const entry of locked) lockEntry(reading.context, entry);
  });
}

/** The lock goes through a view to what stands behind it (rewriteHandler.c, markQueryForLocking). */
function lockEntry(context: AnalysisContext, entry: RangeTableEntry): void {
  const { info, below } = entry;
  context.access(info, "lock", [], below);
  if (info.kind !== "view") return;
  const behind = new Set(
    info.columns.flatMap(({ name }) => entry.behind(name).places.map(({ relation }) => relation.oid)),
  );
  context.within({ kind: "view", name: qualified(info) }, () => {
    for (const oid of behind) {
      const relation = oid === info.oid ? null : context.relationByOid(oid);
      if (relation !== undefined && relation !== null) context.access(relation, "lock", [], true);
    }
  });
}
