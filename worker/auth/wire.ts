// The one map from what is wrong with a token to what the caller is told: words once, then PostgreSQL's codes and
// HTTP's. Pure. Nothing but this file chooses SQLSTATE, status or text.

import type { Refusal } from "../../durable-objects/connection.ts";
import type { AuthError } from "./errors.ts";
import { explain } from "./words.ts";

/** PostgreSQL, appendix A: invalid_authorization_specification, invalid_password. */
const NO_IDENTITY = "28000";
const BAD_PASSWORD = "28P01";

/** RFC 6750 §3.1; null: no token was brought, so none is at fault. */
type BearerError = "invalid_request" | "invalid_token" | "insufficient_scope" | null;

interface Code {
  readonly sqlstate: string;
  readonly status: 401 | 403 | 500 | 503;
  readonly title: string;
  readonly bearer: BearerError;
}

const token = (title: string): Code => ({
  sqlstate: BAD_PASSWORD,
  status: 401,
  title,
  bearer: "invalid_token",
});

const CODES = {
  missing: { sqlstate: NO_IDENTITY, status: 401, title: "Token missing", bearer: null },
  misused: { sqlstate: NO_IDENTITY, status: 401, title: "Token brought wrongly", bearer: "invalid_request" },
  malformed: token("Token malformed"),
  unsupported_algorithm: token("Token's algorithm not accepted"),
  unknown_issuer: token("Token's issuer unknown"),
  wrong_audience: token("Token for another audience"),
  expired: token("Token expired"),
  not_yet_valid: token("Token not yet valid"),
  bad_signature: token("Token's signature wrong"),
  unknown_key: token("Token's key unknown"),
  unusable_key: token("Token's key unusable"),
  issuer_unreachable: { sqlstate: NO_IDENTITY, status: 503, title: "Issuer unreachable", bearer: null },
  no_role: { sqlstate: NO_IDENTITY, status: 403, title: "Role missing", bearer: "insufficient_scope" },
  misconfigured: { sqlstate: NO_IDENTITY, status: 500, title: "Gateway misconfigured", bearer: null },
} as const satisfies Record<AuthError["tag"], Code>;

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export function toRefusal(error: AuthError): Refusal {
  return { sqlstate: CODES[error.tag].sqlstate, ...explain(error) };
}

export function toProblem(error: AuthError): Problem {
  const { title, status } = CODES[error.tag];
  const { message, hint } = explain(error);
  return {
    type: `urn:sluice:problem:${error.tag.replaceAll("_", "-")}`,
    title,
    status,
    detail: `${sentence(message)} ${hint}`,
  };
}

export function toResponse(error: AuthError): Response {
  const problem = toProblem(error);
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (problem.status !== 500 && problem.status !== 503) headers.set("www-authenticate", challenge(error));
  if (error.tag === "issuer_unreachable") {
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  }
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function challenge(error: AuthError): string {
  const { bearer } = CODES[error.tag];
  const parts = [`Bearer realm="sluice"`];
  if (bearer !== null) {
    parts.push(`error="${bearer}"`, `error_description="${quotable(explain(error).message)}"`);
  }
  if (error.tag === "no_role") parts.push(`scope="${error.needed.join(" ")}"`);
  return parts.join(", ");
}

/** RFC 6750 §3: printable ASCII without quote and backslash. */
function quotable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|["\\]/g, "'");
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
