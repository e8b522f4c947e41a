// What is told of an approval's change: that it is asked for, how it was decided, that its time is over; that somebody broke the
// glass, what the review of that said, and that nobody has looked in time. Pure.

import { type Approval, remindedAt, type Review } from "#core/approvals";
import type { EventType } from "./config.ts";
import { instant, type WebhookEvent } from "./events.ts";

const OF_STATE = {
  pending: "approval.requested",
  approved: "approval.decided",
  denied: "approval.decided",
  expired: "approval.expired",
  withdrawn: null,
  executed: null,
  failed: null,
} as const satisfies Record<Approval["state"], EventType | null>;

/** `before`: null of a new one. Nobody is told of a vote that is not the last, of a withdrawal, or of what came of it. */
export function approvalEvents(approval: Approval, before: Approval | null): readonly WebhookEvent[] {
  const events: WebhookEvent[] = [];
  const tell = (name: string, type: EventType, at: number): void => {
    events.push({ id: `${approval.id}.${name}`, type, at, ...toldOf(approval) });
  };
  const { state, history, review } = approval;
  const type = OF_STATE[state];
  if (type !== null && state !== before?.state) tell(state, type, history.at(-1)?.at ?? approval.createdAt);
  if (review === undefined) return events;
  const known = before?.review;
  if (known === undefined) tell("break_glass", "approval.break_glass", review.openedAt);
  if (review.state !== "pending" && known?.state === "pending")
    tell("reviewed", "approval.reviewed", review.decision?.at ?? review.dueAt);
  if (review.reminders > (known?.reminders ?? 0))
    tell(`review_overdue.${review.reminders}`, "approval.review_overdue", remindedAt(review));
  return events;
}

function toldOf(approval: Approval): Pick<WebhookEvent, "data" | "statement" | "decides"> {
  const { id, shown } = approval;
  return {
    data: {
      approval_id: id,
      state: approval.state,
      target: approval.target,
      session_id: approval.sessionId,
      seq: approval.seq,
      requester: approval.requester,
      rule: shown.rule,
      policy_version: approval.policyVersion,
      matched: shown.matched,
      kinds: shown.kinds,
      relations: shown.relations,
      estimated_rows: shown.estimatedRows,
      estimate_unknown: shown.estimateUnknown ?? null,
      counted_rows: shown.countedRows ?? null,
      count_unknown: shown.countUnknown ?? null,
      in_transaction: shown.inTransaction,
      reason: shown.reason,
      session_so_far: shown.soFar ?? null,
      elided: shown.elided,
      expires_at: instant(approval.expiresAt),
      votes: approval.votes.map(({ by: { issuer, subject }, verdict, reason, at, breakGlass }) => ({
        issuer,
        subject,
        verdict,
        reason,
        at: instant(at),
        ...(breakGlass === true ? { break_glass: true } : {}),
      })),
      ...(approval.review === undefined ? {} : { review: reviewOf(approval.review) }),
    },
    statement: { statement: shown.statement, parameters: shown.parameters },
    decides: { id, elided: shown.elided, linksElided: approval.terms.linksElided },
  };
}

function reviewOf({ state, dueAt, decision }: Review): Readonly<Record<string, unknown>> {
  return {
    state,
    due_at: instant(dueAt),
    by: decision === null ? null : decision.by,
    note: decision?.note ?? null,
    at: decision === null ? null : instant(decision.at),
  };
}
