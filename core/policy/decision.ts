// What policy says of a statement: an effect, the rule that had it, and why. Values only.

/** `observe` lets it pass and marks it in the record; `approve` holds it for a person. */
export const EFFECTS = ["allow", "observe", "approve", "deny"] as const;
export type Effect = (typeof EFFECTS)[number];

export interface Decision {
  readonly effect: Effect;
  /** Id of the rule that decided: of the document, or one of ours (`default`, `relations.read`, `not_understood` …). */
  readonly rule: string;
  /** Version of the policy document that holds the rule. */
  readonly policyVersion: string;
  /** The facts that matched, in words for people ("writes public.orders", "unbounded delete of public.orders"). No values. */
  readonly matched: readonly string[];
  /** Of a refusal: what the agent can do next. No values. */
  readonly hint?: string;
  /** Masks that did not hold for this asker: the exemptions of the document that the statement used. Absent: none. */
  readonly exempted?: readonly string[];
  /** false: an exclusion says that the response is not recorded; that it was is counted. */
  readonly recorded: boolean;
}
