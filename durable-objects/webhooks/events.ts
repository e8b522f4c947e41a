// What is told of what happens: an event of a grant's change, and those of what a session has carried to D1; approvals' are
// approval-events.ts. Pure. Ids say what an event is of, so that one that is told twice is known again.

import type { Grant } from "#core/approvals";
import type { Intent, Outcome, SessionEnd, SessionStart } from "#core/record";
import type { BrokenRecord } from "../log/broken-record.ts";
import type { EventType } from "./config.ts";

export interface WebhookEvent {
  readonly id: string;
  readonly type: EventType;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** For endpoints that get statements. */
  readonly statement: Readonly<Record<string, unknown>> | null;
  /** Of a request for an approval or a grant: what deciding in Slack takes. */
  readonly decides?: {
    readonly id: string;
    readonly elided: boolean;
    readonly linksElided: boolean;
  };
}

const OF_GRANT = {
  pending: "approval.requested",
  active: "approval.decided",
  denied: "approval.decided",
  expired: "approval.expired",
  withdrawn: null,
  ended: "approval.expired",
  revoked: "approval.decided",
} as const satisfies Record<Grant["state"], EventType | null>;

/** A grant is asked for and decided like an approval, and told as one, with `grant_id`. */
export function grantEvent(grant: Grant): WebhookEvent | null {
  const { id, state, revision, history, requester, votes, endsAt } = grant;
  const type = OF_GRANT[state];
  const came = history.at(-1);
  if (type === null || came === undefined || (state === "pending" && revision > 1)) return null;
  const data = {
    grant_id: id,
    state,
    target: grant.target,
    requester,
    relations: grant.relations,
    kinds: grant.kinds,
    reason: grant.reason,
    duration_seconds: Math.round(grant.durationMs / 1_000),
    expires_at: instant(grant.expiresAt),
    ends_at: endsAt === null ? null : instant(endsAt),
    revoked_by: grant.revokedBy,
    votes: votes.map(({ by, verdict, reason, at }) => ({
      issuer: by.issuer,
      subject: by.subject,
      verdict,
      reason,
      at: instant(at),
    })),
  };
  // All of it is in its data.
  const decides = { id, elided: false, linksElided: false };
  return { id: `${id}.${state}`, type, at: came.at, data, statement: null, decides };
}

/** What of a batch for D1 tells something. */
export interface Carried {
  readonly sessionId: string;
  readonly start: SessionStart | null;
  readonly end: SessionEnd | null;
  readonly statements: readonly {
    readonly seq: number;
    readonly intent: Intent | null;
    readonly head?: Pick<Intent, "decision" | "kinds" | "relations" | "startedAt"> | null;
    readonly outcome: Outcome | null;
  }[];
}

export function sessionEvents({ sessionId, start, end, statements }: Carried): readonly WebhookEvent[] {
  const events: WebhookEvent[] = [];
  const tell = (name: string, type: EventType, at: number, data: Readonly<Record<string, unknown>>): void => {
    events.push({
      id: `${sessionId}.${name}`,
      type,
      at,
      data: { session_id: sessionId, ...data },
      statement: null,
    });
  };
  if (start !== null) {
    const { target, principal, policyVersion, startedAt, applicationName } = start;
    const { issuer, subject } = principal;
    const data = {
      target,
      issuer,
      subject,
      policy_version: policyVersion,
      application_name: applicationName,
    };
    tell("started", "session.started", startedAt, data);
  }
  for (const { seq, intent, head, outcome } of statements) {
    const said = intent ?? head ?? null;
    if (said === null || outcome === null) continue;
    const { decision, kinds, relations } = said;
    const data = {
      seq,
      rule: decision.rule,
      policy_version: decision.policyVersion,
      matched: decision.matched,
      kinds,
      relations: relations.map(({ name, access }) => `${access} ${name}`),
      sqlstate: outcome.error?.sqlstate ?? null,
    };
    if (decision.effect === "deny") tell(`${seq}.denied`, "statement.denied", outcome.endedAt, data);
    else if (outcome.error?.sqlstate === LIMIT_EXCEEDED)
      tell(`${seq}.limit`, "limit.exceeded", outcome.endedAt, data);
  }
  if (end !== null) {
    const { reason, detail, endedAt } = end;
    if (reason === "limit_exceeded") tell("limit", "limit.exceeded", endedAt, { reason, detail });
    tell("ended", "session.ended", endedAt, { reason, detail });
  }
  return events;
}

/** program_limit_exceeded: what limits of the policy and of the gateway end a statement with. */
const LIMIT_EXCEEDED = "54000";

export interface ChangedPolicy {
  readonly target: string;
  readonly version: number;
  readonly issuer: string;
  readonly subject: string;
  readonly comment: string;
  readonly createdAt: number;
}

export function policyEvent({
  target,
  version,
  issuer,
  subject,
  comment,
  createdAt,
}: ChangedPolicy): WebhookEvent {
  return {
    id: `policy.${target}.${version}`,
    type: "policy.changed",
    at: createdAt,
    data: { target, version, issuer, subject, comment },
    statement: null,
  };
}

/** Of the first break: a record that is changed elsewhere later is told of again. */
export function brokenEvent(
  { session, target, entry, what, breaks }: Omit<BrokenRecord, "at">,
  at: number,
): WebhookEvent {
  return {
    id: `${session}.broken.${entry ?? "record"}`,
    type: "record.broken",
    at,
    data: { session_id: session, target, entry, what, breaks },
    statement: null,
  };
}

/** As it is sent. */
export function eventBody({ type, at, data, statement }: WebhookEvent, withStatement: boolean): string {
  const shown = withStatement && statement !== null ? { ...data, ...statement } : data;
  return JSON.stringify({ type, timestamp: instant(at), data: shown });
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
