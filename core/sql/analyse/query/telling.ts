// What becomes of flows, of values handed to functions and of predicates once it is known what stands behind them.

import type { FunctionInfo } from "../../catalog/catalog.ts";
import type { PredicatePlace, PredicateUse } from "../../facts/facts.ts";
import type { AnalysisContext, Behind } from "../context.ts";
import * as expand from "../expand/index.ts";
import { behind, opaquely } from "./behind.ts";
import type { RangeTableEntry } from "./range-table.ts";
import type { Source, Value } from "./value.ts";

function isNothing({ places, opaque }: Behind): boolean {
  return places.length === 0 && !opaque;
}

/** Into the column, and through a view into what stands behind it. */
export function tellFlow(
  context: AnalysisContext,
  entry: RangeTableEntry,
  column: string,
  value: Value,
): void {
  const shown = behind(context, value.sources, true);
  if (isNothing(shown)) return;
  const verbatim = value.verbatim && shown.verbatim;
  for (const { relation, column: name } of entry.behind(column).places)
    context.flows.push({
      from: shown.places,
      to: { relation, column: name },
      verbatim,
      ...opaquely(shown),
      via: context.via,
    });
}

/** PostgreSQL's own functions keep and send nothing unless they are volatile. */
function mayKeep({ schema, volatility }: FunctionInfo): boolean {
  return schema !== "pg_catalog" || volatility === "volatile";
}

/** What is handed to a function may also go into what its body writes. */
export function tellPassed(
  context: AnalysisContext,
  candidates: readonly FunctionInfo[],
  values: readonly Value[],
): void {
  const keeping = candidates.filter(mayKeep);
  if (keeping.length === 0) return;
  const shown = behind(
    context,
    values.flatMap(({ sources }) => sources),
    true,
  );
  if (isNothing(shown)) return;
  const told = { from: shown.places, ...opaquely(shown), via: context.via };
  for (const called of keeping) {
    context.passed.push({ function: called, ...told });
    for (const to of expand.writtenBy(context, called)) context.flows.push({ ...told, to, verbatim: false });
  }
}

export function tellPredicate(
  context: AnalysisContext,
  sources: readonly Source[],
  use: PredicateUse,
  place: PredicatePlace,
): void {
  const { via } = context;
  const { places, opaque } = behind(context, sources);
  for (const each of places) context.predicates.push({ ...each, use, place, via });
  if (opaque) context.predicates.push({ relation: null, column: "*", use: "other", place, via });
}
