export { type ConfigError } from "./config-error.ts";
export { parseConnectionString, type SslMode, type AuthMethod, type Upstream } from "./connection-string.ts";
export { isLoopback } from "./loopback.ts";
export { defaultSecretName, type LocationHint, parseTargets, type Target } from "./targets.ts";
export { resolveTarget } from "./resolve.ts";
