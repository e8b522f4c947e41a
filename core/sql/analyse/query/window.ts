// OVER (…) and WINDOW: what orders and divides the rows shows in ranks and counts.

import type { Node, WindowDef } from "@pgsql/types";
import type { Place } from "./reading.ts";
import { computed, type Value } from "./value.ts";
import { each } from "./walk.ts";

export function window(at: Place, over: WindowDef | undefined): readonly Value[] {
  if (over === undefined) return [];
  const { name, refname, partitionClause = [], orderClause = [], startOffset, endOffset } = over;
  const values = each(at, [...partitionClause, ...orderClause, startOffset, endOffset]);
  for (const [index, value] of values.entries()) {
    at.reading.meet(value.sources);
    const divides = index < partitionClause.length;
    at.reading.predicate(value, divides ? "group" : "order", "window");
  }
  const named = [name, refname].flatMap((each) => at.scope.windows?.get(each ?? "") ?? []);
  return [...values, ...named];
}

/** The place with the windows of its WINDOW clause. Each may build on those before it. */
export function withWindows(at: Place, clause: readonly Node[] | undefined): Place {
  if (clause === undefined) return at;
  const windows = new Map<string, Value>();
  const place: Place = { reading: at.reading, scope: { ...at.scope, windows } };
  for (const node of clause) {
    if (!("WindowDef" in node)) continue;
    const { name = "", ...definition } = node.WindowDef;
    windows.set(name, computed(window(place, definition)));
  }
  return place;
}
