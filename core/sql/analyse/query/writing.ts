// What the writing statements have in common: what they tell of their target when their walk is over.

import type { Node, RangeVar } from "@pgsql/types";
import { boundedness } from "../bounded/index.ts";
import type { Boundedness } from "../../facts/facts.ts";
import { modifyRelation } from "../expand/index.ts";
import { ref } from "../context.ts";
import type { Place } from "./reading.ts";
import type { Item } from "./scope.ts";

export type Writing = "insert" | "update" | "delete";

/** `bounded`: null for what adds rows. */
export function write(
  { reading }: Place,
  { entry }: Item,
  action: Writing,
  columns: readonly string[],
  bounded: Boundedness | null,
): void {
  const { context } = reading;
  context.kinds.add(action);
  if (entry === null) return;
  const { info, below } = entry;
  reading.afterwards(() => {
    modifyRelation(context, info, action, [...new Set(columns)].toSorted(), below);
    if (action !== "insert" && bounded !== null)
      context.modifications.push({ relation: ref(info), action, bounded, via: context.via });
  });
}

export function boundedBy(
  { reading }: Place,
  { entry }: Item,
  range: RangeVar,
  where: Node | undefined,
  from: readonly Node[] | undefined,
): Boundedness {
  if (entry === null) return "unbounded";
  return boundedness({
    where,
    target: entry.info,
    aliases: [range.alias?.aliasname ?? range.relname ?? ""],
    from: from ?? [],
    via: reading.context.via,
  });
}
