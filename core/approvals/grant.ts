// Just-in-time access, from asking to its end: what one subject may do on a target for a while. As approvals, one function an
// event; the clock, an argument, runs from the grant. Pure.

import type { ApprovalTerms } from "#core/policy";
import { err, ok, type Result } from "../result.ts";
import type { Approver, Identity, Vote } from "./approval.ts";
import type { IdentityLinks } from "./people.ts";
import { type Objection, objectionTo } from "./transition.ts";

/**
 * - `pending`: nobody has decided; `denied`, `expired` (nobody did in time), `withdrawn`: it never began;
 * - `active`: it holds until `endsAt`; `ended`: its time is over; `revoked`: somebody ended it before, or it was given back.
 */
export const GRANT_STATES = [
  "pending",
  "active",
  "denied",
  "expired",
  "withdrawn",
  "ended",
  "revoked",
] as const;
export type GrantState = (typeof GRANT_STATES)[number];

export interface WantedGrant {
  readonly target: string;
  readonly requester: Identity;
  /** Exact names. */
  readonly relations: readonly string[];
  readonly kinds: readonly string[];
  readonly reason: string;
  readonly durationMs: number;
  readonly terms: ApprovalTerms;
}

export interface Grant extends WantedGrant {
  readonly id: string;
  readonly revision: number;
  readonly state: GrantState;
  readonly createdAt: number;
  /** When the decision is due. */
  readonly expiresAt: number;
  /** From the grant on; null before. */
  readonly grantedAt: number | null;
  readonly endsAt: number | null;
  readonly votes: readonly Vote[];
  readonly revokedBy: (Identity & { readonly reason: string }) | null;
  readonly history: readonly { readonly state: GrantState; readonly at: number }[];
}

type GrantObjection =
  | Exclude<Objection, { kind: "state" }>
  | { readonly kind: "state"; readonly state: GrantState };
type Changed = Result<Grant, GrantObjection>;

/** `auto`: the policy gives it without asking anybody. */
export function wantGrant(id: string, wanted: WantedGrant, auto: boolean, now: number): Grant {
  const grant: Grant = {
    ...wanted,
    id,
    revision: 1,
    state: "pending",
    createdAt: now,
    expiresAt: now + wanted.terms.timeoutMs,
    grantedAt: null,
    endsAt: null,
    votes: [],
    revokedBy: null,
    history: [{ state: "pending", at: now }],
  };
  return auto ? begin(grant, now) : grant;
}

export function voteOnGrant(
  grant: Grant,
  by: Approver,
  cast: Pick<Vote, "verdict" | "reason">,
  links: IdentityLinks,
  now: number,
): Changed {
  if (grant.state !== "pending") return err({ kind: "state", state: grant.state });
  if (now >= grant.expiresAt) return err({ kind: "state", state: "expired" });
  const objection = objectionTo(grant, by, cast, links);
  if (objection !== null) return err(objection);
  const { issuer, subject } = by;
  const votes = [...grant.votes, { by: { issuer, subject }, ...cast, at: now }];
  if (cast.verdict === "deny") return ok(changed({ ...grant, votes }, "denied", now));
  if (votes.length < grant.terms.quorum) return ok({ ...grant, votes, revision: grant.revision + 1 });
  return ok(begin({ ...grant, votes }, now));
}

/** Whoever asked takes it back or gives it back; anybody who may decide ends it. */
export function revokeGrant(grant: Grant, by: Identity & { readonly reason: string }, now: number): Changed {
  if (grant.state === "pending") return ok(changed({ ...grant, revokedBy: by }, "withdrawn", now));
  if (grant.state === "active") return ok(changed({ ...grant, revokedBy: by }, "revoked", now));
  return err({ kind: "state", state: grant.state });
}

/** What time makes of it: itself, unless its time is up. */
export function ageGrant(grant: Grant, now: number): Grant {
  const due = dueOfGrant(grant);
  if (due === null || now < due) return grant;
  return changed(grant, grant.state === "pending" ? "expired" : "ended", now);
}

/** When time will change it; null where it will not. */
export function dueOfGrant({ state, expiresAt, endsAt }: Grant): number | null {
  if (state === "pending") return expiresAt;
  return state === "active" ? endsAt : null;
}

function begin(grant: Grant, now: number): Grant {
  return changed({ ...grant, grantedAt: now, endsAt: now + grant.durationMs }, "active", now);
}

function changed(grant: Grant, state: GrantState, now: number): Grant {
  const history = [...grant.history, { state, at: now }];
  return { ...grant, state, history, revision: grant.revision + 1 };
}
