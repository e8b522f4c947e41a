// What a prepared statement may run: what its names stand for now, and what they stood for when it was planned. PostgreSQL
// plans anew when something that the plan uses was changed, or search_path was; a new table that stands before an old one
// of its name on the path is neither (plancache.c, RevalidateCachedQuery), and the old one is what is used. Pure.

import type { StatementFacts, Via } from "#core/sql";

/** `now` and whatever else `before` did; `now` itself where that is nothing. */
export function either(
  now: StatementFacts,
  before: StatementFacts,
  within: readonly Via[] = [],
): StatementFacts {
  if (now === before) return now;
  const inside = <T extends { readonly via: readonly Via[] }>(items: readonly T[]): readonly T[] =>
    within.length === 0 ? items : items.map((item) => ({ ...item, via: [...within, ...item.via] }));
  const accesses = more(now.accesses, inside(before.accesses));
  const calls = more(now.calls, inside(before.calls));
  const modifications = more(now.modifications, inside(before.modifications));
  const unknown = more(
    now.unknown,
    before.unknown.map((one) => ({ ...one, missing: null, via: [...within, ...(one.via ?? [])] })),
  );
  const kinds = [...new Set([...now.kinds, ...before.kinds])].sort();
  const same =
    accesses.length + calls.length + modifications.length + unknown.length === 0 &&
    kinds.length === now.kinds.length &&
    (before.tagCounts || !now.tagCounts);
  if (same) return now;
  return {
    ...now,
    kinds,
    accesses: [...now.accesses, ...accesses],
    calls: [...now.calls, ...calls],
    modifications: [...now.modifications, ...modifications],
    unknown: [...now.unknown, ...unknown],
    tagCounts: now.tagCounts && before.tagCounts,
  };
}

function more<T>(known: readonly T[], others: readonly T[]): readonly T[] {
  if (others.length === 0) return [];
  const seen = new Set(known.map((item) => JSON.stringify(item)));
  return others.filter((item) => !seen.has(JSON.stringify(item)));
}

/** It runs bodies whose names are looked up each time. */
export function runsBodies({ calls }: StatementFacts): boolean {
  return calls.some(({ function: { schema, definition } }) => schema !== "pg_catalog" && definition !== null);
}
