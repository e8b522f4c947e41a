// What a rule with `then: approve` asks for before a statement may run. Values only; what becomes of a request is
// core/approvals.

/**
 * - `wait`: the statement is held, the session stays as it is, and the answer comes when somebody has decided;
 * - `retry`: an error at once; the same statement passes once when it has been approved.
 */
export const APPROVAL_MODES = ["retry", "wait"] as const;
export type ApprovalMode = (typeof APPROVAL_MODES)[number];

/** Whose statement an approval is good for: the session's that asked, or any session's of the same subject. */
export const APPROVAL_SCOPES = ["session", "subject"] as const;
export type ApprovalScope = (typeof APPROVAL_SCOPES)[number];

export const APPROVAL_COUNTS = ["exact"] as const;
export type ApprovalCount = (typeof APPROVAL_COUNTS)[number];

/** A trial run keeps others from the rows that it changes: as long as a person would wait for a page, and no longer. */
export const COUNT_MS = { usual: 5_000, most: 60_000 } as const;
/** What waits for a lock is in a queue that others wait behind. */
export const COUNT_LOCK_MS = { usual: 1_000, most: 10_000 } as const;

/** Who may let a statement go alone, where others would have to agree, and who looks at that afterwards. */
export interface BreakGlassTerms {
  /** Whoever does has to be in one of them. */
  readonly groups: readonly string[];
  /** Whoever looks at it has to be in one of them; none: every approver will do who did not ask for it or break the glass. */
  readonly reviewers: readonly string[];
  readonly reviewWithinMs: number;
  /** The longest that what was let go so is good for. */
  readonly validMs: number;
}

/** The next working day; and no longer than an emergency is one. */
export const BREAK_GLASS = { reviewWithinMs: 24 * 3_600_000, validMs: 15 * 60_000 } as const;

export interface ApprovalTerms {
  readonly mode: ApprovalMode;
  readonly scope: ApprovalScope;
  /** For the decision; once it is approved, `retry` has as long again for the statement. */
  readonly timeoutMs: number;
  /** Persons who have to approve. */
  readonly quorum: number;
  /** An approver has to be in one of them; none: every approver will do. */
  readonly groups: readonly string[];
  /** An approval needs a reason too; a denial always does. */
  readonly reasonsRequired: boolean;
  /** A link will do for approving a statement that its approver does not see whole. */
  readonly linksElided: boolean;
  /**
   * `exact`: the rows are counted by a trial run. `withheld`: they would be, but the document objects to something else in the statement.
   * Absent: PostgreSQL's estimate will do.
   */
  readonly count?: ApprovalCount | "withheld";
  /** Of the trial run: for all of its statement, and for each lock. */
  readonly countMs?: number;
  readonly countLockMs?: number;
  /** What changes fewer rows than these, counted, is approved by the policy. */
  readonly autoUnderRows?: number;
  /** Absent: nobody may. */
  readonly breakGlass?: BreakGlassTerms;
}

/** A person who is asked in the middle of their day; a connection that a client keeps waiting is given up sooner. */
const DEFAULT_TIMEOUT_MS = { wait: 5 * 60_000, retry: 60 * 60_000 } as const;

/** An error at once is what every client understands; who is told to send it again may come by another connection. */
export function termsWith(said: Partial<ApprovalTerms>): ApprovalTerms {
  const mode = said.mode ?? "retry";
  return {
    mode,
    scope: mode === "wait" ? "session" : "subject",
    timeoutMs: DEFAULT_TIMEOUT_MS[mode],
    quorum: 1,
    groups: [],
    reasonsRequired: false,
    linksElided: false,
    ...said,
  };
}
