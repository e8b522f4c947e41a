// What the order of questions and the fine print of lists come to, beside what docs/policy.md shows.

import { describe, expect, test } from "vitest";
import { levelOf } from "#core/policy";
import type { StatementFacts } from "#core/sql";
import { refusalText } from "#core/policy";
import { decided, factsOf, NOON, policyOf } from "./world.ts";

const AGENT = "extends: agent\n";

test("an allow rule of the document passes over the profile's refusal only where it names what that asks about", () => {
  const ddl = `${AGENT}rules: [{ id: mine, when: { kind: ddl, relation: "public.tmp_*" }, then: allow }]`;
  expect(decided(policyOf(ddl), "CREATE TABLE public.tmp_a (id int)")).toBe("allow mine");
  expect(decided(policyOf(ddl), "CREATE TABLE public.other (id int)")).toBe("approve agent.ddl");
  const updates = `${AGENT}rules: [{ id: mine, when: { kind: update }, then: allow }]`;
  expect(decided(policyOf(updates), "UPDATE orders SET status = 'x'")).toBe("deny agent.no-unbounded-writes");
});

test("an allow rule has to fit the whole statement", () => {
  const policy = policyOf(
    "relations: { read: ['*'] }\nrules: [{ id: reads, when: { kind: select }, then: allow }]",
  );
  expect(decided(policy, "SELECT id FROM orders")).toBe("allow reads");
  expect(
    decided(policy, "WITH gone AS (DELETE FROM orders WHERE id = 1 RETURNING id) SELECT id FROM gone"),
  ).toBe("deny relations.write");
});

test("an allow rule never reaches past deny", () => {
  const policy = policyOf(
    `${AGENT}relations: { deny: [public.orders] }\nrules: [{ id: all, when: { kind: any, relation: "*" }, then: allow }]`,
  );
  expect(decided(policy, "SELECT id FROM orders")).toBe("deny relations.deny");
});

test("an allow rule by wildcard reaches neither sensitive catalogs, nor guarded functions, nor columns that are not granted", () => {
  const policy = policyOf(
    `${AGENT}columns: { public.customers: { read: [id] } }
rules: [{ id: all, when: { kind: any, relation: "*" }, then: allow }, { id: calls, when: { kind: any, function: "*" }, then: allow }]`,
  );
  expect(decided(policy, "SELECT id FROM orders")).toBe("allow all");
  expect(decided(policy, "SELECT rolpassword FROM pg_authid")).toBe("deny relations.read");
  expect(decided(policy, "SELECT pg_read_file('x')")).toBe("deny safeguards.functions");
  expect(decided(policy, "SELECT native()")).toBe("deny safeguards.functions");
  expect(decided(policy, "SELECT name FROM customers")).toBe("deny columns.read");
  const named = policyOf(
    `${AGENT}rules: [{ id: c, when: { kind: any, function: public.native }, then: allow }]`,
  );
  expect(decided(named, "SELECT native()")).toBe("allow c");
});

test("an owner under rules does not write PostgreSQL's own catalogs", () => {
  const policy = policyOf("extends: owner\nrules: [{ id: a, when: { bounded: false }, then: deny }]");
  expect(decided(policy, "UPDATE pg_class SET relname = 'x' WHERE oid = 1")).toBe("deny relations.write");
  expect(
    decided(policyOf("extends: owner\nlimits: { rows_returned: 5 }"), "UPDATE pg_class SET relname = 'x'"),
  ).toBe("allow owner.everything");
});

test("an upsert is an update too", () => {
  const policy = policyOf(`${AGENT}rules: [{ id: none, when: { kind: update }, then: deny }]`);
  expect(decided(policy, "INSERT INTO orders VALUES (1)")).toBe("allow agent.work");
  expect(decided(policy, "INSERT INTO orders VALUES (1) ON CONFLICT (id) DO UPDATE SET status = 'x'")).toBe(
    "deny none",
  );
});

