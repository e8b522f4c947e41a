// What an agent is told of a refusal: PostgreSQL's SQLSTATE that fits, which rule, what matched, and the next step. Names and
// words of the policy only; no value of a statement.

import { KIND_CLASSES, type StatementFacts } from "#core/sql";
import type { Decision } from "../decision.ts";
import type { RefusalText } from "../policy.ts";
import { BUILT_IN_RULES } from "./rules.ts";

export function refusalText(decision: Decision, facts: StatementFacts | null): RefusalText {
  const { effect, rule, policyVersion, matched, hint } = decision;
  const missing = rule === "not_understood" ? missingOf(facts) : null;
  // PostgreSQL's own error, as it would word it.
  if (missing !== null) return { ...missing, detail: "", hint: "" };
  const held = effect === "approve";
  const known = BUILT_IN_RULES.get(rule);
  const what = matched.length === 0 ? "the statement" : matched.join("; ");
  const message = held
    ? `statement needs approval by rule "${rule}" of the policy`
    : `statement refused by rule "${rule}" of the policy`;
  return {
    sqlstate: known?.sqlstate ?? "42501",
    message: known?.message ?? message,
    detail: `rule "${rule}" of policy version ${policyVersion}: ${what}`,
    hint: hint ?? known?.hint ?? (held ? APPROVAL_HINT : hintOf(facts)),
  };
}

/** Only where nothing else is unknown: else PostgreSQL might not see it as we do. */
function missingOf(
  facts: StatementFacts | null,
): { readonly sqlstate: string; readonly message: string } | null {
  const unknown = facts?.unknown ?? [];
  const first = unknown.every(({ missing }) => missing !== null) ? (unknown[0]?.missing ?? null) : null;
  return first === null ? null : { sqlstate: first.sqlstate, message: first.message };
}

const APPROVAL_HINT = "Ask a person to approve this statement, then send it again unchanged.";
const OTHERWISE = "Leave out what the rule names, or ask the owner of the policy for it.";

/** The document's rules come without words of their own: the facts say what could be done instead. */
function hintOf(facts: StatementFacts | null): string {
  if (facts === null) return OTHERWISE;
  const { modifications, kinds, kind } = facts;
  if (modifications.some(({ bounded, action }) => bounded === "unbounded" && action !== "truncate"))
    return "Add a WHERE that picks the rows, such as WHERE id = 1.";
  if (modifications.some(({ action }) => action === "truncate"))
    return "Use DELETE with a WHERE that picks the rows, such as WHERE id = 1.";
  if (kinds.length > 1 && (kind === "do" || kind === "select"))
    return "Send the statements inside one at a time, so that each is decided on its own.";
  if (KIND_CLASSES[kind] === "write") return "Read instead, or ask the owner of the policy for the write.";
  return OTHERWISE;
}
