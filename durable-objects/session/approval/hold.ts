// Holds a statement until it may run: asks for approval, waits for the decision or refuses at once, as the rule says, and
// claims the approval before anything is sent. As a step of a task: PostgreSQL sees nothing of it.

import type { Approval, Asked } from "#core/approvals";
import type { Refused } from "../gate/gate.ts";
import { TRANSACTION_ABORTED } from "../gate/refusals.ts";
import type { RefusalText } from "#core/policy";
import { BACKEND_CODES } from "#core/wire";
import type { Statement } from "../statement.ts";
import { type Came, elsewhere } from "../tasks/elsewhere.ts";
import { type Allowed, type Desk, type Held, refusal, type Refusal, type Task } from "../tasks/task.ts";
import type { Holder } from "./approvals.ts";
import { boundTo, type Parameters, type Place, shownOf } from "./subject-matter.ts";
import { survey } from "./survey.ts";
import {
  askedFor,
  CANCELLED,
  denied,
  notDecided,
  takenBack,
  tooMany,
  unreachable,
  waitsNotice,
} from "./words.ts";

/** Locks that the transaction holds are held for as long as its statement waits. */
const HELD_IN_TRANSACTION_MS = 60_000;

export interface Matter {
  /** null where its entry begins with the message that is held. */
  readonly statement: Statement | null;
  readonly seq: number;
  /** To the byte. */
  readonly text: Uint8Array;
  readonly place: Place;
  readonly parameters: Parameters;
  /** Decides anew, after a wait in which names may have come to mean something else. */
  readonly again: () => Task<Allowed | Held | Refusal>;
}

/** The approval that a statement was let go by; to be told when PostgreSQL refuses it. */
export interface Permit {
  readonly failed: () => void;
}

export type HeldOutcome =
  | { readonly kind: "free"; readonly judged: Allowed; readonly permit: Permit | null }
  | { readonly kind: "refused"; readonly judged: Refusal }
  /** The session ends: nothing is to be sent. */
  | { readonly kind: "ended"; readonly judged: Refusal };

export function* hold(desk: Desk, held: Held, matter: Matter): Task<HeldOutcome> {
  const { holder } = desk;
  const { told } = held;
  // PostgreSQL would not look at it either.
  if (desk.exchange.status === "E")
    return refused({ ...held, native: true, text: { ...TRANSACTION_ABORTED, detail: "" } });
  if (holder === null) return refused({ ...held, text: told });
  const asked = yield* ask(desk, holder, held, matter);
  if (asked.kind === "refused") return { kind: "refused", judged: asked };
  if (asked.kind !== "value") return broken(held, asked);
  if (asked.value === "too_many") return refused({ ...held, text: tooMany(told) });
  let approval = asked.value;
  note(holder, approval, matter.seq);
  if (approval.state === "pending" && approval.terms.mode === "wait") {
    const { id } = approval;
    tellWaiting(desk, held, matter.statement, approval);
    const decided = yield* elsewhere(desk.elsewhere, holder.approvals.decided(id));
    if (decided.kind !== "value" || decided.value === null) {
      holder.approvals.withdraw(id);
      holder.note(JSON.stringify({ id, seq: matter.seq, state: "withdrawn" }));
      return broken(held, decided.kind === "value" ? { kind: "failed" } : decided);
    }
    approval = decided.value;
    note(holder, approval, matter.seq);
  }
  if (approval.state !== "approved") return refused({ ...held, text: standing(approval, told) });
  return yield* letGo(desk, holder, held, matter, approval);
}

