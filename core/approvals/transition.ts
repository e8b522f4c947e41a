// How an approval changes: one function an event, each gives the approval after it or why it is not so. The only writer of
// states; whoever keeps approvals keeps what comes out, and nothing else. Pure: the clock is an argument.

import { err, ok, type Result } from "../result.ts";
import type { Approval, ApprovalState, Approver, Asked, ReviewState, Vote } from "./approval.ts";
import { type IdentityLinks, isIn, isSamePerson } from "./people.ts";
import { openReview } from "./review.ts";

export type Objection =
  /** It is not pending any more, or not approved. */
  | { readonly kind: "state"; readonly state: ApprovalState }
  /** They asked for it themselves, by this or another identity. */
  | { readonly kind: "own_request" }
  | { readonly kind: "voted_already" }
  | { readonly kind: "not_in_group"; readonly groups: readonly string[] }
  | { readonly kind: "reason_required" }
  /** Something of it is not shown, and this way of deciding is not enough for that. */
  | { readonly kind: "elided" }
  /** The link, or the message, has been used before. */
  | { readonly kind: "used" }
  /** Its rule lets nobody break the glass. */
  | { readonly kind: "no_break_glass" }
  /** They broke it themselves. */
  | { readonly kind: "own_break_glass" }
  /** Nothing of it waits for a review: null where the glass was not broken. */
  | { readonly kind: "no_review"; readonly state: ReviewState | null }
  | { readonly kind: "note_required" }
  /** It was given for other bytes, or for somebody else. */
  | { readonly kind: "other_statement" };

type Changed = Result<Approval, Objection>;

/** Once approved, a statement that waits is let go at once: nobody else will come for it. */
const CLAIM_MS = 30_000;

export function request(id: string, asked: Asked, now: number): Approval {
  return {
    ...asked,
    id,
    revision: 1,
    state: "pending",
    createdAt: now,
    expiresAt: now + asked.terms.timeoutMs,
    votes: [],
    history: [{ state: "pending", at: now }],
    executedBy: null,
  };
}

export function vote(
  approval: Approval,
  by: Approver,
  { verdict, reason }: Pick<Vote, "verdict" | "reason">,
  links: IdentityLinks,
  now: number,
): Changed {
  const { terms, votes } = approval;
  if (approval.state !== "pending") return refused(approval);
  if (now >= approval.expiresAt) return err({ kind: "state", state: "expired" });
  const objection = objectionTo(approval, by, { verdict, reason }, links);
  if (objection !== null) return err(objection);
  const { issuer, subject } = by;
  const cast = [...votes, { by: { issuer, subject }, verdict, reason, at: now }];
  if (verdict === "deny") return ok(changed({ ...approval, votes: cast }, "denied", now));
  if (cast.length < terms.quorum) return ok({ ...approval, votes: cast, revision: approval.revision + 1 });
  const until = now + (terms.mode === "wait" ? CLAIM_MS : terms.timeoutMs);
  return ok(changed({ ...approval, votes: cast, expiresAt: until }, "approved", now));
}

/**
 * Lets it go by one person alone, whatever its quorum and groups are, and opens the review of that. A denial stands against it, and
 * nobody does it for themselves. Whoever has approved already, and does not want to wait for others, may.
 */
export function breakGlass(
  approval: Approval,
  by: Approver,
  reason: string,
  links: IdentityLinks,
  now: number,
): Changed {
  const { terms, votes } = approval;
  if (approval.state !== "pending") return refused(approval);
  if (now >= approval.expiresAt) return err({ kind: "state", state: "expired" });
  const allowed = terms.breakGlass;
  if (allowed === undefined) return err({ kind: "no_break_glass" });
  if (isSamePerson(by, approval.requester, links)) return err({ kind: "own_request" });
  if (!isIn(by, allowed.groups)) return err({ kind: "not_in_group", groups: allowed.groups });
  if (reason.trim() === "") return err({ kind: "reason_required" });
  const { issuer, subject } = by;
  const cast = {
    by: { issuer, subject },
    verdict: "approve" as const,
    reason,
    at: now,
    breakGlass: true as const,
  };
  const until = now + (terms.mode === "wait" ? CLAIM_MS : Math.min(terms.timeoutMs, allowed.validMs));
  const review = openReview(allowed.reviewWithinMs, now);
  return ok(changed({ ...approval, votes: [...votes, cast], expiresAt: until, review }, "approved", now));
}

