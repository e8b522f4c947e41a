// A record that was found broken, as it is kept and told. Values only.

/** A record that does not hold. `at` is when it was first seen, in milliseconds since the epoch. */
export interface BrokenRecord {
  readonly session: string;
  /** null where the record itself does not say any more. */
  readonly target: string | null;
  /** Of the first break: the number of its entry, null where it is about none, and what it is. */
  readonly entry: number | null;
  readonly what: string;
  /** How many were found; a hundred at most. */
  readonly breaks: number;
  readonly at: number;
}
