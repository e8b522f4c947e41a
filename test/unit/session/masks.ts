// Masks by hand, and the facts of a statement over a catalog in memory.

import type { Mask, Masks } from "#core/policy";
import { analyse, type ParsedStatement, type StatementFacts } from "#core/sql";
import { catalogOf } from "../../support/catalog.ts";
import { testGrammar } from "../../support/grammar.ts";

const CATALOG = catalogOf({
  "public.people": ["id int4", "ssn", "name"],
  "public.notes": ["id int4", "body"],
});

export function factsOf(
  sql: string,
  at = 0,
): { readonly parsed: ParsedStatement; readonly facts: StatementFacts } {
  const grammar = testGrammar();
  const parsed = grammar.parse(sql);
  const statement = parsed.ok ? parsed.value[at] : undefined;
  if (statement === undefined) throw new Error(`no statement ${at} in ${sql}`);
  const session = { prepared: () => null, cursor: () => null };
  const analysis = analyse(statement, { grammar, catalog: CATALOG, session });
  if (analysis.kind !== "facts") throw new Error("the catalog in memory does not know a name");
  return { parsed: statement, facts: analysis.facts };
}

/** people.ssn is masked. */
export function masksOf(mask: Mask, more: Partial<Masks> = {}): Masks {
  return {
    agent: true,
    record: true,
    detect: {},
    maskOf: ({ relation, column }) =>
      relation.name === "people" && (column === "ssn" || column === "*") ? mask : null,
    touches: ({ accesses }) => accesses.some(({ relation }) => relation.name === "people"),
    looksMasked: (_, text) => text.includes("***"),
    ...more,
  };
}