test("what depends on the data is allowed with the obligation to leave rows", () => {
  const policy = policyOf(AGENT);
  const { decision, obligations } = policy.decide(factsOf("DELETE FROM orders WHERE total > 5"), NOON);
  expect([decision.effect, obligations.leavesRows, obligations.countRows]).toEqual(["allow", true, true]);
  const shown = policy.decide(factsOf("DELETE FROM orders WHERE id = 5"), NOON);
  expect([shown.decision.effect, shown.obligations.leavesRows]).toEqual(["allow", false]);
});

test("reading counts no rows", () => {
  expect(policyOf(AGENT).decide(factsOf("SELECT id FROM orders"), NOON).obligations.countRows).toBe(false);
});

test("a longer statement_timeout becomes the policy's, with its scope", () => {
  const policy = policyOf(`${AGENT}limits: { statement_time: 5s }`);
  const sent = (sql: string): string | null => policy.decide(factsOf(sql), NOON).obligations.replaceWith;
  expect(sent("SET statement_timeout = 4000")).toBeNull();
  expect(sent("SET statement_timeout = '4s'")).toBeNull();
  expect(sent("SET statement_timeout = '1min'")).toBe("SET statement_timeout = '5000ms'");
  expect(sent("SET LOCAL statement_timeout TO 0")).toBe("SET LOCAL statement_timeout = '5000ms'");
  expect(sent("RESET statement_timeout")).toBeNull();
});

test("read-only mode is not left, whatever the words", () => {
  const policy = policyOf("extends: read-only");
  expect(policy.readOnly).toBe(true);
  for (const sql of [
    "SET transaction_read_only = off",
    "SET default_transaction_read_only TO f",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "BEGIN READ WRITE",
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE",
    "SET TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT set_config('transaction_' || 'read_only', 'off', false)",
    "SET default_transaction_read_only TO DEFAULT",
  ])
    expect([sql, policy.decide(factsOf(sql), NOON).decision.effect]).toEqual([sql, "deny"]);
  for (const sql of [
    "BEGIN READ ONLY",
    "SET default_transaction_read_only = on",
    "BEGIN",
    "COMMIT",
    "SAVEPOINT a",
  ])
    expect([sql, policy.decide(factsOf(sql), NOON).decision.effect]).toEqual([sql, "allow"]);
});

describe("honest clients under agent and read-only", () => {
  for (const sql of [
    "SET extra_float_digits = 3",
    "SET application_name = 'PostgreSQL JDBC Driver'",
    "SET client_min_messages TO 'warning'",
    "SET standard_conforming_strings = on",
    "SET SESSION timezone TO 'UTC'",
    "SET DateStyle = ISO",
    "SET INTERVALSTYLE = POSTGRES",
    "SET synchronize_seqscans TO off",
    "SET lock_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    "SET transaction_timeout = 0",
    "SET row_security = off",
    "SET xmloption = content",
    "SET check_function_bodies = false",
    "SET default_table_access_method = heap",
    "SELECT pg_catalog.set_config('search_path', '', false)",
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "DISCARD ALL",
    "RESET ROLE",
    "SET SESSION AUTHORIZATION DEFAULT",
    "SHOW transaction_isolation",
    "SELECT version(), current_setting('server_version')",
    "DEALLOCATE ALL",
    "CLOSE ALL",
  ])
    test(`${sql} is allowed`, () => {
      for (const profile of ["agent", "read-only"])
        expect(policyOf(`extends: ${profile}`).decide(factsOf(sql), NOON).decision.effect).toBe("allow");
    });
});

test("what is forbidden of a table is forbidden of its parents and children", () => {
  const policy = policyOf(`${AGENT}relations: { deny: [public.events_2024] }`);
  const below = withNames("SELECT id FROM events", { descendants: ["public.events_2024"], ancestors: [] });
  expect(policy.decide(below, NOON).decision.rule).toBe("relations.deny");
  const above = withNames("SELECT id FROM events", { descendants: [], ancestors: ["public.events_2024"] });
  expect(policy.decide(above, NOON).decision.rule).toBe("relations.deny");
});

