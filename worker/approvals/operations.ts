// The approvals API in the OpenAPI document: its operations and schemas, in the terms of worker/openapi.ts.

import { json, list, ref, type Operation } from "../openapi-operation.ts";
import { ApprovalItem, DecisionBody, EarlierStatement, ReviewBody, StatementDecisionBody } from "./items.ts";
import type { ApprovalOperationId } from "./parameters.ts";

export const APPROVAL_OPERATIONS = {
  listApprovals: {
    path: "/approvals",
    summary: "Statements that wait, or waited, for a person: newest first",
    gives: list("Approval"),
    problems: [400, 404],
    role: "approver, auditor or admin",
  },
  getApproval: {
    path: "/approvals/{approval}",
    summary: "An approval",
    gives: json(ref("Approval")),
    problems: [400, 404],
    role: "approver, auditor or admin",
  },
  sessionOfApproval: {
    path: "/approvals/{approval}/session",
    summary: `The session so far: its last statements before the request, newest first
Texts as they are recorded, cut to 1,000 characters. One page.`,
    gives: list("EarlierStatement"),
    problems: [400, 404, 503],
    role: "approver, auditor or admin",
  },
  decideApproval: {
    method: "post",
    path: "/approvals/{approval}/decision",
    summary: `Approve or deny
By an approver's token, or signed as a Standard Webhook with a key that APPROVER_KEYS registers to an approver; its body is
then \`approval_id\`, \`verdict\` and \`reason\`. One vote a person, never on what they asked for themselves, by any identity of theirs. One denial is enough; as many approvals as
the rule's quorum let the statement run, once. With \`break_glass\` one person lets it go alone, where the rule says that they may; not by a signature. 409 where
it is decided, expired or withdrawn already.`,
    takes: json(ref("StatementDecision")),
    gives: json(ref("Approval")),
    problems: [400, 404, 409, 413, 422, 503],
    role: "approver",
  },
  reviewApproval: {
    method: "post",
    path: "/approvals/{approval}/review",
    summary: `Say whether it was right to let it go alone
By one of the rule's \`reviewers\` who neither broke the glass nor asked for the statement. Once; 409 where nothing waits for a review.`,
    takes: json(ref("ApprovalReview")),
    gives: json(ref("Approval")),
    problems: [400, 404, 409, 413, 422, 503],
    role: "approver, auditor or admin",
  },
} as const satisfies Record<ApprovalOperationId, Operation>;

export const APPROVAL_SCHEMAS = {
  Approval: ApprovalItem,
  EarlierStatement,
  ApprovalDecision: DecisionBody,
  StatementDecision: StatementDecisionBody,
  ApprovalReview: ReviewBody,
};
