// Puts a link into the event that asks for an approval, for an endpoint that wants one: at the moment of sending, so that it lives
// from then, and each attempt has its own.

import { type Approval, type IdentityLinks, isSamePerson, mayApproveByLink } from "#core/approvals";
import { err, ok, type Result } from "../../core/result.ts";
import type { RegisteredApprover } from "./approvers.ts";
import { LINK_MS, linkKey, linkToken, newNonce } from "./decision-link.ts";

export interface WantedLink {
  readonly approver: string;
  /** The gateway's origin, as the approver reaches it. */
  readonly gateway: string;
}

export interface LinkParts {
  readonly approvers: Result<readonly RegisteredApprover[], string>;
  readonly identities: IdentityLinks;
  readonly sessionKey: string;
  readonly now: number;
}

/** `body` as it is where there is nothing to decide, or nothing that this approver decides. */
export async function withLink(
  body: string,
  approval: Approval | null,
  { approver, gateway }: WantedLink,
  { approvers, identities, sessionKey, now }: LinkParts,
): Promise<Result<string, string>> {
  if (approval?.state !== "pending" || now >= approval.expiresAt) return ok(body);
  if (!approvers.ok) return approvers;
  const who = approvers.value.find(({ name }) => name === approver);
  if (who === undefined) return err("APPROVERS has nobody of the name that its links are for");
  // Nobody decides on what they asked for: they would get a link that is good for nothing.
  if (isSamePerson(who, approval.requester, identities)) return ok(body);
  const expiresAt = Math.floor(Math.min(now + LINK_MS, approval.expiresAt) / 1_000) * 1_000;
  const claims = { approvalId: approval.id, approver: who, expiresAt, nonce: newNonce() };
  const token = await linkToken(await linkKey(sessionKey), claims);
  const link = {
    url: `${gateway}/approve/${approval.id}?token=${token}`,
    approver,
    may_approve: mayApproveByLink(approval),
    expires_at: new Date(expiresAt).toISOString(),
  };
  const event = JSON.parse(body) as { data: Readonly<Record<string, unknown>> };
  return ok(JSON.stringify({ ...event, data: { ...event.data, link } }));
}
