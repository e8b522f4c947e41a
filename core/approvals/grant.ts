// Just-in-time access, from asking to its end: what one subject may do on a target for a while. As approvals, one function an
// event; the clock, an argument, runs from the grant. Pure.

import {
  type ApprovalTerms,
  GRANT_LIMIT_NAMES,
  type GrantLimits,
  grantLimitsWith,
  NO_GRANT_LIMITS,
  widerThan,
} from "#core/policy";
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
  /** Of what runs by it. Absent in what was asked for before there were any. */
  readonly limits?: GrantLimits;
  readonly terms: ApprovalTerms;
}

/** What was counted over its life. */
export interface Used {
  readonly statements: number;
  readonly rowsReturned: number;
  readonly rowsChanged: number;
}

export const NOTHING_USED: Used = { statements: 0, rowsReturned: 0, rowsChanged: 0 };

/** What whoever decides gives of it, where that is less than was asked for. */
export interface Less {
  readonly relations: readonly string[] | null;
  readonly durationMs: number | null;
  readonly limits: Partial<GrantLimits>;
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
  /** Absent: nothing. */
  readonly used?: Used;
  /** The limit that ended it before its time. */
  readonly usedUp?: string;
  readonly revokedBy: (Identity & { readonly reason: string }) | null;
  readonly history: readonly { readonly state: GrantState; readonly at: number }[];
}

type GrantObjection =
  | Exclude<Objection, { kind: "state" }>
  | { readonly kind: "state"; readonly state: GrantState }
  /** What was said is more than was asked for, or nothing of it. */
  | { readonly kind: "not_less"; readonly what: string };
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
  less: Less | null = null,
): Changed {
  if (grant.state !== "pending") return err({ kind: "state", state: grant.state });
  if (now >= grant.expiresAt) return err({ kind: "state", state: "expired" });
  const objection = objectionTo(grant, by, cast, links);
  if (objection !== null) return err(objection);
  const { issuer, subject } = by;
  const votes = [...grant.votes, { by: { issuer, subject }, ...cast, at: now }];
  if (cast.verdict === "deny") return ok(changed({ ...grant, votes }, "denied", now));
  const given = less === null ? ok(grant) : lessened(grant, less);
  if (!given.ok) return given;
  const kept = { ...given.value, votes };
  if (votes.length < grant.terms.quorum) return ok({ ...kept, revision: grant.revision + 1 });
  return ok(begin(kept, now));
}

/** Nobody gives more than was asked for: each vote may take away, and what one took away the next does not bring back. */
function lessened(grant: Grant, { relations, durationMs, limits }: Less): Changed {
  const not = (what: string): Changed => err({ kind: "not_less", what });
  if (
    relations !== null &&
    (relations.length === 0 || relations.some((name) => !grant.relations.includes(name)))
  )
    return not("relations: name some of those that were asked for");
  if (durationMs !== null && durationMs > grant.durationMs) return not("duration: longer than was asked for");
  const asked = grant.limits ?? NO_GRANT_LIMITS;
  const given = grantLimitsWith(limits, asked);
  const wider = widerThan(given, asked);
  if (wider !== null) return not(`limits: ${GRANT_LIMIT_NAMES[wider]} is more than was asked for`);
  return ok({
    ...grant,
    relations: relations ?? grant.relations,
    durationMs: durationMs ?? grant.durationMs,
    limits: given,
  });
}

/** Counted: no change of what it is. */
export function use(grant: Grant, { statements, rowsReturned, rowsChanged }: Used): Grant {
  const before = grant.used ?? NOTHING_USED;
  const used = {
    statements: before.statements + statements,
    rowsReturned: before.rowsReturned + rowsReturned,
    rowsChanged: before.rowsChanged + rowsChanged,
  };
  return { ...grant, used };
}

/** Nothing of this limit is left: it is over before its time. */
export function useUp(grant: Grant, limit: string, now: number): Grant {
  return grant.state === "active" ? changed({ ...grant, usedUp: limit }, "ended", now) : grant;
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
