// The door of the room: approvals of a target, kept by one object; a session's way to them.

export { targetOf } from "./approval-id.ts";
export { parseLinks } from "./links.ts";
export { type Changed, Registry, type Requested } from "./registry.ts";
export { SessionApprovals } from "./session-approvals.ts";
export { type ApprovalFilter, ApprovalStore } from "./store.ts";
