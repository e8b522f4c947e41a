// The door of the room: everything else in it is its own business.

export {
  authenticateAgent,
  checkRole,
  createAuthenticate,
  createAuthenticator,
  mayConnect,
  type Authenticator,
  type AuthenticatorParts,
} from "./authenticate.ts";
export { parseIssuers, type ConfigError, type IssuerConfig } from "./config.ts";
export { authenticatorFor, type AuthEnv } from "./env.ts";
export type { AuthError } from "./errors.ts";
export { createRequireRole, requireRole, type AuthVariables, type RequireRole } from "./middleware.ts";
export { tokenFromRequest, type Presented } from "./token.ts";
export { isLoopback, isTrustworthy } from "./urls.ts";
export { vouch } from "./vouched.ts";
export { toProblem, toRefusal, toResponse, type Problem } from "./wire.ts";
