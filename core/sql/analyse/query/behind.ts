// Sources -> what stands behind them: base columns, through views, NEW and OLD, and the bodies of functions. Only when the
// walk of the statement is over is all of it known.

import type { ColumnPlace } from "../../facts/facts.ts";
import type { AnalysisContext, Behind } from "../context.ts";
import * as expand from "../expand/index.ts";
import { isGiven, type LiteralSource, type ParameterSource, type Source } from "./value.ts";

type Leaf = Exclude<Source, { readonly kind: "later" }>;

/** Each once, in the order in which they stand. */
export function leaves(sources: readonly Source[]): readonly Leaf[] {
  const seen = new Set<Source>();
  const found: Leaf[] = [];
  const waiting = [...sources];
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (source.kind === "later") waiting.push(...source.sources);
    else found.push(source);
  }
  return found.toReversed();
}

export function given(sources: readonly Leaf[]): readonly (LiteralSource | ParameterSource)[] {
  return sources.filter(isGiven);
}

/** `proposed`: with the columns of a row that is about to be inserted (acting-row.ts). */
export function behind(context: AnalysisContext, sources: readonly Source[], proposed = false): Behind {
  const found = new Map<string, ColumnPlace>();
  let opaque = false;
  let verbatim = true;
  const add = (one: Behind): void => {
    opaque ||= one.opaque;
    verbatim &&= one.verbatim;
    for (const place of one.places) {
      const row = expand.isProposed(place);
      if (proposed || !row) found.set(`${place.relation.oid} ${row} ${place.column}`, place);
    }
  };
  for (const leaf of leaves(sources))
    if (leaf.kind === "column") add(leaf.entry.behind(leaf.column));
    else if (leaf.kind === "placed") add(leaf.behind);
    else if (leaf.kind === "call")
      for (const called of leaf.functions) add(expand.behindCall(context, called, leaf.column));
  return { places: [...found.values()], verbatim: verbatim && found.size > 0 && !opaque, opaque };
}

/** For facts, whose `opaque` is absent where it is not true. */
export function opaquely({ opaque }: Behind): { readonly opaque?: boolean } {
  return opaque ? { opaque } : {};
}
