// What an agent is told of a refusal: PostgreSQL's SQLSTATE that fits, which rule, what matched, and the next step. Names and
// words of the policy only; no value of a statement.

import type { StatementFacts } from "#core/sql";
import type { Decision } from "../decision.ts";
import type { RefusalText } from "../policy.ts";
import { BUILT_IN_RULES } from "./rules.ts";

export function refusalText(decision: Decision, facts: StatementFacts | null): RefusalText {
  const { effect, rule, policyVersion, matched, hint } = decision;
  const known = BUILT_IN_RULES.get(rule);
  const what = matched.length === 0 ? "the statement" : matched.join("; ");
  const held = effect === "approve";
  return {
    sqlstate: known?.sqlstate ?? "42501",
    message:
      known?.message ??
      (held ? `statement needs approval: rule "${rule}"` : `statement refused by policy rule "${rule}"`),
    detail: `rule "${rule}" of policy version ${policyVersion}: ${what}`,
    hint: hint ?? known?.hint ?? (held ? APPROVAL_HINT : hintOf(facts)),
  };
}

const APPROVAL_HINT = "Ask a person to approve this statement, then send it again unchanged.";

/** The document's rules come without words of their own: the facts say what could be done instead. */
function hintOf(facts: StatementFacts | null): string {
  if (facts === null) return OTHERWISE;
  if (facts.modifications.some(({ bounded }) => bounded === "unbounded"))
    return "Add a WHERE that picks the rows, such as WHERE id = 1.";
  return OTHERWISE;
}

const OTHERWISE = "Leave out what the rule names, or ask the owner of the policy for it.";
