// From what changed to the leaf that tells of it (docs/record.md). No clock, no I/O. No statement and no parameter: an approval is told by the
// digest that binds it. Whatever else is to be told of an approval or a grant is a member here, and needs nothing else.

import { type Approval, type Grant, remindedAt, type Review, type Vote } from "#core/approvals";
import { hexEncode, utf8Encode } from "#core/bytes";
import type { ApprovalLeaf, GrantLeaf, PolicyLeaf, ResendLeaf } from "#core/record";

/** Of what is sent again at once; the rest is counted. */
const EVENTS_MOST = 100;
/** Of a statement that touches more, the rest is in its session's record. */
const RELATIONS_MOST = 100;

export function approvalLeaf(approval: Approval): ApprovalLeaf {
  const { shown, requester } = approval;
  return {
    type: "sluice.approval/1",
    approval: approval.id,
    revision: approval.revision,
    state: approval.state,
    at: Math.max(lastChange(approval), reviewedAt(approval.review)),
    target: approval.target,
    requester: { issuer: requester.issuer, subject: requester.subject },
    session: approval.sessionId,
    seq: approval.seq,
    policyVersion: approval.policyVersion,
    rule: shown.rule,
    kinds: shown.kinds,
    relations: shown.relations.slice(0, RELATIONS_MOST),
    binding: approval.binding,
    votes: approval.votes.map(loggedVote),
    executedBy: approval.executedBy,
    ...(approval.review === undefined ? {} : { review: loggedReview(approval.review) }),
  };
}

export function grantLeaf(grant: Grant): GrantLeaf {
  const { requester, revokedBy } = grant;
  return {
    type: "sluice.grant/1",
    grant: grant.id,
    revision: grant.revision,
    state: grant.state,
    at: lastChange(grant),
    target: grant.target,
    requester: { issuer: requester.issuer, subject: requester.subject },
    relations: grant.relations,
    kinds: grant.kinds,
    reason: grant.reason,
    durationMs: grant.durationMs,
    ...(grant.limits === undefined ? {} : { limits: { ...grant.limits } }),
    ...(grant.used === undefined ? {} : { used: { ...grant.used } }),
    ...(grant.usedUp === undefined ? {} : { usedUp: grant.usedUp }),
    grantedAt: grant.grantedAt,
    endsAt: grant.endsAt,
    votes: grant.votes.map(loggedVote),
    revokedBy:
      revokedBy === null
        ? null
        : { issuer: revokedBy.issuer, subject: revokedBy.subject, reason: revokedBy.reason },
  };
}

/** A version of a policy as D1 has it (migrations/schema.ts). */
export interface PolicyVersionRow {
  readonly target: string;
  readonly version: number;
  readonly createdAt: number;
  readonly issuer: string;
  readonly subject: string;
  readonly comment: string;
  readonly document: string;
}

export async function policyLeaf(policy: PolicyVersionRow): Promise<PolicyLeaf> {
  const { target, version, createdAt: at, issuer, subject, comment, document } = policy;
  const digest = await crypto.subtle.digest("SHA-256", utf8Encode(document) as Uint8Array<ArrayBuffer>);
  const sha256 = hexEncode(new Uint8Array(digest));
  return { type: "sluice.policy/1", target, version, at, by: { issuer, subject }, comment, sha256 };
}

export function resendLeaf(
  target: string,
  by: { readonly issuer: string; readonly subject: string; readonly at: number },
  endpoint: string,
  eventIds: readonly string[],
): ResendLeaf {
  return {
    type: "sluice.resend/1",
    target,
    at: by.at,
    by: { issuer: by.issuer, subject: by.subject },
    endpoint,
    count: eventIds.length,
    events: eventIds.slice(0, EVENTS_MOST),
  };
}

function loggedVote({ by, verdict, reason, at, breakGlass }: Vote): ApprovalLeaf["votes"][number] {
  const vote = { issuer: by.issuer, subject: by.subject, verdict, reason, at };
  return breakGlass === true ? { ...vote, breakGlass } : vote;
}

function loggedReview({ state, dueAt, reminders, decision }: Review): NonNullable<ApprovalLeaf["review"]> {
  if (decision === null) return { state, dueAt, reminders, decision };
  const { by, note, at } = decision;
  return { state, dueAt, reminders, decision: { issuer: by.issuer, subject: by.subject, note, at } };
}

/** A review that is written, or said to be overdue, is a change without another state too. */
function reviewedAt(review: Review | undefined): number {
  if (review === undefined) return 0;
  return review.decision?.at ?? (review.reminders === 0 ? 0 : remindedAt(review));
}

/** A vote that decides nothing yet is a change without another state. */
function lastChange({ votes, history }: Pick<Approval, "votes"> & Pick<Approval | Grant, "history">): number {
  return Math.max(votes.at(-1)?.at ?? 0, history.at(-1)?.at ?? 0);
}
