// A policy's decision on a text of an agent's, as a session would come to it: statement by statement, up to the first that
// does not run. Pure.

import { type MaskRules, planCopy } from "#core/masking";
import {
  refusalText,
  type Decision,
  type Effect,
  type Masks,
  type Policy,
  type RefusalText,
} from "#core/policy";
import type { StatementFacts } from "#core/sql";
import type { Finding } from "../../durable-objects/inspection/index.ts";
import type { CheckedStatement } from "./items.ts";

export interface Decided {
  readonly decision: Decision;
  /** null where it would run. */
  readonly refusal: RefusalText | null;
}

/** `allow` and `observe` let a statement run, `approve` holds it, `deny` refuses it. */
export function runs(effect: Effect): boolean {
  return effect === "allow" || effect === "observe";
}

export function decideText(policy: Policy, finding: Finding, now: number): Decided {
  switch (finding.kind) {
    case "statements":
      return decideStatements(policy, finding.statements, now);
    case "syntax_error": {
      const { sqlstate, message } = finding.error;
      return refused(policy, "syntax", { sqlstate, message, hint: "" });
    }
    case "not_understood":
      return refused(policy, "not_understood", {
        sqlstate: "0A000",
        message: "the statement's names could not be resolved",
        hint: "Send a simpler statement, or the parts of it one at a time.",
      });
  }
}

function decideStatements(policy: Policy, statements: readonly StatementFacts[], now: number): Decided {
  let passed: Decision | null = null;
  for (const facts of statements) {
    const { decision } = policy.decide(facts, now);
    if (!runs(decision.effect)) return { decision, refusal: refusalText(decision, facts) };
    // Of those that pass the one that is marked says most.
    if (passed === null || decision.effect === "observe") passed = decision;
  }
  return { decision: passed ?? NOTHING_TO_DO(policy), refusal: null };
}

/** Blanks and comments: PostgreSQL answers EmptyQueryResponse. */
function NOTHING_TO_DO({ version }: Policy): Decision {
  return { effect: "allow", rule: "empty", policyVersion: version, matched: [], recorded: true };
}

/** An open policy passes on what it cannot read, and PostgreSQL itself answers. */
function refused(policy: Policy, rule: string, text: Omit<RefusalText, "detail">): Decided {
  const decision = policy.refuse(rule, []);
  if (runs(decision.effect)) return { decision, refusal: null };
  return { decision, refusal: { ...text, detail: refusalText(decision, null).detail } };
}

export function presentDecided(
  statement: string,
  finding: Finding,
  { decision, refusal }: Decided,
  masks: Masks | null,
): CheckedStatement {
  const facts = finding.kind === "statements" ? finding.statements : [];
  return {
    statement,
    decision: {
      effect: decision.effect,
      rule: decision.rule,
      policy_version: decision.policyVersion,
      matched: [...decision.matched],
    },
    refusal,
    kinds: [...new Set(facts.flatMap(({ kinds }) => kinds))].toSorted(),
    relations: relationsOf(facts),
    bounded: worst(facts),
    masked_columns: masks === null ? [] : facts.flatMap((each) => maskedColumns(each, masks)),
  };
}

/** As far as the statement tells: of columns that PostgreSQL takes for computed, a session shows less still. */
function maskedColumns(facts: StatementFacts, masks: Masks): CheckedStatement["masked_columns"] {
  const { output, uncounted } = facts;
  const touchesMasked = masks.touches(facts);
  if (output === null) return uncounted !== undefined && touchesMasked ? [{ name: "*", mask: "null" }] : [];
  const rules: MaskRules = {
    maskOf: (source) => masks.maskOf(source),
    sourcesAt: () => undefined,
    typeAt: () => undefined,
    touchesMasked,
    types: null,
  };
  return planCopy(output, output.length, 0, rules).flatMap(({ mask }, index) =>
    mask === null ? [] : [{ name: output[index]?.name ?? "", mask: mask.kind }],
  );
}

type Relation = CheckedStatement["relations"][number];

const ACCESS = {
  select: "read",
  lock: "read",
  insert: "write",
  update: "write",
  delete: "write",
  truncate: "write",
  define: "define",
} as const satisfies Record<string, Relation["access"]>;

export function accessOf(action: keyof typeof ACCESS): Relation["access"] {
  return ACCESS[action];
}

function relationsOf(facts: readonly StatementFacts[]): Relation[] {
  const found = new Map<string, Relation>();
  for (const { relation, action } of facts.flatMap(({ accesses }) => accesses)) {
    const one = { name: `${relation.schema}.${relation.name}`, access: accessOf(action) };
    found.set(`${one.name} ${one.access}`, one);
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

const WORSE = ["bounded", "by_effect", "unbounded"] as const;

function worst(facts: readonly StatementFacts[]): CheckedStatement["bounded"] {
  const found = facts
    .flatMap(({ modifications }) => modifications)
    .map(({ bounded }) => WORSE.indexOf(bounded));
  return WORSE[Math.max(-1, ...found)] ?? null;
}
