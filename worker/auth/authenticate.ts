// The pipeline: token -> issuer -> keys -> signature and claims -> who is asking. This file is its contents page.
// Clock and fetch are passed in; each authenticator has its own caches, so keep one per isolate (env.ts).

import type { Principal, Role } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import type { Authenticate, Authenticated } from "../../durable-objects/connection.ts";
import { toAuthenticated } from "./claims.ts";
import type { IssuerConfig } from "./config.ts";
import type { AuthError } from "./errors.ts";
import type { Fetch } from "./fetch-json.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import { verify } from "./signature.ts";
import { selectIssuer } from "./unverified.ts";
import { toRefusal } from "./wire.ts";

export interface Authenticator {
  /** Checks a token as it came, without scheme or prefix. Never rejects. */
  authenticate(token: string): Promise<Result<Authenticated, AuthError>>;
}

export interface AuthenticatorParts {
  readonly issuers: readonly IssuerConfig[];
  readonly fetch: Fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createAuthenticator({ issuers, fetch, now }: AuthenticatorParts): Authenticator {
  const keysOf = new Map(issuers.map((config) => [config, new IssuerKeys(config, fetch, now)] as const));

  async function authenticate(token: string): Promise<Result<Authenticated, AuthError>> {
    const selected = selectIssuer(token, issuers);
    if (!selected.ok) return selected;
    const config = selected.value;
    const keys = keysOf.get(config);
    if (keys === undefined) return err({ tag: "unknown_issuer", accepted: [] });

    const payload = await verifyWithRotation(token, config, keys);
    return payload.ok ? toAuthenticated(payload.value, config, now()) : payload;
  }

  async function verifyWithRotation(
    token: string,
    config: IssuerConfig,
    keys: IssuerKeys,
  ): ReturnType<typeof verify> {
    const current = await keys.current();
    if (!current.ok) return current;
    const first = await verify(token, config, current.value, now());
    if (first.ok || (first.error.tag !== "unknown_key" && first.error.tag !== "bad_signature")) return first;

    // New keys? A bad signature may mean so too: a token without kid, or a kid that the issuer used again.
    const newer = await keys.newer(current.value);
    if (!newer.ok) return first.error.tag === "unknown_key" ? newer : first;
    return newer.value === current.value ? first : verify(token, config, newer.value, now());
  }

  return { authenticate };
}

/** A session is for agents; auditors, approvers and admins have the HTTP API. */
export function mayConnect(principal: Principal): boolean {
  return principal.roles.includes("agent");
}

/** Any of `needed` will do. */
export function checkRole(
  authenticated: Authenticated,
  needed: readonly Role[],
): Result<Authenticated, AuthError> {
  const granted = authenticated.principal.roles;
  return needed.some((role) => granted.includes(role))
    ? ok(authenticated)
    : err({ tag: "no_role", needed, granted });
}

/** As {@link Authenticator.authenticate}, for those who may open a session. */
export async function authenticateAgent(
  authenticator: Authenticator,
  token: string,
): Promise<Result<Authenticated, AuthError>> {
  const checked = await authenticator.authenticate(token);
  return checked.ok ? checkRole(checked.value, ["agent"]) : checked;
}

/** What a session's object is given to check the password of a start-up with. */
export function createAuthenticate(authenticator: Authenticator): Authenticate {
  return async (token) => {
    const checked = await authenticateAgent(authenticator, token);
    return checked.ok ? checked : err(toRefusal(checked.error));
  };
}
