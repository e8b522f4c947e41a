// What search and listing need of an intent, whatever its size: the whole of a large one stands in chunks. Pure.

import type { Intent, IntentHead } from "./entry.ts";

/**
 * Of a statement's text, what search keeps, in characters (of base64, where it is no UTF-8: a multiple of 4, so that what is
 * cut off leaves base64).
 */
export const SEARCH_TEXT_CHARACTERS = 65_536;

/** A head has to stay small beside its row of 2 MB: 5,000 names of 130 characters are 650 KB. */
const HEAD_RELATIONS = 5_000;

export function intentHead(intent: Intent): IntentHead {
  const { operation, statement, statementEncoding, decision, kinds, relations, startedAt } = intent;
  return {
    operation,
    statement: statement.slice(0, SEARCH_TEXT_CHARACTERS),
    statementEncoding,
    decision,
    kinds,
    relations: relations.slice(0, HEAD_RELATIONS),
    startedAt,
  };
}
