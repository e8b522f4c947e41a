// The door of the room: approvals of a target, kept by one object; a session's way to them.

export { targetOf } from "./approval-id.ts";
export { parseApprovers, type RegisteredApprover } from "./approvers.ts";
export { isLinkToken, type LinkClaims, linkKey, readLinkToken } from "./decision-link.ts";
export { type GrantFilter, GrantStore } from "./grant-store.ts";
export { GrantUses, type Reserved, type Wants } from "./grant-uses.ts";
export { type ChangedGrant, Grants, type Wanted } from "./grants.ts";
export { type WantedLink, withLink } from "./link-in-event.ts";
export { parseLinks } from "./links.ts";
export { OnceStore } from "./once-store.ts";
export { type Changed, Registry, type Requested } from "./registry.ts";
export { ReservationStore } from "./reservation-store.ts";
export { SessionApprovals } from "./session-approvals.ts";
export { SessionBudgets } from "./session-budgets.ts";
export { SessionGrants } from "./session-grants.ts";
export { type ApprovalFilter, ApprovalStore } from "./store.ts";
