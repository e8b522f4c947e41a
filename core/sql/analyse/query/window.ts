// OVER (…) and WINDOW: what orders and divides the rows shows in ranks and counts.

import type { WindowDef } from "@pgsql/types";
import type { Place } from "./reading.ts";
import type { Value } from "./value.ts";
import { each } from "./walk.ts";

export function window(at: Place, over: WindowDef | undefined): readonly Value[] {
  if (over === undefined) return [];
  const { partitionClause = [], orderClause = [], startOffset, endOffset } = over;
  const values = each(at, [...partitionClause, ...orderClause, startOffset, endOffset]);
  for (const { sources } of values) at.reading.meet(sources);
  return values;
}