function withNames(
  sql: string,
  names: { readonly descendants: readonly string[]; readonly ancestors: readonly string[] },
): StatementFacts {
  const facts = factsOf(sql);
  return { ...facts, accesses: facts.accesses.map((access) => Object.assign({}, access, names)) };
}

test("LOCK needs writing, unless it takes no more than reading does", () => {
  const policy = policyOf("extends: read-only");
  const facts = factsOf("LOCK TABLE orders IN ACCESS SHARE MODE");
  const weak = {
    ...facts,
    accesses: facts.accesses.map((access) => Object.assign({}, access, { weak: true })),
  };
  expect(policy.decide(weak, NOON).decision.effect).toBe("allow");
  expect(decided(policy, "LOCK TABLE orders IN EXCLUSIVE MODE")).toBe("deny relations.write");
});

test("a view named for reading alone is not written through", () => {
  const insert = "INSERT INTO pay_bands VALUES (1)";
  expect(
    decided(policyOf(`${AGENT}relations: { read: [public.pay_bands], write: [public.orders] }`), insert),
  ).toBe("deny relations.write");
});

test("a rule's time is that of its zone, and a night belongs to the day that it began on", () => {
  const policy = policyOf(
    `${AGENT}rules: [{ id: night, when: { time: { days: [fri], from: "22:00", until: "06:00", zone: Europe/Berlin } }, then: deny }]`,
  );
  const at = (instant: string): string => decided(policy, "SELECT 1", Date.parse(instant));
  expect(at("2026-11-27T20:59:00Z")).toBe("allow agent.work");
  expect(at("2026-11-27T21:00:00Z")).toBe("deny night");
  expect(at("2026-11-28T04:59:00Z")).toBe("deny night");
  expect(at("2026-11-28T05:00:00Z")).toBe("allow agent.work");
  expect(at("2026-11-28T21:30:00Z")).toBe("allow agent.work");
});

test("rules for others, and for other targets, are not asked", () => {
  const text = `${AGENT}rules:
  - { id: a, when: { subject: "human-*" }, then: deny }
  - { id: b, when: { group: dba }, then: deny }
  - { id: c, when: { role: admin }, then: deny }
  - { id: d, when: { target: "prod*" }, then: deny }
`;
  expect(decided(policyOf(text), "SELECT 1")).toBe("allow agent.work");
  expect(decided(policyOf(text, { subject: "human-1" }), "SELECT 1")).toBe("deny a");
  expect(decided(policyOf(text, { groups: ["x", "dba"] }), "SELECT 1")).toBe("deny b");
  expect(decided(policyOf(text, { roles: ["admin"] }), "SELECT 1")).toBe("deny c");
  expect(decided(policyOf(text, {}, "production"), "SELECT 1")).toBe("deny d");
});

test("the first section that fits is the only one", () => {
  const text =
    "roles:\n  group:none: { extends: owner }\n  agent: { extends: read-only }\n  'subject:*': { extends: owner }\n";
  expect(policyOf(text).readOnly).toBe(true);
  expect(policyOf(text, { roles: [] }).open).toBe(true);
});

test("quoted names keep their case, unquoted names are folded", () => {
  const facts = factsOf("SELECT id FROM orders");
  const mixed = {
    ...facts,
    accesses: facts.accesses.map((access) =>
      Object.assign({}, access, { relation: { ...access.relation, name: "Orders" } }),
    ),
  };
  const rule = (name: string): string =>
    policyOf(`extends: read-only\nrelations: { read: ['${name}'] }`).decide(mixed, NOON).decision.effect;
  expect(rule('public."Orders"')).toBe("allow");
  expect(rule("public.Orders")).toBe("deny");
  expect(rule("public.orders")).toBe("deny");
});

test("an excluded response is marked, with the decision", () => {
  const policy = policyOf(`${AGENT}record: { exclude: [agent.work] }`);
  expect(policy.decide(factsOf("SELECT 1"), NOON).decision.recorded).toBe(false);
  expect(policy.decide(factsOf("DROP TABLE orders"), NOON).decision.recorded).toBe(true);
});

