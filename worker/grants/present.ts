// Grants as the API shows them, and why one could not be decided on. Pure.

import { type Grant, NOTHING_USED } from "#core/approvals";
import { NO_GRANT_LIMITS } from "#core/policy";
import { objectionProblem } from "../approvals/present.ts";
import { notFoundProblem, type Problem } from "../problem.ts";
import type { GrantItem } from "./items.ts";
import { presentLimits } from "./limits.ts";

export const unknownGrant: Problem = notFoundProblem("there is no grant of this id");

export function presentGrant(grant: Grant): GrantItem {
  const { requester, votes, history, terms, revokedBy, used = NOTHING_USED } = grant;
  return {
    id: grant.id,
    state: grant.state,
    target: grant.target,
    requester: { issuer: requester.issuer, subject: requester.subject },
    relations: [...grant.relations],
    kinds: [...grant.kinds],
    reason: grant.reason,
    duration_seconds: Math.round(grant.durationMs / 1_000),
    limits: presentLimits(grant.limits ?? NO_GRANT_LIMITS),
    used: {
      statements: used.statements,
      rows_returned: used.rowsReturned,
      rows_changed: used.rowsChanged,
    },
    used_up: grant.usedUp ?? null,
    created_at: instant(grant.createdAt),
    expires_at: instant(grant.expiresAt),
    granted_at: grant.grantedAt === null ? null : instant(grant.grantedAt),
    ends_at: grant.endsAt === null ? null : instant(grant.endsAt),
    quorum: terms.quorum,
    groups: [...terms.groups],
    votes: votes.map(({ by: { issuer, subject }, verdict, reason, at }) => ({
      issuer,
      subject,
      verdict,
      reason,
      at: instant(at),
    })),
    revoked_by: revokedBy,
    history: history.map(({ state, at }) => ({ state, at: instant(at) })),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

type Failure =
  | { readonly kind: "not_less"; readonly what: string }
  | Parameters<typeof objectionProblem>[0]
  | { readonly kind: "state"; readonly state: string };

export function grantProblem(failure: Failure): Problem {
  if (failure.kind === "unknown") return unknownGrant;
  if (failure.kind === "not_less")
    return { status: 422, title: "Unprocessable Content", detail: failure.what };
  if (failure.kind !== "state") return objectionProblem(failure);
  const detail = `it is ${failure.state}`;
  return { status: 409, title: "Conflict", detail, more: { state: failure.state } };
}
