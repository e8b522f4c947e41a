// Targets and connection strings (durable-objects/targets).
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isLoopback,
  parseConnectionString,
  parseTargets,
  type Upstream,
} from "../../durable-objects/targets/index.ts";

function upstream(url: string): Upstream {
  const parsed = parseConnectionString(url);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function complaint(url: string): string {
  const parsed = parseConnectionString(url);
  if (parsed.ok) throw new Error("taken");
  return parsed.error.message;
}

describe("a connection string", () => {
  it("has libpq's defaults, and verify-full", () => {
    expect(upstream("postgres://alice:secret@db.example.com")).toEqual({
      host: "db.example.com",
      port: 5432,
      user: "alice",
      password: "secret",
      database: "alice",
      sslmode: "verify-full",
      options: null,
      requireAuth: null,
    });
  });

  it("says everything itself", () => {
    const url =
      "postgresql://a%40b:p%3A%2F%3F%23%25@[::1]:6543/my%20db?sslmode=disable&options=-c%20work_mem%3D1MB&require_auth=md5,scram-sha-256&channel_binding=prefer&sslrootcert=system";
    expect(upstream(url)).toEqual({
      host: "::1",
      port: 6543,
      user: "a@b",
      password: "p:/?#%",
      database: "my db",
      sslmode: "disable",
      options: "-c work_mem=1MB",
      requireAuth: new Set(["md5", "scram-sha-256"]),
    });
  });

  it.each([
    ["postgres://u@h/", "u"],
    ["postgres://u@h?sslmode=require", "u"],
    ["postgres://u@h/?sslmode=require", "u"],
    ["postgres://u@h/d?sslmode=require", "d"],
    ["  postgres://u:@h/d\n", "d"],
  ])("%j leads to database %s without a password", (url, database) => {
    expect(upstream(url)).toMatchObject({ database, password: null });
  });

  it("any user, password and database come through percent-encoding as they are", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !value.includes("\0"));
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        expect(upstream(`postgres://${u}:${p}@h/${d}`)).toMatchObject({ user, password, database });
      }),
    );
  });

  it.each([
    ["mysql://u:p@h/d", "has to start with postgres://"],
    ["postgres://h/d", "names no user"],
    ["postgres://:p@h/d", "wrongly escaped or empty"],
    ["postgres://u:p%zz@h/d", "wrongly escaped"],
    ["postgres://u:p%00@h/d", "wrongly escaped"],
    ["postgres://u:p:q@h/d", "wrongly escaped"],
    ["postgres://u:p@q@h/d", "an @ too many"],
    ["postgres://u:p/q@h/d", "an @ too many"],
    ["postgres://u:p?q@h/d", "an @ too many"],
    ["postgres://u:p#q@h/d", "no place for a #"],
    ["postgres://u:p@/d", "names no host"],
    ["postgres://u:p@h1,h2/d", "several hosts"],
    ["postgres://u:p@%2Fvar%2Frun/d", "socket directory"],
    ["postgres://u:p@::1/d", "stands in brackets"],
    ["postgres://u:p@h:0/d", "port"],
    ["postgres://u:p@h:65536/d", "port"],
    ["postgres://u:p@h:54x/d", "port"],
    ["postgres://u:p@h/d?sslmode=prefer", "use sslmode=verify-full"],
    ["postgres://u:p@h/d?sslmode=allow", "use sslmode=verify-full"],
    ["postgres://u:p@h/d?sslmode=verify-ca", "use sslmode=verify-full"],
    ["postgres://u:p@h/d?sslmode=Disable", "has to be verify-full, require or disable"],
    ["postgres://u:p@db.example.com/d?sslmode=disable", "loopback only"],
    ["postgres://u:p@localhost.example.com/d?sslmode=disable", "loopback only"],
    ["postgres://u:p@128.0.0.1/d?sslmode=disable", "loopback only"],
    ["postgres://u:p@h/d?application_name=x", "parameter application_name is not known"],
    ["postgres://u:p@h/d?host=other", "parameter host is not known"],
    ["postgres://u:p@h/d?sslmode=require&sslmode=disable", "once"],
    ["postgres://u:p@h/d?sslmode", "once"],
    ["postgres://u:p@h/d?channel_binding=require", "do not show the server's certificate"],
    ["postgres://u:p@h/d?sslrootcert=/etc/ca.pem", "can only be system"],
    ["postgres://u:p@h/d?require_auth=!md5", "require_auth has to be"],
  ])("%s is refused: %s", (url, why) => {
    expect(complaint(url)).toContain(why);
  });

  it("no complaint repeats user, password, host or database, wherever the string is broken", () => {
    const canaries = ["canaryUser1", "canaryPass2", "canaryhost3", "canaryDb4"] as const;
    const [user, password, host, database] = canaries;
    const whole = `postgres://${user}:${password}@${host}:5432/${database}?sslmode=prefer`;
    const junk = fc.constantFrom(
      "@",
      "/",
      "?",
      "#",
      "%",
      ":",
      ",",
      "[",
      "]",
      "&",
      "=",
      " ",
      "\0",
      "%00",
      "?a=b&",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length), junk), { maxLength: 4 }), (edits) => {
        let url = whole;
        for (const [at, text] of edits) url = url.slice(0, at) + text + url.slice(at);
        const parsed = parseConnectionString(url);
        if (parsed.ok) return;
        for (const canary of canaries) expect(parsed.error.message).not.toContain(canary);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("loopback", () => {
  it.each(["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"])("%s is", (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each([
    "localhost.",
    "a.localhost.example",
    "127.0.0.1.example.com",
    "1127.0.0.1",
    "0.0.0.0",
    "::",
    "::2",
  ])("%s is not", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

const SHARED = { kind: "shared" };

describe("TARGETS", () => {
  it("names a secret for each target, by default after the target", () => {
    const parsed = parseTargets(
      '{"shop": {}, "shop-eu.2": {"location_hint": "weur"}, "legacy": {"secret": "LEGACY_DB"}, "constructor": {}}',
    );
    expect(parsed.ok && [...parsed.value.values()]).toEqual([
      { name: "shop", secret: "UPSTREAM_SHOP", identity: SHARED },
      { name: "shop-eu.2", secret: "UPSTREAM_SHOP_EU_2", locationHint: "weur", identity: SHARED },
      { name: "legacy", secret: "LEGACY_DB", identity: SHARED },
      { name: "constructor", secret: "UPSTREAM_CONSTRUCTOR", identity: SHARED },
    ]);
  });

  it("says as whom sessions are known to the database", () => {
    const parsed = parseTargets(`{
      "a-b": {"identity": "ephemeral"},
      "c": {"identity": "ephemeral", "provision": "MAKER", "heir": "attic"},
      "d": {"identity": "role", "database_roles": {"group:support": "Support", "subject:bot-*": "bots", "agent": "agents"}},
      "e": {"identity": "shared"}
    }`);
    expect(parsed.ok && [...parsed.value.values()].map(({ identity }) => identity)).toEqual([
      { kind: "ephemeral", secret: "PROVISION_A_B", heir: null },
      { kind: "ephemeral", secret: "MAKER", heir: "attic" },
      {
        kind: "role",
        roles: [
          { audience: { kind: "group", pattern: "support" }, role: "Support" },
          { audience: { kind: "subject", pattern: "bot-*" }, role: "bots" },
          { audience: { kind: "role", pattern: "agent" }, role: "agents" },
        ],
      },
      SHARED,
    ]);
  });

  it("is written in docs/identity.md as it is read here", () => {
    const page = readFileSync(resolve(import.meta.dirname, "../../docs/identity.md"), "utf8");
    const written = [...page.matchAll(/^TARGETS = '(.*)'$/gm)].map(([, json = ""]) => parseTargets(json));
    const kinds = written.flatMap((parsed) =>
      parsed.ok ? [...parsed.value.values()].map(({ identity }) => identity.kind) : [parsed.error.message],
    );
    expect(kinds).toEqual(["role", "ephemeral"]);
  });

  it("may share a secret that is named", () => {
    expect(parseTargets('{"a": {"secret": "X"}, "b": {"secret": "X"}}').ok).toBe(true);
    expect(parseTargets('{"a": {}, "b": {"secret": "UPSTREAM_A"}}').ok).toBe(true);
  });

  it.each([
    ["", "not JSON"],
    ["[]", "not an object"],
    ["null", "not an object"],
    ['{"a b": {}}', "target's name"],
    ['{"": {}}', "target's name"],
    ['{"../x": {}}', "target's name"],
    ['{"shop": {"location_hint": "mars"}}', '"location_hint" of shop'],
    ['{"shop": {"sekret": "X"}}', '"sekret" of shop'],
    ['{"shop": "UPSTREAM_SHOP"}', "shop is not understood"],
    ['{"shop": {"identity": "root"}}', '"identity" of shop'],
    ['{"shop": {"identity": "root"}}', "identity may be role or ephemeral"],
    ['{"shop": {"identity": "role"}}', 'shop: "identity": "role" needs'],
    ['{"shop": {"identity": "role", "database_roles": {}}}', "needs"],
    [
      '{"shop": {"identity": "role", "database_roles": {"analyst": "x"}}}',
      "maps agent, approver, auditor, admin",
    ],
    [
      '{"shop": {"identity": "role", "database_roles": {"team:a": "x"}}}',
      "maps agent, approver, auditor, admin",
    ],
    ['{"shop": {"identity": "role", "database_roles": {"agent": "none"}}}', '"database_roles" of shop'],
    ['{"shop": {"identity": "role", "database_roles": {"agent": ""}}}', '"database_roles" of shop'],
    [
      `{"shop": {"identity": "role", "database_roles": {"agent": "${"x".repeat(64)}"}}}`,
      '"database_roles" of shop',
    ],
    ['{"shop": {"database_roles": {"agent": "x"}}}', "goes with"],
    ['{"shop": {"provision": "X"}}', "go with"],
    ['{"shop": {"identity": "role", "database_roles": {"agent": "x"}, "heir": "y"}}', "go with"],
    ['{"shop": {"identity": "ephemeral", "provision": "postgres://u:p@h/d"}}', '"provision" of shop'],
    ['{"shop-1": {}, "shop_1": {}}', "shop-1 and shop_1 come to the same secret"],
  ])("%s is refused: %s", (json, why) => {
    const parsed = parseTargets(json);
    expect(parsed.ok ? "" : parsed.error.message).toContain(why);
  });

  it("a connection string in the place of its secret's name is not repeated", () => {
    const parsed = parseTargets('{"shop": {"secret": "postgres://u:canary@h/d"}}');
    expect(parsed.ok ? "" : parsed.error.message).toContain('"secret" of shop');
    expect(JSON.stringify(parsed)).not.toContain("canary");
  });
});
