// The door of the room: which policy a session runs on, and when that changes.

export { forgetInForce, policyInForce, type PolicyEnv, type PolicyInForce } from "./in-force.ts";
export { PolicyStore, type PolicyVersion, type StoredPolicy } from "./store.ts";
export { watchPolicy, type PolicyWatch } from "./watch.ts";
