// Claims of a checked token -> who is asking. Pure: time is an argument.
// Names of roles at the issuer become roles of the gateway here and nowhere else.

import type { JWTPayload } from "jose";
import { ROLES, type Role } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import type { Authenticated } from "../../durable-objects/connection.ts";
import type { IssuerConfig } from "./config.ts";
import type { AuthError } from "./errors.ts";

/** The last moment that a Date can hold (ECMA-262 §21.4.1.1): a later `exp` would be no time at all. */
const LAST_SECOND = 8.64e12;

export function toAuthenticated(
  payload: JWTPayload,
  config: IssuerConfig,
  nowMs: number,
): Result<Authenticated, AuthError> {
  const { sub, exp, nbf, iat } = payload;
  if (typeof sub !== "string" || sub.trim() === "")
    return err({ tag: "malformed", malformation: "no_subject" });
  if (exp === undefined) return err({ tag: "malformed", malformation: "no_expiry" });
  if (![exp, nbf ?? 0, iat ?? 0].every((time) => time >= 0 && time <= LAST_SECOND)) {
    return err({ tag: "malformed", malformation: "bad_time" });
  }
  // jose looks at iat only where a greatest age is asked for; a token from the future is a broken or forged clock.
  if (iat !== undefined && iat * 1000 > nowMs + config.clock_skew_seconds * 1000) {
    return err({ tag: "not_yet_valid", issuer: config.issuer, claim: "iat", at: iat * 1000 });
  }
  return ok({
    principal: {
      issuer: config.issuer,
      subject: sub,
      roles: rolesOf(payload, config),
      groups: valuesAt(payload, config.groups_claim),
    },
    expiresAt: Math.floor(exp * 1000),
  });
}

function rolesOf(payload: JWTPayload, config: IssuerConfig): readonly Role[] {
  const values = valuesAt(payload, config.roles_claim);
  return ROLES.filter((role) => {
    // With a map, a role that is not in it is not given: the issuer's own "admin" is not the gateway's.
    const giving = config.roles === undefined ? [role] : (config.roles[role] ?? []);
    return config.default_roles.includes(role) || giving.some((value) => values.includes(value));
  });
}

/** The strings of a claim: one or a list. `scope` and `scp` hold several with blanks between (RFC 8693 §4.2). */
function valuesAt(payload: JWTPayload, path: string): readonly string[] {
  const value = claimAt(payload, path);
  if (Array.isArray(value)) return value.filter((one): one is string => typeof one === "string");
  if (typeof value !== "string" || value === "") return [];
  return path === "scope" || path === "scp" ? value.split(" ").filter((one) => one !== "") : [value];
}

/** A claim of that very name first ("https://example.com/roles" has dots in it), then the path of names. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
