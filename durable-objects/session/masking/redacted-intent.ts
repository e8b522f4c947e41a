// An intent without the values that meet masked columns, as the record holds it: literals of the statement's text, bind
// parameters. What was not analysed hides all of them. Pure.

import { concat } from "#core/bytes";
import { redactSql } from "#core/masking";
import type { Masks } from "#core/policy";
import type { Parameter, Redactions } from "#core/record";
import { KIND_CLASSES, type LiteralPlace, type ParameterPlace, type StatementFacts } from "#core/sql";

/** A statement of a message's text, and what is known of it. */
export interface AnalysedPart {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly facts: StatementFacts;
}

export interface Redacted {
  readonly text: Uint8Array;
  readonly parameters: readonly Parameter[];
  readonly redactions: Redactions;
}

/** It meets a masked column, or nobody knows what it meets. */
export function isHidden(masks: Masks, { columns, opaque }: LiteralPlace | ParameterPlace): boolean {
  return opaque === true || columns.some((column) => masks.maskOf(column) !== null);
}

/** `parts` in order. `request`: the data of its COPY is not stored. */
export function redactIntent(
  masks: Masks,
  text: Uint8Array,
  parts: readonly AnalysedPart[],
  parameters: readonly Parameter[],
  request: boolean,
): Redacted {
  const hides = (place: LiteralPlace | ParameterPlace): boolean => isHidden(masks, place);
  const shown: Uint8Array[] = [];
  let literals = 0;
  let at = 0;
  const show = (bytes: Uint8Array, places: readonly LiteralPlace[] | null): void => {
    if (bytes.length === 0) return;
    const redacted = redactSql(bytes, places, hides);
    literals += redacted.redactions;
    shown.push(redacted.text);
  };
  for (const { offsetBytes, lengthBytes, facts } of parts) {
    show(text.subarray(at, offsetBytes), null);
    const places = tellsPlaces(masks, facts) ? facts.literals : null;
    show(text.subarray(offsetBytes, offsetBytes + lengthBytes), places);
    at = offsetBytes + lengthBytes;
  }
  show(text.subarray(at), null);
  const hidden = hiddenParameters(parts, parameters.length, hides);
  return {
    text: shown.length === 1 ? (shown[0] ?? text) : concat(shown),
    parameters: parameters.map((parameter, i) =>
      hidden.has(i + 1) ? { ...parameter, value: null } : parameter,
    ),
    redactions: { literals, parameters: [...hidden], request },
  };
}

/**
 * False: what its literals meet is not told. A body is a string to the grammar, a definition names columns that may not
 * exist yet, and what names something that is not there may have been meant for what is masked.
 */
function tellsPlaces(masks: Masks, facts: StatementFacts): boolean {
  const { kinds } = facts;
  if (kinds.some((kind) => BODIES.has(kind)) || !isKnown(facts)) return false;
  const loose = kinds.some((kind) => kind === "copy_from" || KIND_CLASSES[kind] === "ddl");
  return !loose || !masks.touches(facts);
}

/** Everything that the statement itself names. */
function isKnown({ unknown }: StatementFacts): boolean {
  return unknown.every(({ via = [] }) => via.length > 0);
}

const BODIES: ReadonlySet<string> = new Set(["do", "create_function", "create_procedure"]);

/** All of them where no facts say which columns they meet. */
function hiddenParameters(
  parts: readonly AnalysedPart[],
  count: number,
  hides: (place: ParameterPlace) => boolean,
): ReadonlySet<number> {
  const [only] = parts;
  if (only === undefined || !isKnown(only.facts))
    return new Set(Array.from({ length: count }, (_, i) => i + 1));
  const places = (only.facts.parameters ?? []).filter(hides).map(({ number }) => number);
  return new Set(places.filter((number) => number <= count).sort((a, b) => a - b));
}

/** COPY … FROM STDIN into a masked column. */
export function hidesRequest(masks: Masks, { kinds, accesses }: StatementFacts): boolean {
  if (!kinds.includes("copy_from")) return false;
  return accesses.some(
    ({ action, columns, relation, ancestors, descendants }) =>
      action === "insert" &&
      (columns.length === 0 ? ["*"] : columns).some(
        (column) => masks.maskOf({ relation, column, ancestors, descendants }) !== null,
      ),
  );
}
