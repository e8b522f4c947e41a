// What a body of code writes may be made of anything that it reads: values go through variables, loops and conditions.

import type { Access, ColumnPlace } from "../../facts/facts.ts";
import { type AnalysisContext, type QueryOutput, ref } from "../context.ts";

/** Of what was accessed since there were `before` accesses. `opaque`: it may read more than was found. */
export function bodyFlows(context: AnalysisContext, before: number, opaque: boolean): void {
  const touched = context.accesses.slice(before);
  // Bodies that call and trigger one another come to the same columns on many paths.
  const from = distinct([...readPlaces(touched), ...rowPlaces(context)]);
  if (from.length === 0 && !opaque) return;
  for (const to of distinct(writtenPlaces(touched)))
    context.flows.push({ from, to, verbatim: false, ...(opaque ? { opaque } : {}), via: context.via });
}

export interface Assigned {
  /** Of NEW; null: another variable. */
  readonly column: string | null;
  readonly output: QueryOutput;
}

/**
 * What a trigger takes out of its row and puts into another column of it. What is put into a variable may be put from there into
 * any column that is assigned.
 */
export function assignedFlows({ row, flows, via }: AnalysisContext, assigned: readonly Assigned[]): void {
  if (row === null) return;
  const own = ({ output }: Assigned): readonly ColumnPlace[] =>
    output?.flatMap(({ sources }) => sources) ?? [];
  const kept = assigned.filter(({ column }) => column === null).flatMap(own);
  for (const one of assigned) {
    if (one.column === null) continue;
    const itself = new Set(row.places(one.column).map(keyOf));
    const from = distinct([...own(one), ...kept].filter((place) => !itself.has(keyOf(place))));
    const to = { relation: ref(row.relation), column: one.column };
    if (from.length > 0) flows.push({ from, to, verbatim: false, via });
  }
}

function keyOf({ relation: { oid }, column }: ColumnPlace): string {
  return `${oid} ${column}`;
}

export function readPlaces(accesses: Iterable<Access>): readonly ColumnPlace[] {
  const found: ColumnPlace[] = [];
  for (const { action, relation, columns, ancestors, descendants } of accesses) {
    if (action !== "select") continue;
    for (const column of columns)
      found.push({
        relation,
        column,
        ...(ancestors.length > 0 ? { ancestors } : {}),
        ...(descendants.length > 0 ? { descendants } : {}),
      });
  }
  return found;
}

export function writtenPlaces(
  accesses: Iterable<Access>,
): readonly Pick<ColumnPlace, "relation" | "column">[] {
  const found: Pick<ColumnPlace, "relation" | "column">[] = [];
  for (const { action, relation, columns } of accesses)
    if (action === "insert" || action === "update")
      for (const column of columns) found.push({ relation, column });
  return found;
}

function distinct<T extends Pick<ColumnPlace, "relation" | "column">>(places: readonly T[]): readonly T[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

/** Columns of NEW and OLD that were referred to. */
function rowPlaces({ row }: AnalysisContext): readonly ColumnPlace[] {
  return row === null ? [] : [...row.used].flatMap((column) => row.places(column));
}
