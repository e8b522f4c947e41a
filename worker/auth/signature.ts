// Checks signature and registered claims against an issuer's keys, by jose. Pure: keys and time are arguments.
// The header's own jku, jwk, x5u and x5c are never looked at: keys come from the issuer alone (RFC 8725 §3.10).

import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { err, ok, type Result } from "../../core/result.ts";
import type { IssuerConfig } from "./config.ts";
import type { KeySet } from "./discovery.ts";
import type { AuthError, Malformation } from "./errors.ts";
import { KEYS_MAX_TRIED } from "./limits.ts";

export async function verify(
  token: string,
  config: IssuerConfig,
  keys: KeySet,
  nowMs: number,
): Promise<Result<JWTPayload, AuthError>> {
  const options: JWTVerifyOptions = {
    issuer: config.issuer,
    audience: [...config.audiences],
    algorithms: [...config.algorithms],
    requiredClaims: ["exp", "sub"],
    clockTolerance: config.clock_skew_seconds,
    currentDate: new Date(nowMs),
  };
  try {
    return ok((await jwtVerify(token, keys, options)).payload);
  } catch (fault) {
    if (fault instanceof errors.JWKSMultipleMatchingKeys) return tryEach(token, config, fault, options);
    return err(translate(fault, config));
  }
}

/** A token without `kid`, and several keys that fit. */
async function tryEach(
  token: string,
  config: IssuerConfig,
  keys: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<Result<JWTPayload, AuthError>> {
  let tried = 0;
  for await (const key of keys) {
    tried += 1;
    if (tried > KEYS_MAX_TRIED) break;
    try {
      return ok((await jwtVerify(token, key, options)).payload);
    } catch (fault) {
      if (!(fault instanceof errors.JWSSignatureVerificationFailed)) return err(translate(fault, config));
    }
  }
  return err({ tag: "bad_signature", issuer: config.issuer });
}

const MISSING: Readonly<Record<string, Malformation>> = {
  iss: "no_issuer",
  sub: "no_subject",
  exp: "no_expiry",
};

/** jose's errors carry the payload: only their code, the claim's name, and checked times are taken over. */
function translate(fault: unknown, { issuer, audiences, algorithms }: IssuerConfig): AuthError {
  if (fault instanceof errors.JWTExpired) {
    return { tag: "expired", issuer, expiredAt: milliseconds(fault.payload.exp) };
  }
  if (fault instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason, payload } = fault;
    if (claim === "aud") return { tag: "wrong_audience", issuer, accepted: audiences };
    if (claim === "nbf" && reason === "check_failed") {
      return { tag: "not_yet_valid", issuer, claim, at: milliseconds(payload.nbf) };
    }
    if (reason === "missing") return { tag: "malformed", malformation: MISSING[claim] ?? "bad_claims" };
    return { tag: "malformed", malformation: reason === "invalid" ? "bad_time" : "bad_claims" };
  }
  if (fault instanceof errors.JWKSNoMatchingKey) return { tag: "unknown_key", issuer };
  if (fault instanceof errors.JWSSignatureVerificationFailed) return { tag: "bad_signature", issuer };
  if (fault instanceof errors.JOSEAlgNotAllowed) {
    return { tag: "unsupported_algorithm", algorithm: null, accepted: algorithms };
  }
  if (fault instanceof errors.JWTInvalid) return { tag: "malformed", malformation: "bad_claims" };
  if (fault instanceof errors.JOSENotSupported) return { tag: "malformed", malformation: "critical_header" };
  if (fault instanceof errors.JWSInvalid) return { tag: "malformed", malformation: "bad_header" };
  // What is left comes from the key: a private or too short one, a curve that this runtime does not have.
  return { tag: "unusable_key", issuer };
}

function milliseconds(numericDate: number | undefined): number {
  return (numericDate ?? 0) * 1000;
}
