// What holds for statements that run by a grant, beside the limits of the policy: the smaller of each counts. Values only.

/** null: no limit. Times in milliseconds. */
export interface GrantLimits {
  /** Of one statement, as the policy's own (policy.ts). */
  readonly rowsReturned: number | null;
  readonly bytesReturned: number | null;
  readonly rowsChanged: number | null;
  readonly statementTimeMs: number | null;
  /** Over the grant's life, in all sessions of its subject: executions, and rows. */
  readonly statements: number | null;
  readonly rowsReturnedInAll: number | null;
  readonly rowsChangedInAll: number | null;
}

/** As documents, requests and answers write them; `.grant` is of the grant's life. */
export const GRANT_LIMIT_NAMES = {
  rowsReturned: "rows_returned",
  bytesReturned: "bytes_returned",
  rowsChanged: "rows_changed",
  statementTimeMs: "statement_time",
  statements: "statements",
  rowsReturnedInAll: "rows_returned.grant",
  rowsChangedInAll: "rows_changed.grant",
} as const satisfies Record<keyof GrantLimits, string>;

export const GRANT_LIMITS = Object.keys(GRANT_LIMIT_NAMES) as readonly (keyof GrantLimits)[];

export const NO_GRANT_LIMITS: GrantLimits = {
  rowsReturned: null,
  bytesReturned: null,
  rowsChanged: null,
  statementTimeMs: null,
  statements: null,
  rowsReturnedInAll: null,
  rowsChangedInAll: null,
};

/** A grant that a statement uses, where it has limits. */
export interface GrantUse {
  readonly id: string;
  readonly limits: GrantLimits;
}

/** The first limit of `limits` that is wider than `most`'s; null where none is. */
export function widerThan(limits: GrantLimits, most: GrantLimits): keyof GrantLimits | null {
  return (
    GRANT_LIMITS.find((name) => {
      const [value, bound] = [limits[name], most[name]];
      return bound !== null && (value === null || value > bound);
    }) ?? null
  );
}

/** What `said` leaves out is as in `otherwise`. */
export function grantLimitsWith(said: Partial<GrantLimits>, otherwise: GrantLimits): GrantLimits {
  return { ...otherwise, ...said };
}

/** Something of it is counted over the grant's life. */
export function isCountedInAll({ limits }: GrantUse): boolean {
  const { statements, rowsReturnedInAll, rowsChangedInAll } = limits;
  return statements !== null || rowsReturnedInAll !== null || rowsChangedInAll !== null;
}
