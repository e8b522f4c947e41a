// Hono middleware that lets a request pass if its token gives one of the roles, and says who it is in c.var.
// Wraps the pipeline; decides nothing itself.

import type { MiddlewareHandler } from "hono";
import type { Principal, Role } from "#core/policy";
import { err, type Result } from "../../core/result.ts";
import type { Authenticated } from "../../durable-objects/connection.ts";
import { checkRole, type Authenticator } from "./authenticate.ts";
import { authenticatorFor, type AuthEnv } from "./env.ts";
import type { AuthError } from "./errors.ts";
import { tokenFromRequest } from "./token.ts";
import { vouchedFor } from "./vouched.ts";
import { toResponse } from "./wire.ts";

export interface AuthVariables {
  readonly principal: Principal;
  /** The token's `exp`, in milliseconds: a stream must end then. */
  readonly tokenExpiresAt: number;
}

interface Guarded {
  Bindings: AuthEnv;
  Variables: AuthVariables;
}

/** For an app of any environment that has at least these. */
export type RequireRole = <E extends Guarded>(...needed: readonly [Role, ...Role[]]) => MiddlewareHandler<E>;

export function createRequireRole(authenticatorOf: (env: AuthEnv) => Authenticator): RequireRole {
  return <E extends Guarded>(...needed: readonly [Role, ...Role[]]): MiddlewareHandler<E> => {
    const guard: MiddlewareHandler<Guarded> = async (c, next) => {
      const checked = await checkRequest(c.req.raw, authenticatorOf(c.env), needed);
      if (!checked.ok) return toResponse(checked.error);
      c.set("principal", checked.value.principal);
      c.set("tokenExpiresAt", checked.value.expiresAt);
      return next();
    };
    // A Hono context is invariant in its environment; this one is only read and set where E has what Guarded has.
    return guard as unknown as MiddlewareHandler<E>;
  };
}

/** Any of the roles will do: `app.get(path, requireRole("auditor"), handler)`. */
export const requireRole: RequireRole = createRequireRole(authenticatorFor);

async function checkRequest(
  request: Request,
  authenticator: Authenticator,
  needed: readonly Role[],
): Promise<Result<Authenticated, AuthError>> {
  const known = vouchedFor(request);
  if (known !== null) return checkRole(known, needed);
  const presented = tokenFromRequest(request);
  if (!presented.ok) return presented;
  if (presented.value.token === null) return err({ tag: "missing" });
  const checked = await authenticator.authenticate(presented.value.token);
  return checked.ok ? checkRole(checked.value, needed) : checked;
}
