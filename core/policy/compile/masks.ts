// Which columns are masked for one principal, and how. Asked for every source of every column of every statement: answers are
// kept by place, which facts share, and by name.
//
// Rows of a parent stand in its partitions and children and are read through it: a column is masked if it is in the relation,
// in what that inherits from, or in what inherits from it.

import type { Access, ColumnPlace, RelationRef, StatementFacts } from "#core/sql";
import { REACHING } from "../builtin/functions.ts";
import type { PartPattern } from "../document/patterns.ts";
import { looksLike } from "../masks/looks.ts";
import type { Mask } from "../masks/mask.ts";
import type { DetectorActions, Masks } from "../masks/masks.ts";
import type { ActiveGrant } from "../grants.ts";
import { grantedColumns } from "./grants.ts";
import type { Layers } from "./layers.ts";
import {
  combine,
  type CompiledRule,
  compileExemption,
  compileRule,
  type Exemption,
  isExempt,
  isOf,
  type Masked,
  NameMasks,
  withoutLooking,
} from "./mask-names.ts";
import { waysApart } from "./name-list.ts";

/** What touches a relation: an access, a place. */
export interface Kin {
  readonly relation: RelationRef;
  readonly ancestors?: readonly string[];
  readonly descendants?: readonly string[];
}

/** Names looked up; whoever makes up names cannot have more kept. */
const MAX_NAMES_KEPT = 4_096;

/** null: nothing is masked, and nothing looked for. */
export function compileMasks(layers: Layers, grants: readonly ActiveGrant[]): CompiledMasks | null {
  const { masks, masking } = layers;
  const nothing = masks.length === 0 && Object.keys(masking.detect).length === 0;
  return nothing || (!masking.agent && !masking.record) ? null : new CompiledMasks(layers, grants);
}

export class CompiledMasks implements Masks {
  readonly agent: boolean;
  readonly record: boolean;
  readonly detect: DetectorActions;
  /** Something is masked; else there is only a second net, or whoever asks is exempt from all. */
  readonly masksAny: boolean;
  readonly #rules: readonly CompiledRule[];
  readonly #exemptions: readonly Exemption[];
  readonly #names = new Map<string, NameMasks>();
  readonly #places = new WeakMap<ColumnPlace, { readonly masked: Masked | null }>();
  readonly #touching = new WeakMap<StatementFacts, boolean>();
  readonly #exempted = new WeakMap<StatementFacts, readonly string[]>();

