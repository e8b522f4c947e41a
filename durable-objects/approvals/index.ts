// The door of the room: approvals of a target, kept by one object; a session's way to them.

export { targetOf } from "./approval-id.ts";
export { type GrantFilter, GrantStore } from "./grant-store.ts";
export { type ChangedGrant, Grants, type Wanted } from "./grants.ts";
export { parseLinks } from "./links.ts";
export { type Changed, Registry, type Requested } from "./registry.ts";
export { SessionApprovals } from "./session-approvals.ts";
export { SessionGrants } from "./session-grants.ts";
export { type ApprovalFilter, ApprovalStore } from "./store.ts";
