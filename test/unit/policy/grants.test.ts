// What a grant adds to a policy, for its time and no longer; what a document lets be asked for.

import { describe, expect, test } from "vitest";
import {
  type ActiveGrant,
  compilePolicy,
  grantable,
  type GrantLimits,
  grantTerms,
  NO_GRANT_LIMITS,
  parseDocument,
} from "#core/policy";
import type { StatementKind } from "#core/sql";
import { factsOf, NOON } from "./world.ts";

const DOCUMENT = `
extends: agent
relations: { read: [public.orders], write: [], deny: [hr.salaries] }
rules:
  - { id: ask, when: { kind: delete }, then: approve }
  - { id: keep, when: { relation: public.customers, action: delete }, then: deny }
grants:
  relations: ["public.*", "!public.customers"]
  kinds: [select, write]
  auto: [select]
  longest: 2h
  approve: { quorum: 2, groups: [dba] }
`;
const ASKER = {
  principal: { issuer: "https://issuer.test", subject: "bot", roles: ["agent"], groups: [] },
  target: "shop",
} as const;

function documentOf(text: string): Parameters<typeof compilePolicy>[0] {
  const parsed = parseDocument(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

function grant(relation: string, ...kinds: readonly StatementKind[]): ActiveGrant {
  const limits = NO_GRANT_LIMITS;
  return { id: "g1", relations: [relation], kinds, limits, from: NOON - 1_000, until: NOON + 1_000 };
}

function decided(text: string, grants: readonly ActiveGrant[], now = NOON): string {
  const { decision } = compilePolicy(documentOf(DOCUMENT), "1", ASKER, grants).decide(factsOf(text), now);
  return `${decision.effect} ${decision.rule}`;
}

describe("a grant that shows masked columns raw", () => {
  const MASKED = `
extends: agent
relations: { read: [public.customers] }
mask: { public.customers.email: email, public.customers.ssn: redact }
grants: { relations: ["public.*"], kinds: [select, update], exempt: [public.customers.email] }
`;
  const policyWith = (...grants: readonly ActiveGrant[]): ReturnType<typeof compilePolicy> =>
    compilePolicy(documentOf(MASKED), "1", ASKER, grants);
  const facts = factsOf("SELECT email, ssn FROM customers");
  const masked = (policy: ReturnType<typeof compilePolicy>): readonly boolean[] =>
    (facts.output ?? []).map(({ sources }) => sources.some((one) => policy.masks?.maskOf(one) !== null));

  test("shows those of the relation that it grants reading of, and no others", () => {
    expect(masked(policyWith())).toEqual([true, true]);
    expect(masked(policyWith(grant("public.customers", "select")))).toEqual([false, true]);
    expect(masked(policyWith(grant("public.events", "select")))).toEqual([true, true]);
    expect(masked(policyWith(grant("public.customers", "update")))).toEqual([true, true]);
  });

  test("is named in the decision", () => {
    const { decision } = policyWith(grant("public.customers", "select")).decide(facts, NOON);
    expect(decision.exempted).toEqual(["public.customers.email (grant g1)"]);
    expect(policyWith().decide(facts, NOON).decision.exempted).toBeUndefined();
  });
});

describe("a grant", () => {
  const orders = grant("public.orders", "delete");
  const events = grant("public.events", "select");

  test.each([
    ["DELETE FROM orders WHERE id = 1", [], "approve ask"],
    ["DELETE FROM orders WHERE id = 1", [orders], "allow grant.g1"],
    ["DELETE FROM orders", [orders], "deny agent.no-unbounded-writes"],
    ["UPDATE orders SET status = 'x' WHERE id = 1", [orders], "deny relations.write"],
    ["SELECT id FROM events", [], "deny relations.read"],
    ["SELECT id FROM events", [events], "allow grant.g1"],
    ["SELECT e.id FROM events e JOIN orders o ON o.id = e.id", [events], "allow grant.g1"],
    ["SELECT e.id FROM events e JOIN customers c ON c.id = e.id", [events], "deny relations.read"],
    ["SELECT id FROM hr.salaries", [grant("hr.salaries", "select")], "deny relations.deny"],
    ["SELECT c.id FROM customers c JOIN events e ON c.id = e.id", [events], "deny relations.read"],
    ["SELECT o.total FROM orders o JOIN events e ON o.id = e.id", [events], "allow grant.g1"],
    ["SELECT id FROM orders", [events], "allow agent.work"],
  ] as const)("%s under %j is %s", (text, grants, expected) => {
    expect(decided(text, grants)).toBe(expected);
  });

  test("begins and ends by the clock", () => {
    expect(decided("SELECT id FROM events", [events], NOON - 1_001)).toBe("deny relations.read");
    expect(decided("SELECT id FROM events", [events], NOON + 999)).toBe("allow grant.g1");
    expect(decided("SELECT id FROM events", [events], NOON + 1_000)).toBe("deny relations.read");
  });

  test("of one relation leaves the approval that another one needs", () => {
    const text = DOCUMENT.replace("when: { kind: delete }", "when: { relation: public.orders }");
    const policy = compilePolicy(documentOf(text), "1", ASKER, [events]);
    const effect = (statement: string): string => policy.decide(factsOf(statement), NOON).decision.effect;
    expect(effect("SELECT e.id FROM events e JOIN orders o ON o.id = e.id")).toBe("approve");
    expect(effect("SELECT id FROM events")).toBe("allow");
  });

  test("to read lets nobody lock, and lets a cursor read", () => {
    const events = grant("public.events", "select");
    expect(decided("SELECT id FROM events FOR UPDATE", [events])).toBe("deny relations.write");
    expect(decided("SELECT id FROM events FOR SHARE", [events])).toBe("deny relations.write");
    expect(decided("DECLARE c CURSOR FOR SELECT id FROM events", [events])).toBe("allow grant.g1");
    expect(decided("DECLARE c CURSOR FOR SELECT id FROM events FOR UPDATE", [events])).toBe(
      "deny relations.write",
    );
    expect(decided("DECLARE c CURSOR FOR SELECT id FROM customers", [events])).toMatch("deny");
  });

  test("to write locks what it is of, and nothing else that may be read", () => {
    const both = grant("public.events", "select", "delete");
    expect(decided("SELECT id FROM events FOR UPDATE", [both])).toBe("allow grant.g1");
    for (const text of [
      "SELECT id FROM orders FOR UPDATE",
      "SELECT o.id FROM orders o JOIN events e ON o.id = e.id FOR UPDATE",
    ])
      expect(decided(text, [both]), text).toBe("deny relations.write");
    expect(decided("SELECT o.id FROM orders o JOIN events e ON o.id = e.id", [both])).toBe("allow grant.g1");
  });

  test("does not outdo a rule that denies", () => {
    const text = DOCUMENT.replace(/ {2}- \{ id: ask.*\n/, "");
    const policy = compilePolicy(documentOf(text), "1", ASKER, [grant("public.customers", "delete")]);
    expect(policy.decide(factsOf("DELETE FROM customers WHERE id = 1"), NOON).decision.rule).toBe("keep");
  });
});

test("a refusal names the request that would help, and none that would not", () => {
  const hint = (text: string): string =>
    compilePolicy(documentOf(DOCUMENT), "1", ASKER).decide(factsOf(text), NOON).decision.hint ?? "";
  expect(hint("SELECT id FROM events")).toBe(
    "Ask for it by POST /v1/grants, or: sluice request public.events --target shop --kind select --for 30min --reason 'WHY'",
  );
  expect(hint("INSERT INTO events VALUES (1)")).toContain(
    "sluice request public.events --target shop --kind insert",
  );
  for (const other of [
    "SELECT id FROM customers",
    "SELECT id FROM hr.salaries",
    "DROP TABLE events",
    "SELECT id FROM events FOR UPDATE",
    "SELECT id FROM orders FOR SHARE",
  ])
    expect(hint(other)).not.toContain("sluice request");
  // What may be read anyway is not asked for; what is written has to be within the grant.
  expect(hint("SELECT e.id FROM events e JOIN orders o USING (id)")).toContain(
    "request public.events --target",
  );
  expect(hint("INSERT INTO events SELECT id FROM orders")).toContain("request public.orders public.events");
});

describe("what may be asked for", () => {
  const terms = grantTerms(documentOf(DOCUMENT), ASKER);

  test.each([
    [
      { relations: ["public.events"], kinds: ["select"], durationMs: 1 },
      { ok: true, value: { kinds: ["select"], auto: true } },
    ],
    [
      { relations: ["public.events"], kinds: ["delete"], durationMs: 1 },
      { ok: true, value: { kinds: ["delete"], auto: false } },
    ],
    [
      { relations: ["public.*"], kinds: ["select"], durationMs: 1 },
      { error: '"relations": write exact names such as public.orders' },
    ],
    [
      { relations: ["public.customers"], kinds: ["select"], durationMs: 1 },
      { error: "public.customers cannot be asked for on this target" },
    ],
    [
      { relations: ["hr.salaries"], kinds: ["select"], durationMs: 1 },
      { error: "hr.salaries cannot be asked for on this target" },
    ],
    [{ relations: ["public.events"], kinds: ["drop_table"], durationMs: 1 }, { ok: false }],
    [
      { relations: ["public.events"], kinds: ["select"], durationMs: 7_200_001 },
      { error: "the longest that can be asked for is 120 minutes" },
    ],
  ] as const)("%j", (wish, expected) => {
    if (terms === null) throw new Error("the document has grants");
    expect(grantable(terms, { ...wish, limits: {} })).toMatchObject(expected);
  });

  test("is nothing where the document does not say", () => {
    expect(grantTerms(documentOf("extends: agent"), ASKER)).toBeNull();
  });

  test.each([
    ["grants: { kinds: [select] }", "say which relations may be asked for"],
    ["grants: { relations: public.*, kinds: [ddl] }", "name kinds that read or write rows"],
    ["grants: { relations: public.*, auto: [delete] }", "name kinds that may be asked for (kinds)"],
  ])("%s is a mistake", (text, expected) => {
    const parsed = parseDocument(text);
    expect(parsed.ok ? "" : parsed.error.map(({ message }) => message).join()).toContain(expected);
  });
});

describe("limits of a grant", () => {
  const LIMITED = `
extends: agent
relations: { read: [public.orders, public.customers] }
mask: { public.customers.email: email }
grants:
  relations: ["public.*"]
  kinds: [select, update]
  exempt: [public.customers.email]
  limits: { rows_returned: { statement: 100, grant: 1000 }, statement_time: 10s, statements: 50 }
  defaults: { rows_returned: 20 }
`;
  const terms = grantTerms(documentOf(LIMITED), ASKER);
  const wish = (limits: Partial<GrantLimits>): ReturnType<typeof grantable> => {
    if (terms === null) throw new Error("the document has grants");
    return grantable(terms, { relations: ["public.events"], kinds: ["select"], durationMs: 1, limits });
  };

  test("are the document's defaults where nothing is said, else its ceilings; never above those", () => {
    expect(wish({})).toMatchObject({
      value: {
        limits: {
          rowsReturned: 20,
          rowsReturnedInAll: 1_000,
          statementTimeMs: 10_000,
          statements: 50,
          rowsChanged: null,
        },
      },
    });
    expect(wish({ rowsReturned: 100, rowsChanged: 7 })).toMatchObject({
      value: { limits: { rowsReturned: 100, rowsChanged: 7 } },
    });
    expect(wish({ rowsReturned: 101 })).toEqual({
      ok: false,
      error: "rows_returned 100 is the most that can be asked for",
    });
    expect(wish({ statements: null })).toMatchObject({ ok: false });
    expect(wish({ statementTimeMs: 10_001 })).toMatchObject({
      error: "statement_time 10s is the most that can be asked for",
    });
  });

  test("of a document that contradict each other are a mistake in it", () => {
    for (const [limits, defaults] of [
      ["{ statements: 5 }", "{ statements: 6 }"],
      ["{ rows_returned: 5 }", "{ rows_returned: none }"],
      ["{ statements: 0 }", "{}"],
      ["{ rows_returned: { session: 5 } }", "{}"],
    ])
      expect(
        parseDocument(
          `grants: { relations: [public.a], limits: ${limits ?? ""}, defaults: ${defaults ?? ""} }`,
        ),
        `${limits} ${defaults}`,
      ).toMatchObject({ ok: false });
  });

  const uses = (
    text: string,
    limits: Partial<GrantLimits>,
    relation = "public.events",
  ): readonly unknown[] => {
    const of = { ...grant(relation, "select", "update"), limits: { ...NO_GRANT_LIMITS, ...limits } };
    const { decision, obligations } = compilePolicy(documentOf(LIMITED), "1", ASKER, [of]).decide(
      factsOf(text),
      NOON,
    );
    return [decision.effect, obligations.grants.map(({ id }) => id), obligations.countRows];
  };

  test("hold for what runs by it, and for nothing else", () => {
    expect(uses("SELECT id FROM events", { statements: 1 })).toEqual(["allow", ["g1"], false]);
    expect(uses("SELECT e.id FROM events e JOIN orders o USING (id)", { statements: 1 })).toEqual([
      "allow",
      ["g1"],
      false,
    ]);
    expect(uses("SELECT id FROM orders", { statements: 1 })).toEqual(["allow", [], false]);
    expect(uses("SELECT id FROM events", {})).toEqual(["allow", [], false]);
    expect(uses("UPDATE events SET id = 1 WHERE id = 2", { rowsChangedInAll: 5 })).toEqual([
      "allow",
      ["g1"],
      true,
    ]);
  });

  test("hold for what sees columns raw by it, whatever lets it read them", () => {
    expect(uses("SELECT email FROM customers", { statements: 1 }, "public.customers")).toEqual([
      "allow",
      ["g1"],
      false,
    ]);
  });
});