  constructor(layers: Layers, grants: readonly ActiveGrant[]) {
    const { masks, masking } = layers;
    this.agent = masking.agent;
    this.record = masking.record;
    this.detect = masking.detect;
    this.#rules = masks.flatMap((rule) => compileRule(rule, masking.inference));
    this.#exemptions = [...masking.exempt, ...grantedColumns(layers, grants)].flatMap((pattern) =>
      compileExemption(pattern),
    );
    this.masksAny = this.#rules.some((rule) => !isExempt(rule, this.#exemptions));
  }

  maskOf(place: ColumnPlace): Mask | null {
    return this.maskedAt(place)?.mask ?? null;
  }

  /** With what predicates may say of it. */
  maskedAt(place: ColumnPlace): Masked | null {
    const known = this.#places.get(place);
    if (known !== undefined) return known.masked;
    const masked = place.column === "*" ? this.#someColumn(place) : this.#column(place, place.column);
    this.#places.set(place, { masked });
    return masked;
  }

  /** Of these, one that is. */
  firstMasked(places: readonly ColumnPlace[]): ColumnPlace | null {
    return places.find((place) => this.maskedAt(place) !== null) ?? null;
  }

  /** Some column of it is masked. */
  masksSome(kin: Kin): boolean {
    return this.#someColumn(kin) !== null;
  }

  touches(facts: StatementFacts): boolean {
    const known = this.#touching.get(facts);
    if (known !== undefined) return known;
    const touches = this.masksAny && (isUnsure(facts) || this.#reaches(facts));
    this.#touching.set(facts, touches);
    return touches;
  }

  looksMasked(place: ColumnPlace, text: string): boolean {
    const mask = this.maskOf(place);
    return mask !== null && looksLike(mask, text);
  }

  /** The exemptions without which something that the statement touches were masked, as the document writes them. */
  exempted(facts: StatementFacts): readonly string[] {
    if (this.#exemptions.length === 0) return NONE;
    const known = this.#exempted.get(facts);
    if (known !== undefined) return known;
    const used = this.#exemptions.filter((exemption) =>
      facts.accesses.some((access) => this.#isUsed(exemption, access)),
    );
    const sources = [...new Set(used.map(({ source }) => source))].toSorted();
    this.#exempted.set(facts, sources);
    return sources;
  }

  #column(kin: Kin, column: string): Masked | null {
    const { own, above, below } = this.#namesOf(kin);
    const target: PartPattern = { text: column, wild: false };
    // Whoever sees its column raw sees the rows below it as well: they are read through it.
    if (own.exempts(target)) return null;
    let masked: Masked | null = null;
    for (const names of above) if (!names.exempts(target)) masked = combine(masked, names.column(column));
    if (above.some((names) => names.exempts(target))) return masked;
    masked = combine(masked, own.column(column));
    for (const names of below) if (!names.exempts(target)) masked = combine(masked, names.column(column));
    return masked;
  }

  /** `*`: any of them, and so whatever would be masked of it. */
  #someColumn(kin: Kin): Masked | null {
    const { own, above, below } = this.#namesOf(kin);
    let masked: Masked | null = null;
    for (const names of [own, ...above, ...below])
      for (const rule of names.rules) {
        const exempt =
          own.exempts(rule.column) ||
          names.exempts(rule.column) ||
          (!above.includes(names) && above.some((parent) => parent.exempts(rule.column)));
        if (!exempt) masked = combine(masked, rule);
      }
    return masked === null ? null : withoutLooking(masked);
  }

  #namesOf({ relation, ancestors = NONE, descendants = NONE }: Kin): {
    readonly own: NameMasks;
    readonly above: readonly NameMasks[];
    readonly below: readonly NameMasks[];
  } {
    return {
      own: this.#name(relation.schema, relation.name),
      above: ancestors.map((name) => this.#qualified(name)),
      below: descendants.map((name) => this.#qualified(name)),
    };
  }

  #name(schema: string, name: string): NameMasks {
    return this.#kept(`${schema}\0${name}`, () => {
      const rules = this.#rules.filter(({ relation }) => isOf(relation, schema, name));
      const exempt = this.#exemptions.filter(({ relation }) => schema !== "" && isOf(relation, schema, name));
      return new NameMasks(rules, exempt);
    });
  }

  /** As facts spell kin. A name that can be taken apart in several ways is any of them, and exempt in none. */
  #qualified(name: string): NameMasks {
    const ways = waysApart(name);
    const [only] = ways;
    if (only !== undefined && ways.length === 1) return this.#name(...only);
    return this.#kept(name, () => {
      const rules = this.#rules.filter(({ relation }) => ways.some((way) => isOf(relation, ...way)));
      return new NameMasks(rules, []);
    });
  }

  #kept(key: string, make: () => NameMasks): NameMasks {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_NAMES_KEPT) this.#names.clear();
    const made = make();
    this.#names.set(key, made);
    return made;
  }

  #reaches({ accesses, output }: StatementFacts): boolean {
    return (
      accesses.some((access) => this.masksSome(access)) ||
      (output ?? []).some(({ sources }) => sources.some((place) => this.maskOf(place) !== null))
    );
  }

  #isUsed(exemption: Exemption, access: Access): boolean {
    const { own, above, below } = this.#namesOf(access);
    const all = [own, ...above, ...below];
    return access.columns.some((column) => {
      const whole = column === "*";
      const touched: PartPattern = { text: column, wild: whole };
      if (!all.some((names) => names.exemptsSome(exemption, touched))) return false;
      if (!whole) return all.some((names) => names.column(column) !== null);
      return all.some((names) =>
        names.rules.some((rule) => all.some((other) => other.exemptsSome(exemption, rule.column))),
      );
    });
  }
}

const NONE: readonly string[] = [];

/** It may show what its facts do not name. */
function isUnsure({ kinds, unknown, output, uncounted, calls }: StatementFacts): boolean {
  return (
    unknown.length > 0 ||
    kinds.includes("unknown") ||
    uncounted !== undefined ||
    (output ?? []).some(({ opaque }) => opaque === true) ||
    calls.some(
      ({ examined, function: { schema, name } }) =>
        (schema !== "pg_catalog" && !examined) || (schema === "pg_catalog" && REACHING.has(name)),
    )
  );
}
