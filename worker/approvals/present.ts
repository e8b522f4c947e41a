// Approvals as the API shows them, and why one could not be decided on. Pure.

import type { Approval, Objection, Review } from "#core/approvals";
import { notFoundProblem, type Problem } from "../problem.ts";
import type { ApprovalItem } from "./items.ts";

/** `now`: says whether its review is overdue. */
export function presentApproval(approval: Approval, now: number): ApprovalItem {
  const { shown, terms, requester } = approval;
  return {
    id: approval.id,
    state: approval.state,
    target: approval.target,
    session_id: approval.sessionId,
    seq: approval.seq,
    requester: { issuer: requester.issuer, subject: requester.subject },
    policy_version: approval.policyVersion,
    rule: shown.rule,
    matched: [...shown.matched],
    statement: shown.statement,
    parameters: [...shown.parameters],
    elided: shown.elided,
    kinds: [...shown.kinds],
    relations: [...shown.relations],
    estimated_rows: shown.estimatedRows,
    estimate_unknown: shown.estimateUnknown ?? null,
    counted_rows: shown.countedRows ?? null,
    count_unknown: shown.countUnknown ?? null,
    in_transaction: shown.inTransaction,
    reason: shown.reason,
    session_so_far: shown.soFar === undefined ? null : { ...shown.soFar },
    mode: terms.mode,
    scope: terms.scope,
    quorum: terms.quorum,
    groups: [...terms.groups],
    reasons_required: terms.reasonsRequired,
    binding: approval.binding,
    created_at: instant(approval.createdAt),
    expires_at: instant(approval.expiresAt),
    votes: approval.votes.map(({ by: { issuer, subject }, verdict, reason, at, breakGlass }) => ({
      issuer,
      subject,
      verdict,
      reason,
      at: instant(at),
      break_glass: breakGlass === true,
    })),
    break_glass:
      terms.breakGlass === undefined
        ? null
        : { groups: [...terms.breakGlass.groups], reviewers: [...terms.breakGlass.reviewers] },
    review: approval.review === undefined ? null : presentReview(approval.review, now),
    history: approval.history.map(({ state, at }) => ({ state, at: instant(at) })),
    executed_by: approval.executedBy,
  };
}

function presentReview({ state, openedAt, dueAt, decision }: Review, now: number): ApprovalItem["review"] {
  return {
    state,
    opened_at: instant(openedAt),
    due_at: instant(dueAt),
    overdue: state === "pending" && now >= dueAt,
    by: decision === null ? null : { issuer: decision.by.issuer, subject: decision.by.subject },
    note: decision?.note ?? null,
    at: decision === null ? null : instant(decision.at),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

export const unknownApproval: Problem = notFoundProblem("there is no approval of this id");

export function objectionProblem(
  objection:
    | Objection
    | { readonly kind: "unknown" }
    | { readonly kind: "misconfigured"; readonly detail: string },
): Problem {
  switch (objection.kind) {
    case "unknown":
      return unknownApproval;
    case "state":
      return conflict(`it is ${objection.state}, and not decided on any more`, { state: objection.state });
    case "voted_already":
      return conflict("you have voted on it already");
    case "own_request":
      return forbidden(
        "you asked for it yourself, by this or another identity of yours: somebody else decides",
      );
    case "not_in_group":
      return forbidden(`only members of ${objection.groups.join(" or ")} decide on it`);
    case "reason_required":
      return { status: 422, title: "Unprocessable Content", detail: '"reason": say why' };
    case "elided":
      return forbidden(
        "something of the statement is not shown, and its rule does not let that be approved this way: sign in, or deny it",
      );
    case "used":
      return conflict("this has been used for a decision already");
    case "no_break_glass":
      return forbidden("its rule lets nobody decide on it alone (break_glass)");
    case "own_break_glass":
      return forbidden("you let it go yourself: somebody else looks at it");
    case "no_review":
      return objection.state === null
        ? conflict("nobody let it go alone: there is nothing to review")
        : conflict(`its review said that it was ${objection.state}`, { review: objection.state });
    case "note_required":
      return { status: 422, title: "Unprocessable Content", detail: '"note": say what you found' };
    case "other_statement":
      return conflict("it was given for another statement");
    case "misconfigured":
      return { status: 503, title: "Service Unavailable", detail: `nobody can vote: ${objection.detail}` };
  }
}

function conflict(detail: string, more: Readonly<Record<string, unknown>> = {}): Problem {
  return { status: 409, title: "Conflict", detail, more };
}

function forbidden(detail: string): Problem {
  return { status: 403, title: "Forbidden", detail };
}
