// The masks of one session: what each message's answers, and each entry of the record, are masked by. Follows the policy in
// force. Values and bytes only; sends nothing.

import type { Masks } from "#core/policy";
import type { ColumnPlace, ParsedStatement, StatementFacts } from "#core/sql";
import { copyFormat, type KeyedHash } from "#core/masking";
import type { Gate } from "../gate/gate.ts";
import { knownNames } from "./known-names.ts";
import { maskRules } from "./mask-rules.ts";
import { ResponseMask } from "./response-mask.ts";
import { writtenMask } from "./written-masks.ts";

export interface SessionMasksDeps {
  readonly gate: Gate;
  /** With the target's key. */
  readonly keyed: KeyedHash;
  /** The largest row of a COPY. */
  readonly maxRowBytes: number;
}

/** A refusal of ours, under a rule of ours. No values. */
export interface Objection {
  readonly rule: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly hint: string;
}

function unreadableCopy(option: string): Objection {
  return {
    rule: "mask.copy",
    sqlstate: "0A000",
    message: `COPY of masked columns cannot be masked with this ${option}`,
    hint: "Leave the option out, or read the rows with SELECT.",
  };
}

function writesMask({ relation, column }: ColumnPlace): Objection {
  const name = `${relation.schema}.${relation.name}.${column}`;
  return {
    rule: "mask.write",
    sqlstate: "42501",
    message: `a value for ${name} is what its mask shows in place of values: it would take the place of the real one`,
    hint: "Leave the column out of what is written: what was read of it was masked.",
  };
}

export class SessionMasks {
  readonly #deps: SessionMasksDeps;

  constructor(deps: SessionMasksDeps) {
    this.#deps = deps;
  }

  /** null: nothing is masked for this principal. */
  get masks(): Masks | null {
    return this.#deps.gate.policy.masks;
  }

  /** For the answers to a message of which these facts are known; undefined: nothing is masked in this session. */
  response(facts: StatementFacts, parsed: ParsedStatement | null): ResponseMask | undefined {
    const { masks } = this;
    if (masks === null) return undefined;
    const { gate, keyed, maxRowBytes } = this.#deps;
    const rules = maskRules(gate, masks, facts);
    return new ResponseMask({
      facts,
      parsed,
      masks,
      rules,
      keyed,
      maxRowBytes,
      knows: knownNames(gate.catalog, facts),
    });
  }

  /** What runs is shown as the policy in force asks; `running`: what its answers are masked by. */
  stillHolds(running: ResponseMask | null, facts: StatementFacts): boolean {
    const { masks } = this;
    if (masks === null || masks === running?.masks) return true;
    if (running === null) return !masks.touches(facts);
    const same = masks.agent === running.masks.agent && masks.record === running.masks.record;
    return same && running.agreesWith(maskRules(this.#deps.gate, masks, facts));
  }

  /** Why a statement is refused that its facts allow: how its rows are asked for, or a value that it would write. */
  objection(
    facts: StatementFacts,
    { node, text }: ParsedStatement,
    parameters: readonly (Uint8Array | null)[],
  ): Objection | null {
    const { masks } = this;
    if (masks === null) return null;
    if (facts.kind === "copy_to" && masks.touches(facts)) {
      const format = copyFormat(node);
      if (!format.ok) return unreadableCopy(format.error.option);
    }
    const place = writtenMask(masks, facts, text, parameters);
    return place === null ? null : writesMask(place);
  }
}
