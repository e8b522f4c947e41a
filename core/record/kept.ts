// What of a statement's response is in the record, told by its intent and outcome together. Pure.

import type { Decision } from "#core/policy";
import type { Outcome, OutcomeRecorded } from "./entry.ts";

export function recordedOf(
  { recorded }: Pick<Decision, "recorded">,
  outcome: Pick<Outcome, "recorded"> | null,
): OutcomeRecorded {
  return outcome?.recorded ?? (recorded ? "rows" : "counts");
}

/** Bytes of it that are stored. Of an outcome that was lost nobody knows. */
export function storedBytes(
  decision: Pick<Decision, "recorded">,
  outcome: Pick<Outcome, "recorded" | "responseBytes" | "storedBytes">,
): number {
  switch (recordedOf(decision, outcome)) {
    case "rows":
      return outcome.responseBytes;
    case "truncated":
      return outcome.storedBytes ?? 0;
    case "digest":
    case "counts":
      return 0;
  }
}
