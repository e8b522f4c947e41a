// What can be wrong with a token, as values with evidence. Pure. wire.ts alone turns them into words and codes.
// No member holds the token, a part of it, or a claim as the caller wrote it; times come from checked tokens only.

import type { Role } from "#core/policy";

/** Why a text is no token that can be checked. */
export type Malformation =
  | "too_large"
  | "not_a_jwt"
  | "encrypted"
  | "bad_header"
  | "critical_header"
  | "bad_claims"
  | "wrong_type"
  | "no_issuer"
  | "no_subject"
  | "no_expiry"
  | "bad_time";

/** How a request can bring a token wrongly. */
export type Misuse = "other_scheme" | "bad_syntax" | "two_tokens" | "token_alone";

/** What went wrong at the issuer; `status` has the code, without the body. */
export type IssuerFault =
  | { readonly kind: "network" | "timeout" | "redirect" | "too_large" | "not_json" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "issuer_mismatch" | "no_jwks_uri" | "insecure_jwks_uri" | "not_a_key_set" };

export type AuthError =
  | { readonly tag: "missing" }
  | { readonly tag: "misused"; readonly misuse: Misuse }
  | { readonly tag: "malformed"; readonly malformation: Malformation }
  | {
      readonly tag: "unsupported_algorithm";
      readonly algorithm: string | null;
      readonly accepted: readonly string[];
    }
  | { readonly tag: "unknown_issuer"; readonly accepted: readonly string[] }
  | { readonly tag: "wrong_audience"; readonly issuer: string; readonly accepted: readonly string[] }
  | { readonly tag: "expired"; readonly issuer: string; readonly expiredAt: number }
  | {
      readonly tag: "not_yet_valid";
      readonly issuer: string;
      readonly claim: "nbf" | "iat";
      readonly at: number;
    }
  | { readonly tag: "bad_signature"; readonly issuer: string }
  | { readonly tag: "unknown_key"; readonly issuer: string }
  | { readonly tag: "unusable_key"; readonly issuer: string }
  | {
      readonly tag: "issuer_unreachable";
      readonly issuer: string;
      readonly asked: "discovery" | "keys";
      readonly fault: IssuerFault;
      /** The issuer is asked again after this. */
      readonly retryAfterMs: number;
    }
  | { readonly tag: "no_role"; readonly needed: readonly Role[]; readonly granted: readonly Role[] }
  /** ISSUERS is not valid; `problems` are the admin's business and go to the log only. */
  | { readonly tag: "misconfigured"; readonly problems: readonly string[] };
