// How much of a response the record keeps, as a policy says it. Values only.

/**
 * - `rows`: the response, byte for byte;
 * - `digest`: its SHA-256 and its counts;
 * - `counts`: bytes, rows and notices alone.
 */
export const RECORD_LEVELS = ["rows", "digest", "counts"] as const;
export type RecordLevel = (typeof RECORD_LEVELS)[number];

/** Past a ceiling: store what came before, with the digest and the counts of all; or end the statement. */
export const RECORD_ENDS = ["truncate", "refuse"] as const;

/** Bytes of responses that may be stored; null: no ceiling. */
export interface RecordCeiling {
  readonly statement: number | null;
  readonly session: number | null;
  /** `then` of the document. */
  readonly past: (typeof RECORD_ENDS)[number];
}

/**
 * While the record cannot be written:
 * - `refuse`: nothing runs;
 * - `run_reads`: statements that read run, and the record says afterwards that they did;
 * - `run`: all do.
 */
export const RECORD_UNAVAILABLE = ["refuse", "run_reads", "run"] as const;
export type RecordUnavailable = (typeof RECORD_UNAVAILABLE)[number];

export interface Recording {
  readonly unavailable: RecordUnavailable;
  readonly ceiling: RecordCeiling;
  /** Some response may be stored in part, so that its digest has to be taken from its first byte. */
  readonly maybePartly: boolean;
}

/** What keeps less of the two. */
export function stricter(a: RecordLevel, b: RecordLevel): RecordLevel {
  return RECORD_LEVELS.indexOf(a) < RECORD_LEVELS.indexOf(b) ? b : a;
}
