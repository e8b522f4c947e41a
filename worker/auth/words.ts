// What each error says, and what to do about it, in the manner of PostgreSQL: a message in lower case without a full
// stop, a hint in whole sentences. Pure. Takes from an error only what errors.ts lets into it.

import type { AuthError, IssuerFault, Malformation, Misuse } from "./errors.ts";

export interface Words {
  readonly message: string;
  readonly hint: string;
}

const RENEW = "Get a new token from its issuer and connect again.";
const HOW_TO_BRING =
  "Send it as Authorization: Bearer, as the sub-protocol sluice.bearer.TOKEN, or as the password of the connection string.";

const MALFORMED = {
  too_large: "the token is too large",
  not_a_jwt: "the token is not a JSON Web Token",
  encrypted: "the token is encrypted, and the gateway takes signed ones only",
  bad_header: "the token's header is not valid",
  critical_header: "the token's header demands an extension that the gateway does not know",
  bad_claims: "the token's claims are not valid",
  wrong_type: "the token is of a type that gives no access",
  no_issuer: "the token names no issuer",
  no_subject: "the token names no subject",
  no_expiry: "the token names no time of expiry",
  bad_time: "the token holds a time that is not one",
} as const satisfies Record<Malformation, string>;

const MISUSED = {
  other_scheme: "the authorization scheme is not Bearer",
  bad_syntax: "the place of the token holds none, or more than one",
  two_tokens: "the request brings two different tokens",
  token_alone: "the sub-protocol with the token is offered alone",
} as const satisfies Record<Misuse, string>;

const MISUSED_HINT = {
  other_scheme: HOW_TO_BRING,
  bad_syntax: HOW_TO_BRING,
  two_tokens: "Send one token, in one place.",
  token_alone: "Offer sluice.flow.v1 or sluice.raw.v1 beside it: the gateway never answers with the token.",
} as const satisfies Record<Misuse, string>;

const FAULTS = {
  network: "the connection failed",
  timeout: "it did not answer in time",
  redirect: "it answered with a redirect, which is not followed",
  too_large: "its answer is too large",
  not_json: "its answer is not JSON",
  issuer_mismatch: "its discovery document names another issuer",
  no_jwks_uri: "its discovery document names no jwks_uri",
  insecure_jwks_uri: "its jwks_uri is not https",
  not_a_key_set: "its keys are not a JSON Web Key Set",
} as const satisfies Record<Exclude<IssuerFault["kind"], "status">, string>;

export function explain(error: AuthError): Words {
  switch (error.tag) {
    case "missing":
      return { message: "no token was given", hint: HOW_TO_BRING };
    case "misused":
      return { message: MISUSED[error.misuse], hint: MISUSED_HINT[error.misuse] };
    case "malformed":
      return {
        message: MALFORMED[error.malformation],
        hint: "Use the access token as the issuer gave it, whole.",
      };
    case "unsupported_algorithm":
      return {
        message: `the token's algorithm${error.algorithm === null ? "" : `, ${error.algorithm},`} is not accepted`,
        hint: `Let the issuer sign with one of: ${list(error.accepted)}.`,
      };
    case "unknown_issuer":
      return {
        message: "the token's issuer is unknown to this gateway",
        hint: `Get a token from one of: ${list(error.accepted)}. The issuer must match to the letter, last slash included.`,
      };
    case "wrong_audience":
      return {
        message: "the token is for another audience",
        hint: `Ask the issuer ${error.issuer} for a token with one of these audiences: ${list(error.accepted)}.`,
      };
    case "expired":
      return { message: `the token expired at ${time(error.expiredAt)}`, hint: RENEW };
    case "not_yet_valid":
      return {
        message: `the token is not valid before ${time(error.at)} (its ${error.claim})`,
        hint: `Wait until then, or set the clock of ${error.issuer} right.`,
      };
    case "bad_signature":
      return {
        message: "the token's signature is wrong",
        hint: `${RENEW} It must be one that ${error.issuer} signed.`,
      };
    case "unknown_key":
      return {
        message: "the token is signed with a key that its issuer does not publish",
        hint: `${RENEW} A key that ${error.issuer} has just added is known within a minute.`,
      };
    case "unusable_key":
      return {
        message: "the issuer's key for this token cannot be used",
        hint: `Ask the admin of ${error.issuer} for a public key of at least 2048 bits (RSA) or on a common curve.`,
      };
    case "issuer_unreachable":
      return {
        message: `the token could not be checked: the issuer's ${error.asked} could not be had, ${fault(error.fault)}`,
        hint: `Try again in ${Math.max(1, Math.ceil(error.retryAfterMs / 1000))} s. If it stays so, have ${error.issuer} looked at.`,
      };
    case "no_role":
      return {
        message: `this needs the role ${error.needed.join(" or ")}, and the token gives ${granted(error.granted)}`,
        hint: "Ask whoever runs the issuer for that role, or the gateway's admin to map it (ISSUERS).",
      };
    case "misconfigured":
      return {
        message: "the gateway cannot check tokens: its setting ISSUERS is not valid",
        hint: "Tell the gateway's admin; the gateway's log names each mistake.",
      };
  }
}

function fault(of: IssuerFault): string {
  return of.kind === "status" ? `it answered with HTTP status ${of.status}` : FAULTS[of.kind];
}

function granted(roles: readonly string[]): string {
  return roles.length === 0 ? "none" : `only ${roles.join(", ")}`;
}

function list(values: readonly string[]): string {
  return values.length === 0 ? "(none is configured)" : values.join(", ");
}

/** A time of a checked token, which may yet be out of every calendar. */
function time(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? "an impossible time" : date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
