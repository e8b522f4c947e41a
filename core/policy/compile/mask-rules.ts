// What a statement may not do because of masks, asked when all else in the document has let it pass. Trust in exact names is
// for what they do to data: what their values are is masked like any other's. A statement's facts are judged once.

import type { StatementFacts } from "#core/sql";
import { blindSpot, definition } from "./mask-definitions.ts";
import { block, handed, written } from "./mask-flows.ts";
import { estimated, inferred } from "./mask-inference.ts";
import type { CompiledMasks } from "./masks.ts";
import type { Trust } from "./seen.ts";
import type { Objection } from "./verdict.ts";

export class MaskRules {
  readonly #masks: CompiledMasks;
  readonly #trust: Trust;
  readonly #judged = new WeakMap<StatementFacts, { readonly objection: Objection | null }>();

  constructor(masks: CompiledMasks, trust: Trust) {
    this.#masks = masks;
    this.#trust = trust;
  }

  objection(facts: StatementFacts): Objection | null {
    if (!this.#masks.masksAny) return null;
    const known = this.#judged.get(facts);
    if (known !== undefined) return known.objection;
    const objection = this.#judge(facts);
    this.#judged.set(facts, { objection });
    return objection;
  }

  #judge(facts: StatementFacts): Objection | null {
    const { passed = [], flows = [], predicates = [] } = facts;
    const masks = this.#masks;
    const trust = this.#trust;
    return (
      blindSpot(facts) ??
      definition(facts, masks) ??
      firstOf(passed, (one) => handed(one, masks, trust)) ??
      firstOf(flows, (one) => written(one, facts, masks)) ??
      block(facts, masks) ??
      // Whoever sees raw values has nothing to infer.
      (masks.agent
        ? (firstOf(predicates, (one) => inferred(one, masks, trust)) ?? estimated(facts, masks))
        : null)
    );
  }
}

function firstOf<T>(items: readonly T[], ask: (item: T) => Objection | null): Objection | null {
  for (const item of items) {
    const objection = ask(item);
    if (objection !== null) return objection;
  }
  return null;
}
