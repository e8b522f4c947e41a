// Where values of masked columns may not go: to columns that are not masked the same way, to functions that keep or send
// them, into variables of a block.

import { type ColumnPlace, type Flow, type Passed, PLAIN_EXTENSIONS, type StatementFacts } from "#core/sql";
import { COMPUTING_VOLATILE } from "../builtin/masking.ts";
import { isFixed } from "../masks/mask.ts";
import { isAsStrict, isSameMask } from "../masks/strictness.ts";
import type { Masked } from "./mask-names.ts";
import type { CompiledMasks } from "./masks.ts";
import { isTrusted, type Trust } from "./seen.ts";
import type { Objection } from "./verdict.ts";
import { nameOf, quoteName, wordMasked } from "./words.ts";

/** Values that are handed to a function. What a document names exactly it trusts with them. */
export function handed(
  { function: called, from, opaque, via }: Passed,
  masks: CompiledMasks,
  trust: Trust,
): Objection | null {
  const { schema, name, extension, volatility } = called;
  const computes =
    schema === "pg_catalog"
      ? COMPUTING_VOLATILE.has(name)
      : extension !== null && PLAIN_EXTENSIONS.has(extension) && volatility !== "volatile";
  if (computes || trust.function(`${schema}.${name}`) || isTrusted(via, trust, true)) return null;
  const place = masks.firstMasked(from);
  if (place === null && opaque !== true) return null;
  return {
    rule: "mask.function",
    words: `hands ${wordValue(place)} to ${nameOf(called)}`,
    hint: `Call ${nameOf(called)} without masked columns: it may keep them, send them, or tell of them by failing.`,
  };
}

/**
 * A target with a fixed mask shows nothing of what comes in; one whose mask looks at the value has to be filled with the
 * column that it was meant for, as it is. And nobody may infer more of the copy than of the column.
 */
export function written(
  { from, to, verbatim, opaque }: Flow,
  { accesses }: StatementFacts,
  masks: CompiledMasks,
): Objection | null {
  const sources = from.flatMap((place) => masks.maskedAt(place) ?? []);
  if (sources.length === 0 && opaque !== true) return null;
  const kin = accesses.find(({ relation: { oid } }) => oid === to.relation.oid && oid !== 0);
  // Into any column of it: that one of them is masked says nothing of the others.
  const target =
    to.column === "*"
      ? null
      : masks.maskedAt({
          ...to,
          ancestors: kin?.ancestors ?? [],
          descendants: kin?.descendants ?? [],
        });
  const asItIs = verbatim && opaque !== true;
  if (target !== null && sources.every((source) => keeps(target, source, asItIs))) {
    // What is not known may be anything, of any inference.
    if (opaque !== true || (isFixed(target.mask) && target.inference === "deny")) return null;
  }
  const place = masks.firstMasked(from);
  const where = `${nameOf(to.relation)}.${quoteName(to.column)}`;
  return {
    rule: "mask.write",
    words: `writes ${wordValue(place)} to ${where}`,
    hint:
      target === null
        ? `Leave it out: masked values may only go to columns that are masked the same way, and ${where} is not masked.`
        : "Write the column as it is, to one with the same mask and inference or with the mask redact or null.",
  };
}

function keeps(target: Masked, source: Masked, asItIs: boolean): boolean {
  // What is computed may be what the column does not take (a check, NOT NULL): that it fails would answer a question.
  const hidden = asItIs
    ? isFixed(target.mask) || isSameMask(target.mask, source.mask)
    : isFixed(target.mask) && source.inference === "allow";
  return hidden && isAsStrict(target.inference, source.inference);
}

/** Its variables hold raw values, and what its IF and RAISE do with them stands in no fact. */
export function block({ kinds, accesses }: StatementFacts, masks: CompiledMasks): Objection | null {
  if (!kinds.includes("do")) return null;
  for (const { action, relation, columns, ancestors, descendants } of accesses) {
    if (action !== "select") continue;
    const read = masks.firstMasked(columns.map((column) => ({ relation, column, ancestors, descendants })));
    if (read !== null)
      return {
        rule: "mask.function",
        words: `reads ${wordMasked(read)} in DO`,
        hint: "Send the statements of the block one at a time, without DO.",
      };
  }
  return null;
}

function wordValue(place: ColumnPlace | null): string {
  return place === null ? "what may be a masked column" : wordMasked(place);
}