test("a level is the rule's, else the section's, else the document's; an exclusion counts", () => {
  const policy = policyOf(`${AGENT}record: { level: digest, exclude: [secret] }
rules:
  - { id: secret, when: { relation: hr.* }, then: allow }
  - { id: plain, when: { kind: explain }, then: allow, record: rows }
  - { id: seen, when: { relation: public.orders }, then: observe, record: false }
roles: { auditor: { record: { level: rows } } }
`);
  const levelFor = (sql: string): string => levelOf(policy.decide(factsOf(sql), NOON).decision);
  expect(levelFor("SELECT 1")).toBe("digest");
  expect(levelFor("SELECT id FROM hr.salaries")).toBe("counts");
  expect(levelFor("EXPLAIN SELECT 1")).toBe("rows");
  expect(levelFor("SELECT id FROM orders")).toBe("counts");
  expect(levelFor("DROP TABLE orders")).toBe("digest");
  expect(policy.decide(factsOf("SELECT 1"), NOON).decision).toMatchObject({
    recorded: false,
    level: "digest",
  });
  expect(policy.recording.maybePartly).toBe(true);
  const sectioned = policyOf(
    `${AGENT}record: { level: digest }\nroles: { agent: { record: { level: rows } } }`,
  );
  expect(sectioned.decide(factsOf("SELECT 1"), NOON).decision.recorded).toBe(true);
});

test("ceilings of the record hold key by key, and are no limits where none is said", () => {
  const none = { statement: null, session: null, past: "truncate" };
  expect(policyOf(AGENT).recording).toEqual({
    unavailable: "refuse",
    ceiling: none,
    maybePartly: false,
  });
  const ceiling = "ceiling: { statement: 64MB, session: 4GB, then: refuse }";
  expect(policyOf(`${AGENT}record: { ${ceiling} }`).recording).toMatchObject({
    ceiling: { statement: 64_000_000, session: 4_000_000_000, past: "refuse" },
    maybePartly: false,
  });
  const section = "record: { ceiling: { statement: none, then: truncate } }";
  expect(
    policyOf(`${AGENT}record: { ${ceiling} }\nroles: { agent: { ${section} } }`).recording,
  ).toMatchObject({
    ceiling: { statement: null, session: 4_000_000_000, past: "truncate" },
    maybePartly: true,
  });
});

test("what runs unrecorded is said by the document, and by a section before it", () => {
  const text = `${AGENT}record: { unavailable: run_reads }\n`;
  expect(policyOf(text).recording.unavailable).toBe("run_reads");
  const section = "roles: { agent: { record: { unavailable: run } } }";
  expect(policyOf(`${text}${section}`).recording.unavailable).toBe("run");
});

test("limits of the section, the document and the profile hold key by key", () => {
  const { limits } = policyOf(
    `${AGENT}limits: { rows_returned: 5, statement_time: none }\nroles: { agent: { limits: { rows_returned: 7 } } }`,
  );
  expect(limits).toMatchObject({
    rowsReturned: 7,
    statementTimeMs: null,
    rowsChanged: 1_000,
    sessionsPerSubject: null,
  });
});

test("no refusal carries a value of its statement", () => {
  const policy = policyOf("extends: read-only\nrelations: { read: [public.orders] }");
  for (const sql of [
    "UPDATE orders SET status = 'canary-1' WHERE id = 424242",
    "SELECT name FROM customers WHERE ssn = 'canary-1'",
    "SET ROLE 'canary-1'",
    "SELECT set_config('role', 'canary-1', false)",
    "COPY orders TO PROGRAM 'canary-1'",
    "SELECT nowhere('canary-1', 424242)",
    "DO $$ BEGIN EXECUTE 'canary-1'; END $$",
  ]) {
    const facts = factsOf(sql);
    const { decision } = policy.decide(facts, NOON);
    expect(JSON.stringify([decision, refusalText(decision, facts)])).not.toMatch(/canary|424242/);
  }
});

