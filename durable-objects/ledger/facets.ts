// From statements to facets: the values that search narrows the sessions by. Pure; ledger.ts writes what this returns.

import type { RecordedRelation } from "#core/record";
// Not by the room's door: that brings the grammar along.
import { KIND_CLASSES } from "../../core/sql/facts/kinds.ts";
import type { Facet, statements } from "../../migrations/schema.ts";

/** A value, and the first statement of the batch that has it. */
export type FacetRow = readonly [facet: Facet, value: string, seq: number];

/** An access has no space in it, so the two cannot be taken for others. */
export function relationFacet(name: string, access: RecordedRelation["access"]): string {
  return `${access} ${name}`;
}

/** Each value once. */
export function facetRows(rows: readonly (typeof statements.$inferInsert)[]): FacetRow[] {
  const found = new Map<string, FacetRow>();
  for (const row of rows.toSorted((a, b) => a.seq - b.seq)) {
    for (const [facet, value] of values(row)) {
      const key = `${facet} ${value}`;
      if (!found.has(key)) found.set(key, [facet, value, row.seq]);
    }
  }
  return [...found.values()];
}

function* values(row: typeof statements.$inferInsert): Generator<readonly [Facet, string]> {
  for (const relation of row.relations ?? []) yield ["relation", relation];
  for (const kind of row.kinds ?? []) {
    yield ["kind", kind];
    const kindClass = classOf(kind);
    if (kindClass !== null) yield ["class", kindClass];
  }
  if (typeof row.effect === "string") yield ["decision", row.effect];
  if (typeof row.rule === "string") yield ["rule", row.rule];
}

function classOf(kind: string): string | null {
  return Object.hasOwn(KIND_CLASSES, kind) ? KIND_CLASSES[kind as keyof typeof KIND_CLASSES] : null;
}
