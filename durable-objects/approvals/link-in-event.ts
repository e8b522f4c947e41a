// Puts a link into the event that asks for an approval or a grant, for an endpoint that wants one: at the moment of sending, so that it lives
// from then, and each attempt has its own.

import { type Identity, type IdentityLinks, isSamePerson } from "#core/approvals";
import { err, ok, type Result } from "../../core/result.ts";
import type { RegisteredApprover } from "./approvers.ts";
import { LINK_MS, linkKey, linkToken, newNonce } from "./decision-link.ts";

export interface WantedLink {
  readonly approver: string;
  /** The gateway's origin, as the approver reaches it. */
  readonly gateway: string;
}

/** An approval, or a grant. */
export interface Decidable {
  readonly id: string;
  readonly state: string;
  readonly expiresAt: number;
  readonly requester: Identity;
}

export interface LinkParts {
  /** It is shown whole, or its rule does with less. */
  readonly mayApprove: boolean;
  readonly approvers: Result<readonly RegisteredApprover[], string>;
  readonly identities: IdentityLinks;
  readonly sessionKey: string;
  readonly now: number;
}

/** `body` as it is where there is nothing to decide, or nothing that this approver decides. */
export async function withLink(
  body: string,
  asked: Decidable | null,
  { approver, gateway }: WantedLink,
  { mayApprove, approvers, identities, sessionKey, now }: LinkParts,
): Promise<Result<string, string>> {
  if (asked?.state !== "pending" || now >= asked.expiresAt) return ok(body);
  if (!approvers.ok) return approvers;
  const who = approvers.value.find(({ name }) => name === approver);
  if (who === undefined) return err("APPROVERS has nobody of the name that its links are for");
  // Nobody decides on what they asked for: they would get a link that is good for nothing.
  if (isSamePerson(who, asked.requester, identities)) return ok(body);
  const expiresAt = Math.floor(Math.min(now + LINK_MS, asked.expiresAt) / 1_000) * 1_000;
  const claims = { id: asked.id, approver: who, expiresAt, nonce: newNonce() };
  const token = await linkToken(await linkKey(sessionKey), claims);
  const link = {
    url: `${gateway}/approve/${asked.id}?token=${token}`,
    approver,
    may_approve: mayApprove,
    expires_at: new Date(expiresAt).toISOString(),
  };
  const event = JSON.parse(body) as { data: Readonly<Record<string, unknown>> };
  return ok(JSON.stringify({ ...event, data: { ...event.data, link } }));
}
