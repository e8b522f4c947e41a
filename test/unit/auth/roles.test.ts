// Claims of an issuer become roles and groups of the gateway, as configured and not otherwise.

import { expect, test } from "vitest";
import { mayConnect, parseIssuers } from "../../../worker/auth/index.ts";
import { toAuthenticated } from "../../../worker/auth/claims.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function principal(
  settings: object,
  claims: object,
): { roles: readonly string[]; groups: readonly string[] } {
  const issuers = parseIssuers(
    JSON.stringify([{ issuer: "https://id.example", audiences: ["sluice"], ...settings }]),
  );
  const config = issuers.ok ? issuers.value[0] : undefined;
  if (config === undefined) expect.fail("the configuration is refused");
  const checked = toAuthenticated({ sub: "bot-1", exp: NOW_MS / 1000 + 60, ...claims }, config, NOW_MS);
  if (!checked.ok) expect.fail(checked.error.tag);
  return checked.value.principal;
}

const roles = (settings: object, claims: object): readonly string[] => principal(settings, claims).roles;

test("roles are taken by their own names, and other values give nothing", () => {
  expect(roles({}, { roles: ["agent", "auditor", "root", "Admin", " agent "] })).toEqual([
    "agent",
    "auditor",
  ]);
});

test("a single text is one value, and is not cut at blanks", () => {
  expect(roles({}, { roles: "agent" })).toEqual(["agent"]);
  expect(roles({}, { roles: "agent admin" })).toEqual([]);
});

test.each(["scope", "scp"])("%s is cut at blanks, as OAuth has it", (roles_claim) => {
  expect(roles({ roles_claim }, { [roles_claim]: "openid agent  auditor" })).toEqual(["agent", "auditor"]);
});

test("with a map, only what is mapped is given: the issuer's own admin is not the gateway's", () => {
  const settings = { roles: { agent: ["bots", "jobs"], auditor: ["security-team"] } };
  expect(roles(settings, { roles: ["jobs", "admin", "auditor"] })).toEqual(["agent"]);
  expect(roles(settings, { roles: ["security-team"] })).toEqual(["auditor"]);
});

test("a claim with dots in its name comes before a path", () => {
  const name = "https://example.com/roles";
  expect(roles({ roles_claim: name }, { [name]: ["agent"] })).toEqual(["agent"]);
  expect(roles({ roles_claim: "a.b" }, { "a.b": ["agent"], a: { b: ["admin"] } })).toEqual(["agent"]);
});

test("a path leads into nested claims, and nowhere else", () => {
  const claims = { realm_access: { roles: ["agent"] } };
  expect(roles({ roles_claim: "realm_access.roles" }, claims)).toEqual(["agent"]);
  for (const roles_claim of [
    "realm_access",
    "realm_access.roles.0",
    "realm_access.none",
    "constructor.name",
  ]) {
    expect(roles({ roles_claim }, claims), roles_claim).toEqual([]);
  }
});

test.each([null, 7, true, { agent: true }, [["agent"]], [null, 7]])("%j gives no role", (value) => {
  expect(roles({}, { roles: value })).toEqual([]);
});

test("default roles are everyone's", () => {
  expect(roles({ default_roles: ["agent"] }, {})).toEqual(["agent"]);
});

test("groups are the strings of their claim", () => {
  expect(principal({}, { groups: ["night", 7, "day"] }).groups).toEqual(["night", "day"]);
  expect(principal({ groups_claim: "repository_owner" }, { repository_owner: "acme" }).groups).toEqual([
    "acme",
  ]);
});

test("agents may connect, and nobody else", () => {
  const who = { issuer: "https://id.example", subject: "x", groups: [] };
  expect(mayConnect({ ...who, roles: ["auditor", "agent"] })).toBe(true);
  expect(mayConnect({ ...who, roles: ["approver", "auditor", "admin"] })).toBe(false);
  expect(mayConnect({ ...who, roles: [] })).toBe(false);
});
