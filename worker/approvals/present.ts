// Approvals as the API shows them, and why one could not be decided on. Pure.

import type { Approval, Objection } from "#core/approvals";
import { notFoundProblem, type Problem } from "../problem.ts";
import type { ApprovalItem } from "./items.ts";

export function presentApproval(approval: Approval): ApprovalItem {
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
    mode: terms.mode,
    scope: terms.scope,
    quorum: terms.quorum,
    groups: [...terms.groups],
    reasons_required: terms.reasonsRequired,
    binding: approval.binding,
    created_at: instant(approval.createdAt),
    expires_at: instant(approval.expiresAt),
    votes: approval.votes.map(({ by: { issuer, subject }, verdict, reason, at }) => ({
      issuer,
      subject,
      verdict,
      reason,
      at: instant(at),
    })),
    history: approval.history.map(({ state, at }) => ({ state, at: instant(at) })),
    executed_by: approval.executedBy,
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
