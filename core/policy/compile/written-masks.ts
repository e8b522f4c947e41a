// The masks that a document writes, whoever they are for, each with its place in the text: what can be checked against a
// database. Pure.

import type { PolicyDocument, Position, Section } from "../document/document.ts";
import { isAny, type PartPattern, partMatches } from "../document/patterns.ts";
import { compileRule, isOf } from "./mask-names.ts";

export interface WrittenMask extends Position {
  readonly path: string;
  /** As written: `public.customers.email`. */
  readonly source: string;
  /** Schema and relation, where neither has a wildcard. */
  readonly relation: { readonly schema: string; readonly name: string } | null;
  readonly fits: (schema: string, relation: string, column: string) => boolean;
}

export function writtenMasks(document: PolicyDocument): readonly WrittenMask[] {
  const sections: readonly Section[] = [document, ...document.roles];
  return sections.flatMap(({ masks }) =>
    masks.flatMap((rule): WrittenMask[] => {
      const at = document.positions.get(rule.path) ?? { line: 1, column: 1 };
      return compileRule(rule, "deny").map(({ relation, column }) => ({
        line: at.line,
        column: at.column,
        path: rule.path,
        source: rule.pattern.source,
        relation: relation.exact && relation.schema !== null ? named(relation.schema, relation.name) : null,
        fits: (schema, name, found) =>
          isOf(relation, schema, name) && (isAny(column) || partMatches(column, found)),
      }));
    }),
  );
}

function named(schema: PartPattern, name: PartPattern): { readonly schema: string; readonly name: string } {
  return { schema: schema.text, name: name.text };
}

/** Where warnings on what is not masked point: at the masks, or at the head. */
export function placeOfMasks({ positions }: PolicyDocument): Position & { readonly path: string } {
  const at = positions.get("mask");
  return at === undefined ? { line: 1, column: 1, path: "" } : { ...at, path: "mask" };
}
