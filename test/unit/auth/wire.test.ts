// What PostgreSQL clients and HTTP clients are told, error by error.

import { expect, test } from "vitest";
import { toProblem, toRefusal, toResponse, type AuthError } from "../../../worker/auth/index.ts";

const issuer = "https://id.example";
const at = Date.UTC(2026, 10, 23, 12);

/** One of each: a new tag does not compile until it stands here. */
const ONE_OF_EACH: { readonly [Tag in AuthError["tag"]]: Extract<AuthError, { tag: Tag }> } = {
  missing: { tag: "missing" },
  misused: { tag: "misused", misuse: "two_tokens" },
  malformed: { tag: "malformed", malformation: "not_a_jwt" },
  unsupported_algorithm: { tag: "unsupported_algorithm", algorithm: "HS256", accepted: ["ES256"] },
  unknown_issuer: { tag: "unknown_issuer", accepted: [issuer] },
  wrong_audience: { tag: "wrong_audience", issuer, accepted: ["sluice"] },
  expired: { tag: "expired", issuer, expiredAt: at },
  not_yet_valid: { tag: "not_yet_valid", issuer, claim: "nbf", at },
  bad_signature: { tag: "bad_signature", issuer },
  unknown_key: { tag: "unknown_key", issuer },
  unusable_key: { tag: "unusable_key", issuer },
  issuer_unreachable: {
    tag: "issuer_unreachable",
    issuer,
    asked: "keys",
    fault: { kind: "status", status: 502 },
    retryAfterMs: 12_345,
  },
  no_role: { tag: "no_role", needed: ["auditor", "admin"], granted: ["agent"] },
  misconfigured: { tag: "misconfigured", problems: ["ISSUERS.0.issuer: canary"] },
};
const errors = Object.values(ONE_OF_EACH);

test("the words of a PostgreSQL client tell the causes apart and say what to do", () => {
  expect(errors.map((error) => `${toRefusal(error).sqlstate} ${toRefusal(error).message}`)).toEqual([
    "28000 no token was given",
    "28000 the request brings two different tokens",
    "28P01 the token is not a JSON Web Token",
    "28P01 the token's algorithm, HS256, is not accepted",
    "28P01 the token's issuer is unknown to this gateway",
    "28P01 the token is for another audience",
    "28P01 the token expired at 2026-11-23T12:00:00Z",
    "28P01 the token is not valid before 2026-11-23T12:00:00Z (its nbf)",
    "28P01 the token's signature is wrong",
    "28P01 the token is signed with a key that its issuer does not publish",
    "28P01 the issuer's key for this token cannot be used",
    "28000 the token could not be checked: the issuer's keys could not be had, it answered with HTTP status 502",
    "28000 this needs the role auditor or admin, and the token gives only agent",
    "28000 the gateway cannot check tokens: its setting ISSUERS is not valid",
  ]);
  for (const error of errors) expect(toRefusal(error).hint).toMatch(/^[A-Z].*\.$/);
});

test("HTTP statuses: 401 for the token, 403 for the role, 503 for the issuer, 500 for the gateway", () => {
  const statuses = Object.fromEntries(errors.map((error) => [error.tag, toResponse(error).status]));
  const { no_role, issuer_unreachable, misconfigured, ...others } = statuses;
  expect([no_role, issuer_unreachable, misconfigured]).toEqual([403, 503, 500]);
  expect(new Set(Object.values(others))).toEqual(new Set([401]));
});

test("401 and 403 challenge as RFC 6750 has it, and without an error where no token came", () => {
  const challenge = (error: AuthError): string | null => toResponse(error).headers.get("www-authenticate");
  expect(challenge(ONE_OF_EACH.missing)).toBe('Bearer realm="sluice"');
  expect(challenge(ONE_OF_EACH.expired)).toBe(
    'Bearer realm="sluice", error="invalid_token", error_description="the token expired at 2026-11-23T12:00:00Z"',
  );
  expect(challenge(ONE_OF_EACH.no_role)).toMatch(/, error="insufficient_scope", .*, scope="auditor admin"$/);
  expect(challenge(ONE_OF_EACH.issuer_unreachable)).toBeNull();
  expect(challenge(ONE_OF_EACH.misconfigured)).toBeNull();
});

test("bodies are problem details that no cache keeps", async () => {
  for (const error of errors) {
    const response = toResponse(error);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual(toProblem(error));
  }
  expect(toProblem(ONE_OF_EACH.wrong_audience)).toEqual({
    type: "urn:sluice:problem:wrong-audience",
    title: "Token for another audience",
    status: 401,
    detail:
      "The token is for another audience. Ask the issuer https://id.example for a token with one of these audiences: sluice.",
  });
});

test("when to come back is said in whole seconds", () => {
  expect(toResponse(ONE_OF_EACH.issuer_unreachable).headers.get("retry-after")).toBe("13");
});

test("mistakes of the configuration are for the log, not for callers", () => {
  expect(JSON.stringify(toProblem(ONE_OF_EACH.misconfigured))).not.toContain("canary");
});
