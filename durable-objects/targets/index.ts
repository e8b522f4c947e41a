export { type ConfigError } from "./config-error.ts";
export { parseConnectionString, type SslMode, type AuthMethod, type Upstream } from "./connection-string.ts";
export type { Heritage, IdentityChoice, MappedRole } from "./identity.ts";
export { isLoopback } from "./loopback.ts";
export { defaultSecretName, type LocationHint, parseTargets, type Target } from "./targets.ts";
export { type Access, resolveAccess, resolveTarget } from "./resolve.ts";