/** The claim comes last: what is found by then is what it has to have been given for. */
function* letGo(desk: Desk, holder: Holder, held: Held, matter: Matter, { id }: Approval): Task<HeldOutcome> {
  const again = yield* matter.again();
  if (again.kind === "refused") return { kind: "refused", judged: again };
  // A policy that came meanwhile asks nobody any more.
  if (again.kind === "allowed") {
    holder.approvals.withdraw(id);
    return { kind: "free", judged: again, permit: null };
  }
  const bound = boundTo(holder, again, matter.text, matter.parameters);
  const claimed = yield* elsewhere(desk.elsewhere, holder.approvals.claim(id, holder.sessionId, bound));
  if (claimed.kind !== "value" || !claimed.value) {
    // Whether it was claimed is not known, or it was for a statement that nobody waits for any more: it is spent.
    if (claimed.kind !== "value") holder.approvals.failed(id);
    return claimed.kind === "value"
      ? refused({ ...held, text: takenBack(id, held.told) })
      : broken(held, claimed);
  }
  const noted = (state: string): void => holder.note(JSON.stringify({ id, seq: matter.seq, state }));
  noted("executed");
  const failed = (): void => {
    holder.approvals.failed(id);
    noted("failed");
  };
  return { kind: "free", judged: { ...again, kind: "allowed" }, permit: { failed } };
}

function* ask(
  desk: Desk,
  holder: Holder,
  held: Held,
  { text, place, parameters, seq }: Matter,
): Task<Came<Approval | "too_many"> | Refusal> {
  const bound = boundTo(holder, held, text, parameters);
  // Whoever asks again is not counted for again.
  const standing = yield* elsewhere(desk.elsewhere, holder.approvals.standing(bound));
  if (standing.kind !== "value") return standing;
  if (standing.value !== null) return { kind: "value", value: standing.value };
  const surveyed = yield* survey(desk, held, text, parameters);
  if (surveyed.kind === "refused") return surveyed;
  if (surveyed.kind === "cancelled") return { kind: "interrupted", why: "cancelled" };
  const shown = shownOf(desk, held, text, place, parameters, surveyed.figures);
  const { issuer, subject, sessionId, target } = holder;
  const asked: Omit<Asked, "binding"> = {
    target,
    requester: { issuer, subject },
    sessionId,
    seq,
    policyVersion: held.decision.policyVersion,
    terms: { ...held.terms, timeoutMs: within(held, shown.inTransaction) },
    shown,
  };
  return yield* elsewhere(desk.elsewhere, holder.approvals.request(asked, bound));
}

function within({ terms }: Held, inTransaction: boolean): number {
  return terms.mode === "wait" && inTransaction
    ? Math.min(terms.timeoutMs, HELD_IN_TRANSACTION_MS)
    : terms.timeoutMs;
}

/** The agent hears of it while it waits; what it hears is part of the response. */
function tellWaiting(desk: Desk, { told }: Held, statement: Statement | null, approval: Approval): void {
  const bytes = waitsNotice(approval, approval.expiresAt - desk.now(), told);
  desk.exchange.deliver(statement, { code: BACKEND_CODES.notice_response, bytes }, desk.now());
}

function standing(approval: Approval, told: RefusalText): RefusalText {
  switch (approval.state) {
    case "pending":
      return askedFor(approval, told);
    case "denied":
      return denied(approval, told);
    case "expired":
      return notDecided(approval.id, told);
    case "approved":
    case "withdrawn":
    case "executed":
    case "failed":
      return takenBack(approval.id, told);
  }
}

function broken(held: Held, came: Exclude<Came<unknown>, { kind: "value" }>): HeldOutcome {
  if (came.kind === "failed") return refused({ ...held, text: unreachable(held.told) });
  const { judged } = refused({ ...held, text: CANCELLED });
  return { kind: came.why === "ended" ? "ended" : "refused", judged };
}

function refused({
  decision,
  facts,
  text,
  native = false,
}: Pick<Held, "decision" | "facts"> & {
  readonly text: RefusalText;
  readonly native?: boolean;
}): Extract<HeldOutcome, { kind: "refused" }> {
  const given: Refused = { kind: "refused", decision, facts, text, native, position: null };
  return { kind: "refused", judged: refusal(given, 0) };
}

function note(holder: Holder, { id, state, votes }: Approval, seq: number): void {
  const by = votes.map(({ by: { issuer, subject }, verdict, reason, breakGlass }) => ({
    issuer,
    subject,
    verdict,
    reason,
    ...(breakGlass === true ? { break_glass: true } : {}),
  }));
  holder.note(JSON.stringify({ id, seq, state, ...(by.length === 0 ? {} : { votes: by }) }));
}
