// ISSUERS as admins write it, and the mistakes that they make.

import { expect, test } from "vitest";
import { ALGORITHMS } from "../../../worker/auth/algorithms.ts";
import { parseIssuers } from "../../../worker/auth/index.ts";

const GOOD = { issuer: "https://id.example", audiences: ["sluice"] };

function problems(list: unknown): string {
  const parsed = parseIssuers(JSON.stringify(list));
  return parsed.ok ? "none" : parsed.error.problems.join("\n");
}

test("an issuer and an audience are enough, the rest has defaults", () => {
  expect(parseIssuers(JSON.stringify([GOOD]))).toEqual({
    ok: true,
    value: [
      {
        ...GOOD,
        roles_claim: "roles",
        groups_claim: "groups",
        default_roles: [],
        algorithms: [...ALGORITHMS],
        clock_skew_seconds: 30,
      },
    ],
  });
});

test("no issuer at all is a gateway that lets nobody in, and no mistake", () => {
  expect(problems([])).toBe("none");
});

test.each(["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000", "https://id.example/"])(
  "%s may be an issuer",
  (issuer) => {
    expect(problems([{ ...GOOD, issuer }])).toBe("none");
  },
);

test.each([
  "http://id.example",
  "http://127.0.0.1.example",
  "http://localhost.example",
  "https://user:word@id.example",
  "https://id.example?tenant=1",
  "https://id.example#here",
  "ftp://127.0.0.1",
  "id.example",
  "",
])("%s may not be an issuer, and the error says where that stands", (issuer) => {
  expect(problems([{ ...GOOD, issuer }])).toMatch(/^ISSUERS\.0\.issuer: must/);
});

test.each([
  ["no audience", { audiences: [] }, /ISSUERS\.0\.audiences: must name at least one/],
  ["an empty audience", { audiences: [""] }, /ISSUERS\.0\.audiences\.0: must not be empty/],
  ["a shared secret's algorithm", { algorithms: ["HS256"] }, /ISSUERS\.0\.algorithms\.0: .*HS256/],
  ["the algorithm none", { algorithms: ["none"] }, /ISSUERS\.0\.algorithms\.0: .*none/],
  ["no algorithm", { algorithms: [] }, /ISSUERS\.0\.algorithms: must name at least one/],
  ["a skew of two minutes", { clock_skew_seconds: 120 }, /ISSUERS\.0\.clock_skew_seconds/],
  ["a negative skew", { clock_skew_seconds: -1 }, /ISSUERS\.0\.clock_skew_seconds/],
  ["a role that does not exist", { roles: { root: ["x"] } }, /ISSUERS\.0\.roles\.root/],
  ["a default role that does not exist", { default_roles: ["root"] }, /ISSUERS\.0\.default_roles\.0/],
  ["a field spelt wrongly", { audience: "sluice" }, /ISSUERS\.0\.audience/],
  ["keys over plain http", { jwks_uri: "http://id.example/keys" }, /ISSUERS\.0\.jwks_uri: must be an https/],
])("%s is a mistake", (_what, change, says) => {
  expect(problems([{ ...GOOD, ...change }])).toMatch(says);
});

test("an issuer that is named twice is a mistake: which of the two would hold?", () => {
  expect(problems([GOOD, GOOD])).toMatch(/twice/);
});

test.each(["", "{", "issuer"])("%j is no JSON, and the error says what is expected", (text) => {
  const parsed = parseIssuers(text);
  expect(parsed.ok ? [] : parsed.error.problems).toEqual([
    expect.stringMatching(/not JSON.*array of issuers/),
  ]);
});