/** In the place of an issuer, which is a URL: nobody's token says so. */
const POLICY_ITSELF = "policy";

/** By the rule itself, where it lets go what changes few rows. Good for the statement that was counted and waits, no longer. */
export function approveByPolicy(approval: Approval, now: number): Approval {
  const { shown, terms, policyVersion, votes } = approval;
  const rows = shown.countedRows ?? null;
  const few = terms.autoUnderRows ?? 0;
  if (approval.state !== "pending" || terms.count !== "exact" || rows === null || rows >= few)
    return approval;
  const by = { issuer: POLICY_ITSELF, subject: `rule "${shown.rule}" of policy version ${policyVersion}` };
  const reason = `changes ${rows} of fewer than ${few} rows`;
  const cast = [...votes, { by, verdict: "approve" as const, reason, at: now }];
  return changed({ ...approval, votes: cast, expiresAt: now + CLAIM_MS }, "approved", now);
}

/** Why somebody may not vote so, whatever it is that is voted on. */
export function objectionTo(
  { terms, votes, requester }: Pick<Approval, "terms" | "votes" | "requester">,
  by: Approver,
  { verdict, reason }: Pick<Vote, "verdict" | "reason">,
  links: IdentityLinks,
): Exclude<Objection, { kind: "state" }> | null {
  if (isSamePerson(by, requester, links)) return { kind: "own_request" };
  if (!isIn(by, terms.groups)) return { kind: "not_in_group", groups: terms.groups };
  if (votes.some((before) => isSamePerson(before.by, by, links))) return { kind: "voted_already" };
  const needsReason = verdict === "deny" || terms.reasonsRequired;
  return needsReason && reason.trim() === "" ? { kind: "reason_required" } : null;
}

/** Who approves by link, or in Slack, has to see all of it, unless the rule says otherwise; who denies does not. */
export function mayApproveByLink({ shown, terms }: Approval): boolean {
  return !shown.elided || terms.linksElided;
}

/** Lets the statement go, once: whoever comes second finds it executed. */
export function claim(
  approval: Approval,
  { binding, sessionId }: Pick<Asked, "binding" | "sessionId">,
  now: number,
): Changed {
  if (approval.state !== "approved") return refused(approval);
  if (now >= approval.expiresAt) return err({ kind: "state", state: "expired" });
  if (approval.binding !== binding) return err({ kind: "other_statement" });
  return ok(changed({ ...approval, executedBy: sessionId }, "executed", now));
}

/** PostgreSQL refused what was let go, or it was not sent after all. */
export function fail(approval: Approval, now: number): Changed {
  return approval.state === "executed" ? ok(changed(approval, "failed", now)) : refused(approval);
}

export function withdraw(approval: Approval, now: number): Changed {
  return isOpen(approval) ? ok(changed(approval, "withdrawn", now)) : refused(approval);
}

/** What time makes of it: itself, unless its time is up. */
export function expire(approval: Approval, now: number): Approval {
  return isOpen(approval) && now >= approval.expiresAt ? changed(approval, "expired", now) : approval;
}

/** Somebody may still decide on it, or it may still be let go. */
export function isOpen({ state }: Approval): boolean {
  return state === "pending" || state === "approved";
}

function changed(approval: Approval, state: ApprovalState, now: number): Approval {
  const history = [...approval.history, { state, at: now }];
  return { ...approval, state, history, revision: approval.revision + 1 };
}

function refused({ state }: Approval): Changed {
  return err({ kind: "state", state });
}
