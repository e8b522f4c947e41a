// What a statement may tell of a masked column by which rows there are, by their order, or by whether it fails.

import type { Predicate, PredicateUse, StatementFacts, Via } from "#core/sql";
import type { Inference } from "../document/document.ts";
import type { CompiledMasks } from "./masks.ts";
import { isTrusted, type Trust } from "./seen.ts";
import type { Objection } from "./verdict.ts";
import { wordMasked } from "./words.ts";

/** Joins, groups and DISTINCT tell which values are equal, as = does. */
const EQUALITY: ReadonlySet<PredicateUse> = new Set<PredicateUse>(["equality", "join", "group", "distinct"]);

const VERBS = {
  equality: "compares",
  range: "compares by order",
  pattern: "matches",
  join: "joins by",
  order: "sorts by",
  group: "groups by",
  distinct: "tells apart by",
  other: "computes on",
} as const satisfies Record<PredicateUse, string>;

const HINTS = {
  deny: "Leave the column out of conditions, joins, sorting, grouping and computations: its values may not be inferred.",
  "equality-only":
    "Compare the column as it is with =, <>, IN or IS NULL, or leave it out of conditions, sorting and computations.",
} as const satisfies Record<Exclude<Inference, "allow">, string>;

const CONSTRAINT_HINT =
  "Leave the column out of what is written, or what a check holds it against: whether the constraint fails tells of its values.";

export function inferred(predicate: Predicate, masks: CompiledMasks, trust: Trust): Objection | null {
  const { relation, use, place: where, via } = predicate;
  // What a function that is trusted shows of others, nobody can say.
  if (relation === null || !isChosen(via) || isTrusted(via, trust, true)) return null;
  const place = { ...predicate, relation };
  const masked = masks.maskedAt(place);
  if (masked === null || masked.inference === "allow") return null;
  if (masked.inference === "equality-only" && EQUALITY.has(use)) return null;
  return {
    rule: "mask.inference",
    words: `${where === "value" ? VERBS.other : VERBS[use]} ${wordMasked(place)}`,
    hint: where === "constraint" ? CONSTRAINT_HINT : HINTS[masked.inference],
  };
}

/** What a plan says of rows and widths comes from statistics of the values. */
export function estimated({ kind, accesses }: StatementFacts, masks: CompiledMasks): Objection | null {
  if (kind !== "explain") return null;
  for (const { relation, columns, ancestors, descendants } of accesses)
    for (const column of columns) {
      const place = { relation, column, ancestors, descendants };
      if (masks.maskedAt(place)?.inference === "deny")
        return {
          rule: "mask.inference",
          words: `explains ${wordMasked(place)}`,
          hint: "Leave the column out of what is explained: a plan's estimates come from its values.",
        };
    }
  return null;
}

/**
 * Conditions of a view, a policy, a foreign key are neither the agent's, nor do they take anything from it; those of a
 * function compare with what it is given.
 */
function isChosen(via: readonly Via[]): boolean {
  const innermost = via.at(-1)?.kind;
  return (
    innermost !== "view" &&
    innermost !== "expression" &&
    innermost !== "cascade" &&
    innermost !== "inheritance"
  );
}
