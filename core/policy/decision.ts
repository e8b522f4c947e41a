// What policy says of a statement: an effect, the rule that had it, and why. Values only.

import type { RecordLevel } from "./recording.ts";

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
  /** false: the response is not stored; what of it is, `level` says. */
  readonly recorded: boolean;
  /** Absent: `rows` where it is stored, else `counts`. */
  readonly level?: "digest" | "counts";
}

export function levelOf({ recorded, level }: Pick<Decision, "recorded" | "level">): RecordLevel {
  return recorded ? "rows" : (level ?? "counts");
}

export function recordedAt(level: RecordLevel, decision: Omit<Decision, "recorded" | "level">): Decision {
  return level === "rows" ? { ...decision, recorded: true } : { ...decision, recorded: false, level };
}
