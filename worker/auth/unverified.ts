// The first look at a token, before any key is known: its size, form, algorithm and issuer. Pure.
// What is read here only chooses the issuer whose keys are tried; nothing of it is believed.

import { decodeJwt, decodeProtectedHeader } from "jose";
import { err, ok, type Result } from "../../core/result.ts";
import { isAlgorithm, knownName } from "./algorithms.ts";
import type { IssuerConfig } from "./config.ts";
import type { AuthError, Malformation } from "./errors.ts";
import { TOKEN_MAX_BYTES } from "./limits.ts";

export function selectIssuer(
  token: string,
  issuers: readonly IssuerConfig[],
): Result<IssuerConfig, AuthError> {
  if (token === "") return err({ tag: "missing" });
  if (token.length > TOKEN_MAX_BYTES) return malformed("too_large");
  const parts = token.split(".").length;
  if (parts === 5) return malformed("encrypted");
  if (parts !== 3) return malformed("not_a_jwt");

  const header = attempt(() => decodeProtectedHeader(token));
  if (header === null) return malformed("not_a_jwt");
  const claims = attempt(() => decodeJwt(token));
  if (claims === null) return malformed("bad_claims");
  if (!isTokenType(header.typ)) return malformed("wrong_type");
  if (typeof claims.iss !== "string" || claims.iss === "") return malformed("no_issuer");

  const issuer = issuers.find((one) => one.issuer === claims.iss);
  const accepted = issuer?.algorithms ?? [...new Set(issuers.flatMap((one) => one.algorithms))];
  if (!isAlgorithm(header.alg) || !accepted.includes(header.alg)) {
    return err({ tag: "unsupported_algorithm", algorithm: knownName(header.alg), accepted });
  }
  if (issuer === undefined) return err({ tag: "unknown_issuer", accepted: issuers.map((one) => one.issuer) });
  return ok(issuer);
}

/** RFC 7519 §5.1 and RFC 9068 §2.1; other types (logout tokens, DPoP proofs) are signed by the same keys. */
function isTokenType(typ: unknown): boolean {
  if (typ === undefined) return true;
  return typeof typ === "string" && /^(application\/)?(jwt|at\+jwt)$/i.test(typ);
}

function attempt<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}

function malformed(malformation: Malformation): Result<never, AuthError> {
  return err({ tag: "malformed", malformation });
}
