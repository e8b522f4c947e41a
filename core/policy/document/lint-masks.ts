// What is valid in `mask` and `masking` and yet nobody means.

import { SHOWING_CATALOGS } from "../builtin/masking.ts";
import type { MaskRule, PolicyDocument, Section } from "./document.ts";
import { type ColumnPattern, partMatches, type PartPattern } from "./patterns.ts";

type Warn = (path: string, message: string) => void;

export function lintMasks(document: PolicyDocument, warn: Warn): void {
  const sections: readonly Section[] = [document, ...document.roles];
  for (const section of sections) {
    const { masking, path } = section;
    const under = (key: string): string => (path === "" ? key : `${path}.${key}`);
    const masks =
      section === document ? sections.flatMap((each) => each.masks) : [...document.masks, ...section.masks];
    for (const [index, pattern] of masking.exempt.entries())
      if (!masks.some((rule) => overlaps(rule, pattern)))
        warn(
          document.positions.has(under(`masking.exempt[${index}]`))
            ? under(`masking.exempt[${index}]`)
            : under("masking.exempt"),
          `${pattern.source} is useless here: nothing masks it`,
        );
    if (masks.length === 0) {
      if (document.positions.has(under("masking.mode")) || document.positions.has(under("masking.inference")))
        warn(under("masking"), "there is nothing to mask: name columns in mask");
      continue;
    }
    if (
      (masking.agent ?? document.masking.agent) === false &&
      (masking.record ?? document.masking.record) === false
    )
      warn(under("masking"), "agent and record are both false: nothing is masked here");
    if (section.safeguards === "none")
      warn(under("safeguards"), "where columns are masked, safeguards are blind_spots at least");
    for (const [index, { schema, name, exact }] of (section.relations.read ?? []).entries())
      if (exact && SHOWING_CATALOGS.has(`${schema?.text}.${name.text}`))
        warn(
          under(`relations.read[${index}]`),
          `${schema?.text}.${name.text} shows values of tables, and is refused where columns are masked`,
        );
  }
}

function overlaps({ pattern }: MaskRule, other: ColumnPattern): boolean {
  const one = pattern.relation;
  const two = other.relation;
  if (one === null || two === null) return true;
  const schemas = one.schema === null || two.schema === null || meet(one.schema, two.schema);
  return schemas && meet(one.name, two.name) && meet(pattern.column, other.column);
}

/** Two patterns with wildcards are taken to meet. */
function meet(one: PartPattern, two: PartPattern): boolean {
  if (one.wild && two.wild) return true;
  return one.wild ? partMatches(one, two.text) : partMatches(two, one.text);
}
