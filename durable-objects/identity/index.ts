export { identify, type IdentityDeps } from "./identify.ts";
export type { ExpectedRole, Identity, IdentityRequest, RoleKeeper } from "./identity.ts";
export { Provisioning } from "./provisioning.ts";
