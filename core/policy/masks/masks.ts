// What is masked for one principal on one target: compiled with the policy from its `mask:` and `masking:`. Pure. How a mask
// is applied to bytes is the room of masking's.

import type { ColumnPlace, StatementFacts } from "#core/sql";
import type { Mask } from "./mask.ts";

/**
 * Kinds of personal data and secrets that can be found by how they look (the second net), in the order in which they are
 * tried at a place.
 */
export const DETECTOR_NAMES = [
  "private_key",
  "jwt",
  "aws_key",
  "api_key",
  "email",
  "iban",
  "card_number",
  "us_ssn",
  "phone",
] as const;
export type DetectorName = (typeof DETECTOR_NAMES)[number];

/** `observe` counts and leaves the value. */
export type DetectorAction = "mask" | "observe";
export type DetectorActions = Readonly<Partial<Record<DetectorName, DetectorAction>>>;

export interface Masks {
  /** Rows, COPY data, errors, notices and notifications are masked as the agent gets them. */
  readonly agent: boolean;
  /** … and as they are recorded, with the literals and bind parameters that meet masked columns redacted. */
  readonly record: boolean;
  readonly detect: DetectorActions;
  /** Of a base column, its partitions and parents minded; null: it is not masked for this asker. `*`: any column of it. */
  maskOf(place: ColumnPlace): Mask | null;
  /** The statement reads, writes or defines a relation with a masked column, or may show what its facts do not name. */
  touches(facts: StatementFacts): boolean;
  /** A value that is written to the column and is, by its looks, what the column's mask shows in place of values. */
  looksMasked(place: ColumnPlace, text: string): boolean;
}
