// What a write to the ledger fails with. Drizzle's own query errors quote every bound parameter, and those are rows
// and statements: none of their text leaves this file, only SQLite's and D1's own codes.

export const LEDGER_ERROR_KINDS = [
  /** D1 did not answer, or refused: the same batch may be written again later. */
  "unavailable",
  /** A row passes D1's limit: writing it again fails again. */
  "too_large",
  /** An end for a session whose start was never written: write the start, then this again. */
  "session_missing",
] as const;
export type LedgerErrorKind = (typeof LEDGER_ERROR_KINDS)[number];

/** Code names such as `D1_ERROR` and `SQLITE_TOOBIG`: capitals only, so no value can look like one. */
const CODE = /\b(?:D1|SQLITE)_[A-Z][A-Z_]*\b/g;

export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly kind: LedgerErrorKind;
  /** Codes of D1 and SQLite, outermost first; empty where none was given. */
  readonly codes: readonly string[];
  /** The statement it is about, where one can be named. */
  readonly seq: number | null;

  constructor(
    kind: LedgerErrorKind,
    message: string,
    codes: readonly string[] = [],
    seq: number | null = null,
  ) {
    super(message);
    this.kind = kind;
    this.codes = codes;
    this.seq = seq;
  }
}

/** Turns whatever drizzle or D1 threw into an error without values. */
export function toLedgerError(thrown: unknown): LedgerError {
  const codes = [...new Set(codesOf(thrown))];
  const kind = codes.includes("SQLITE_TOOBIG") ? "too_large" : "unavailable";
  return new LedgerError(kind, `D1 did not take the batch (${codes.join(", ") || "no code given"})`, codes);
}

/** The innermost causes speak of D1; drizzle's wrapper begins with the SQL and its parameters, and is skipped. */
function codesOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return [];
  const inner = codesOf(thrown.cause);
  if (inner.length > 0 || thrown.message.startsWith("Failed query")) return inner;
  return thrown.message.match(CODE) ?? [];
}
