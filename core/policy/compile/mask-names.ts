// What the rules say of the columns of one relation, by its name alone: the most exact pattern that fits a column says how
// it is masked; of several as exact, the strictest.

import type { Inference, MaskRule } from "../document/document.ts";
import {
  type ColumnPattern,
  isAny,
  type NamePattern,
  type PartPattern,
  partMatches,
} from "../document/patterns.ts";
import { SYSTEM_SCHEMAS } from "../builtin/relations.ts";
import { isFixed, type Mask } from "../masks/mask.ts";
import { stricterInference, stricterMask } from "../masks/strictness.ts";

/** How a column is masked. */
export interface Masked {
  readonly mask: Mask;
  readonly inference: Inference;
}

export interface CompiledRule extends Masked {
  readonly relation: NamePattern;
  readonly column: PartPattern;
  /** Of schema, relation and column: the fewer have wildcards, the more exact it is. */
  readonly wildParts: number;
}

export interface Exemption {
  readonly source: string;
  readonly relation: NamePattern;
  readonly column: PartPattern;
}

/** Of every table, and no values of it (PostgreSQL 18, 5.6). Only their exact names mask them. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]);

export function compileRule(
  { pattern, mask, inference }: MaskRule,
  otherwise: Inference,
): readonly CompiledRule[] {
  const { relation, column } = pattern;
  if (relation === null) return [];
  const wildParts = [relation.schema, relation.name, column].filter((part) => part?.wild === true).length;
  return [{ relation, column, mask, inference: inference ?? otherwise, wildParts }];
}

export function compileExemption({ source, relation, column }: ColumnPattern): readonly Exemption[] {
  return relation === null ? [] : [{ source, relation, column }];
}

/**
 * PostgreSQL's own schemas have to be named: what is masked everywhere is not meant of its catalogs. Schema "" is wherever
 * search_path decides, and so any.
 */
export function isOf({ schema: wanted, name: pattern }: NamePattern, schema: string, name: string): boolean {
  if (!partMatches(pattern, name)) return false;
  if (wanted === null || schema === "") return true;
  return partMatches(wanted, schema) && (!wanted.wild || !SYSTEM_SCHEMAS.has(schema));
}

/** Whatever the one fits, the other does as well. */
function covers(wide: PartPattern, narrow: PartPattern): boolean {
  if (isAny(wide) || (wide.text === narrow.text && wide.wild === narrow.wild)) return true;
  return !narrow.wild && partMatches(wide, narrow.text);
}

/** Some column fits both; two patterns are taken to have one. */
function meets(one: PartPattern, other: PartPattern): boolean {
  return (one.wild && other.wild) || covers(one, other) || covers(other, one);
}

/** Whatever the rule masks, one exemption takes away. */
export function isExempt({ relation, column }: CompiledRule, exemptions: readonly Exemption[]): boolean {
  const { schema, name } = relation;
  return exemptions.some(({ relation: wide, column: columns }) => {
    const reaches =
      wide.schema === null ||
      (schema !== null &&
        covers(wide.schema, schema) &&
        (!wide.schema.wild || schema.wild || !SYSTEM_SCHEMAS.has(schema.text)));
    return reaches && covers(wide.name, name) && covers(columns, column);
  });
}

export class NameMasks {
  /** The most exact first. */
  readonly rules: readonly CompiledRule[];
  readonly #exempt: readonly Exemption[];
  readonly #columns = new Map<string, Masked | null>();

  constructor(rules: readonly CompiledRule[], exempt: readonly Exemption[]) {
    this.rules = rules.toSorted((one, other) => one.wildParts - other.wildParts);
    this.#exempt = exempt;
  }

  /** Exemptions aside. */
  column(name: string): Masked | null {
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const fitting = this.rules.filter(
      ({ column }) => partMatches(column, name) && !(column.wild && SYSTEM_COLUMNS.has(name)),
    );
    const exact = fitting.filter(({ wildParts }) => wildParts === fitting[0]?.wildParts);
    const masked = exact.reduce<Masked | null>(combine, null);
    this.#columns.set(name, masked);
    return masked;
  }

  /** All that fits the pattern. */
  exempts(column: PartPattern): boolean {
    return this.#exempt.some((exemption) => covers(exemption.column, column));
  }

  exemptsSome(exemption: Exemption, column: PartPattern): boolean {
    return this.#exempt.includes(exemption) && meets(exemption.column, column);
  }
}

export function combine(one: Masked | null, other: Masked | null): Masked | null {
  if (one === null || other === null) return one ?? other;
  return {
    mask: stricterMask(one.mask, other.mask),
    inference: stricterInference(one.inference, other.inference),
  };
}

/** Of a value that may be of another column: nothing that looks at it. */
export function withoutLooking({ mask, inference }: Masked): Masked {
  return { mask: isFixed(mask) ? mask : { kind: "null" }, inference };
}
