// A request to run one statement, from asking to its end. Values only, as JSON can hold them; times are integer milliseconds
// since the epoch, UTC. How it changes is transition.ts.

import type { ApprovalTerms } from "#core/policy";

/**
 * - `pending`: nobody has decided, or not as many as have to;
 * - `approved`: the statement may run, once;
 * - `denied`; `expired`: nobody decided in time, or nobody came for it; `withdrawn`: the agent does not want it any more;
 * - `executed`: it was let go. Whether PostgreSQL took it is told later: `failed` where it was not.
 */
export const APPROVAL_STATES = [
  "pending",
  "approved",
  "denied",
  "expired",
  "withdrawn",
  "executed",
  "failed",
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** A token's `iss` and `sub`. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

export interface Approver extends Identity {
  readonly groups: readonly string[];
}

export interface Vote {
  readonly by: Identity;
  readonly verdict: "approve" | "deny";
  readonly reason: string;
  readonly at: number;
  /** They let it go alone, by `break_glass` of the rule. */
  readonly breakGlass?: true;
}

export const REVIEW_VERDICTS = ["justified", "unjustified"] as const;
export type ReviewVerdict = (typeof REVIEW_VERDICTS)[number];

export const REVIEW_STATES = ["pending", ...REVIEW_VERDICTS] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** Somebody broke the glass: somebody else has to look at it. */
export interface Review {
  readonly state: ReviewState;
  readonly openedAt: number;
  readonly dueAt: number;
  /** How often it was said that it is overdue. */
  readonly reminders: number;
  /** null while it is pending. */
  readonly decision: { readonly by: Identity; readonly note: string; readonly at: number } | null;
}

/** What its session did before, in numbers of statements. */
export interface SoFar {
  readonly statements: number;
  /** By policy or by a person, and not sent. */
  readonly refused: number;
  /** For a person, whatever came of it. */
  readonly held: number;
  /** Sent, and ended by an error. */
  readonly failed: number;
}

/** What an approver gets to see of it; what policy hides is not in here. */
export interface Shown {
  readonly statement: string;
  /** Literals were left out of it, or its end. */
  readonly elided: boolean;
  /** Text as it is, other bytes in base64; null of a NULL. Empty where they may not be shown: `elided` says so. */
  readonly parameters: readonly (string | null)[];
  readonly kinds: readonly string[];
  /** Each with its access: `write public.orders`. */
  readonly relations: readonly string[];
  readonly rule: string;
  /** What of the statement the rule matched, in words. */
  readonly matched: readonly string[];
  /** PostgreSQL's estimate of the rows that it touches; null where it was not asked. */
  readonly estimatedRows: number | null;
  /** Why not; null where there is an estimate. Absent in what was asked for before there were any. */
  readonly estimateUnknown?: string | null;
  /** Rows that a trial run changed; null where it was not asked for, or could not tell. */
  readonly countedRows?: number | null;
  readonly countUnknown?: string | null;
  /** It was asked for inside of a transaction, which keeps its locks while it waits. */
  readonly inTransaction: boolean;
  /** What the agent says that it is for. */
  readonly reason: string | null;
  /** Absent in what was asked for before it was counted. */
  readonly soFar?: SoFar;
  /** The session's record has nothing that the policy masks: its statements may be shown to whoever sees this. */
  readonly recordMasked?: boolean;
}

export interface Asked {
  readonly target: string;
  readonly requester: Identity;
  readonly sessionId: string;
  /** The statement's place in the session. */
  readonly seq: number;
  readonly policyVersion: string;
  readonly terms: ApprovalTerms;
  /** SHA-256 over what binding.ts gives: what it was asked for, to the byte. */
  readonly binding: string;
  readonly shown: Shown;
}

export interface Approval extends Asked {
  readonly id: string;
  /** Counts its changes, from 1. */
  readonly revision: number;
  readonly state: ApprovalState;
  readonly createdAt: number;
  /** While it is pending, when the decision is due; once it is approved, when the statement is. */
  readonly expiresAt: number;
  readonly votes: readonly Vote[];
  /** Each state that it came to, and when; the last is the one that it is in. */
  readonly history: readonly { readonly state: ApprovalState; readonly at: number }[];
  /** The session that it was let go for. */
  readonly executedBy: string | null;
  /** Absent where nobody broke the glass. */
  readonly review?: Review;
}