test("what has to be approved says by whom and how; limits hold all the same", () => {
  const policy = policyOf(`${AGENT}limits: { rows_changed: 5 }
rules:
  - { id: ask, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 90s, quorum: 2, groups: [dba, sre] } }
  - { id: again, when: { kind: update }, then: approve }
`);
  const terms = (text: string): unknown => policy.decide(factsOf(text), NOON).obligations;
  expect(terms("DELETE FROM orders WHERE id = 1")).toMatchObject({
    countRows: true,
    approval: {
      mode: "wait",
      scope: "session",
      timeoutMs: 90_000,
      quorum: 2,
      groups: ["dba", "sre"],
      reasonsRequired: false,
    },
  });
  expect(terms("UPDATE orders SET status = 'x' WHERE id = 1")).toMatchObject({
    approval: { mode: "retry", scope: "subject", timeoutMs: 3_600_000, quorum: 1, groups: [] },
  });
  expect(terms("SELECT id FROM orders")).toMatchObject({ approval: null });
});

test("few rows are enough for what the rest of the document has nothing against, and no more", () => {
  const policy = policyOf(`extends: agent
relations: { read: [public.orders, public.customers], write: [public.orders] }
rules:
  - { id: few, when: { kind: update, relation: public.orders }, then: approve, approve: { count: exact, auto_under_rows: 10 } }
  - { id: two, when: { relation: public.customers }, then: approve, approve: { quorum: 2 } }
  - { id: never, when: { relation: hr.salaries }, then: deny }
  - { id: writes, when: { kind: write }, then: approve }
`);
  const auto = (value: string): unknown => {
    const facts = factsOf(`UPDATE orders SET status = ${value} WHERE id = 1`);
    const { decision, obligations } = policy.decide(facts, NOON);
    expect([decision.effect, decision.rule]).toEqual(["approve", "few"]);
    const { count, autoUnderRows } = obligations.approval ?? {};
    // Nor is it run on trial.
    expect(count).toBe(autoUnderRows === undefined ? "withheld" : "exact");
    return autoUnderRows;
  };
  expect(auto("'x'")).toBe(10);
  expect(auto("(SELECT max(status) FROM orders)")).toBe(10);
  // Of another rule's approvers; denied by a rule; in no list; what no list grants; what a safeguard keeps.
  expect(auto("(SELECT max(name) FROM customers)")).toBeUndefined();
  expect(auto("(SELECT max(amount) FROM hr.salaries)")).toBeUndefined();
  expect(auto("(SELECT max(sku) FROM order_items)")).toBeUndefined();
  expect(auto("(SELECT max(rolpassword) FROM pg_authid)")).toBeUndefined();
  expect(auto("pg_read_file('/etc/passwd')")).toBeUndefined();
  const open = policyOf(`extends: agent
rules:
  - { id: few, when: { kind: insert }, then: approve, approve: { count: exact, auto_under_rows: 3 } }
`);
  const inserts = (sql: string): unknown =>
    open.decide(factsOf(sql), NOON).obligations.approval?.autoUnderRows;
  expect(inserts("INSERT INTO orders VALUES (1)")).toBe(3);
  expect(inserts("INSERT INTO orders (status) SELECT rolpassword FROM pg_authid")).toBeUndefined();
});

test("a decision takes microseconds", () => {
  const names = Array.from({ length: 500 }, (_, i) => `public.t${i}`).join(", ");
  const policy = policyOf(
    `${AGENT}relations: { read: ["public.*"], write: [public.orders, ${names}] }
rules:
  - { id: no-unbounded-writes, when: { kind: [update, delete], bounded: false }, then: deny }
  - { id: ddl, when: { kind: ddl }, then: approve }
`,
  );
  const facts = factsOf("UPDATE orders SET status = 'x' WHERE id = 1 RETURNING total");
  const rounds = 20_000;
  for (let i = 0; i < rounds; i++) policy.decide(facts, NOON);
  const started = performance.now();
  for (let i = 0; i < rounds; i++) policy.decide(facts, NOON);
  // 20 are promised; a busy machine gets five times that.
  expect(((performance.now() - started) * 1_000) / rounds).toBeLessThan(100);
});
