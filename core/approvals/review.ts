// What comes after somebody broke the glass: another person looks at it, and says whether it was right. Whoever forgets is
// reminded. It changes nothing of the approval's state: what ran has run. Pure: the clock is an argument.

import { err, ok, type Result } from "../result.ts";
import type { Approval, Approver, Review, ReviewVerdict } from "./approval.ts";
import { type IdentityLinks, isIn, isSamePerson } from "./people.ts";
import type { Objection } from "./transition.ts";

/** Each day, until somebody has looked. */
const REMIND_EVERY_MS = 24 * 3_600_000;

export function openReview(withinMs: number, now: number): Review {
  return { state: "pending", openedAt: now, dueAt: now + withinMs, reminders: 0, decision: null };
}

export function review(
  approval: Approval,
  by: Approver,
  { verdict, note }: { readonly verdict: ReviewVerdict; readonly note: string },
  links: IdentityLinks,
  now: number,
): Result<Approval, Objection> {
  const open = approval.review;
  if (open?.state !== "pending") return err({ kind: "no_review", state: open?.state ?? null });
  if (isSamePerson(by, approval.requester, links)) return err({ kind: "own_request" });
  const broke = approval.votes.some((vote) => vote.breakGlass === true && isSamePerson(vote.by, by, links));
  if (broke) return err({ kind: "own_break_glass" });
  const groups = approval.terms.breakGlass?.reviewers ?? [];
  if (!isIn(by, groups)) return err({ kind: "not_in_group", groups });
  if (note.trim() === "") return err({ kind: "note_required" });
  const { issuer, subject } = by;
  const decision = { by: { issuer, subject }, note, at: now };
  return ok(changed(approval, { ...open, state: verdict, decision }));
}

/** Says once more that it is overdue: itself, unless it is time to. */
export function remind(approval: Approval, now: number): Approval {
  const due = nextReminder(approval);
  const open = approval.review;
  if (open === undefined || due === null || now < due) return approval;
  return changed(approval, { ...open, reminders: Math.floor((now - open.dueAt) / REMIND_EVERY_MS) + 1 });
}

/** When; null where there is nothing to look at any more. */
export function nextReminder({ review: open }: Approval): number | null {
  return open?.state === "pending" ? open.dueAt + open.reminders * REMIND_EVERY_MS : null;
}

/** When it was last said to be overdue, as it should have been. */
export function remindedAt({ dueAt, reminders }: Review): number {
  return dueAt + Math.max(0, reminders - 1) * REMIND_EVERY_MS;
}

function changed(approval: Approval, after: Review): Approval {
  return { ...approval, review: after, revision: approval.revision + 1 };
}
