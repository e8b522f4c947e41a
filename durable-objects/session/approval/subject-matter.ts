// What is asked for when a statement is held: what the approval is bound to, and what an approver gets to see of it. Pure.

import type { Bound, Shown } from "#core/approvals";
import { base64Encode, utf8Decode, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Parameter } from "#core/record";
import type { ParsedStatement, StatementFacts } from "#core/sql";
import type { Portal } from "#core/wire";
import { type AnalysedPart, redactIntent } from "../masking/redacted-intent.ts";
import type { Desk, Held } from "../tasks/task.ts";
import type { Holder } from "./approvals.ts";
import type { Figures } from "./figures.ts";

/** A page of text: what is longer is cut, and the approver told. */
const SHOWN_CHARACTERS = 16_384;
const SHOWN_PARAMETERS = 100;
const SHOWN_PARAMETER_CHARACTERS = 1_024;

export type Parameters = Pick<Bound, "parameters" | "parameterFormats" | "parameterTypes">;

export const NO_PARAMETERS: Parameters = { parameters: [], parameterFormats: [], parameterTypes: [] };

export function parametersOf(portal: Portal): Parameters {
  return {
    parameters: portal.parameters,
    parameterFormats: portal.parameterFormats,
    parameterTypes: portal.statement?.parameterTypes ?? [],
  };
}

export function boundTo(
  holder: Holder,
  { facts, terms, decision }: Held,
  statement: Uint8Array,
  parameters: Parameters,
): Bound {
  return {
    ...parameters,
    statement,
    target: holder.target,
    scope: terms.scope,
    requester: { issuer: holder.issuer, subject: holder.subject },
    sessionId: holder.sessionId,
    policyVersion: decision.policyVersion,
    rule: decision.rule,
    does: [...kindsOf(facts), ...relationsOf(facts)],
  };
}

/** Where the statement that the facts are of stands in the text; null where that is not known. */
export type Place = Pick<AnalysedPart, "offsetBytes" | "lengthBytes"> | null;

export function placeOf({ offsetBytes, text }: ParsedStatement): Place {
  return { offsetBytes, lengthBytes: utf8Encode(text).length };
}

export function shownOf(
  desk: Desk,
  { facts, decision }: Held,
  statement: Uint8Array,
  place: Place,
  parameters: Parameters,
  figures: Figures,
): Shown {
  const values = readable(parameters);
  const masks = desk.gate.policy.masks;
  const parts = place === null ? [] : [{ ...place, facts }];
  const seen =
    masks === null
      ? { text: statement, parameters: values, redactions: { literals: 0, parameters: [] } }
      : redactIntent(masks, statement, parts, values, false);
  const text = cut(utf8DecodeLossy(seen.text), SHOWN_CHARACTERS);
  const shown = seen.parameters
    .slice(0, SHOWN_PARAMETERS)
    .map(({ value }) => (value === null ? null : cut(value, SHOWN_PARAMETER_CHARACTERS)));
  return {
    statement: text.text,
    parameters: shown.map((value) => value?.text ?? null),
    elided:
      text.isCut ||
      shown.some((value) => value?.isCut === true) ||
      values.length > SHOWN_PARAMETERS ||
      seen.redactions.literals + seen.redactions.parameters.length > 0,
    kinds: kindsOf(facts),
    relations: relationsOf(facts),
    rule: decision.rule,
    matched: decision.matched,
    ...figures,
    inTransaction: desk.exchange.status !== "I" || desk.exchange.executed,
    reason: desk.holder?.reason.of(utf8DecodeLossy(statement)) ?? null,
    soFar: desk.exchange.soFar,
    recordMasked: masks === null || masks.record,
  };
}

function readable({ parameters, parameterFormats, parameterTypes }: Parameters): readonly Parameter[] {
  return parameters.map((value, i) => {
    const code = parameterFormats.length === 1 ? parameterFormats[0] : parameterFormats[i];
    const format = code === 1 ? "binary" : "text";
    const type = parameterTypes[i] ?? 0;
    const text = value === null || format === "binary" ? null : utf8Decode(value);
    if (value === null || text !== null) return { type, format, value: text, encoding: "utf8" };
    return { type, format, value: base64Encode(value), encoding: "base64" };
  });
}

function cut(text: string, most: number): { readonly text: string; readonly isCut: boolean } {
  const isCut = text.length > most;
  return { text: isCut ? `${text.slice(0, most - 1)}…` : text, isCut };
}

function kindsOf({ kinds }: StatementFacts): string[] {
  return [...new Set(kinds)].sort();
}

function relationsOf({ accesses }: StatementFacts): string[] {
  const names = accesses.map(({ relation: { schema, name }, action }) => {
    const access =
      action === "select" || action === "lock" ? "read" : action === "define" ? "define" : "write";
    return `${access} ${schema === "" ? name : `${schema}.${name}`}`;
  });
  return [...new Set(names)].sort();
}
