// What masks refuse of statements that everything else in the document lets pass.

import { describe, expect, test } from "vitest";
import { refusalText } from "#core/policy";
import type { ColumnPlace, Flow, Passed, StatementFacts } from "#core/sql";
import { decided, factsOf, NOON, policyOf } from "./world.ts";

const DOCUMENT = `
extends: owner
mask:
  public.customers.email: email
  public.customers.ssn: { mask: redact, inference: deny }
  hr.salaries.amount: { mask: bucket, width: 1000, inference: allow }
  "archive.customers.*": email
  public.badges.code: redact
  public.badges.ssn: { mask: redact, inference: deny }
  public.badges.label: { mask: redact, inference: deny }
  archive.secrets.note: { mask: null, inference: deny }
`;

function decide(sql: string, document = DOCUMENT): string {
  return decided(policyOf(document), sql);
}

describe("statements", () => {
  const allowed = [
    "SELECT * FROM customers",
    "SELECT name, email, ssn FROM customers WHERE email = 'a@b.c'",
    "SELECT name FROM customers WHERE email IN ('a', 'b') OR email IS NULL",
    "SELECT upper(ssn), ssn || 'x', coalesce(email, '-') FROM customers",
    "SELECT count(DISTINCT email), max(ssn) FROM customers",
    "SELECT email, count(*) FROM customers GROUP BY email",
    "SELECT a.name FROM customers a JOIN customers b USING (email)",
    "SELECT substr(email, 1, 3), email = 'x', email || ssn, coalesce(ssn, name), email::text FROM customers",
    "SELECT email = 'x' OR email IS NULL FROM customers",
    "SELECT amount * 12 / 7 FROM hr.salaries",
    "SELECT name FROM customers ORDER BY name",
    "SELECT amount FROM hr.salaries WHERE amount > 5 ORDER BY amount",
    "SELECT band FROM pay_bands WHERE band > 5",
    "INSERT INTO customers (email) VALUES ('a@b.c') ON CONFLICT (email) DO NOTHING",
    "UPDATE customers SET email = 'x@y.z', ssn = '1' WHERE id = 1",
    "UPDATE customers SET email = email WHERE id = 1",
    "DELETE FROM customers WHERE email = 'x'",
    "TRUNCATE customers",
    "CREATE TABLE x AS SELECT name FROM customers",
    "CREATE VIEW v AS SELECT id, ssn FROM customers",
    "CREATE INDEX ON customers (name)",
    "CREATE UNIQUE INDEX ON customers (name)",
    "DROP TABLE customers",
    "COMMENT ON COLUMN customers.ssn IS 'x'",
    "GRANT SELECT ON customers TO public",
    "VACUUM customers",
    "ANALYZE customers",
    "REINDEX TABLE customers",
    "ALTER TABLE orders ADD COLUMN x int",
    "CREATE TABLE made (ssn text)",
    "COPY customers TO STDOUT",
    "COPY customers FROM STDIN",
    "SELECT relname FROM pg_class",
    "SELECT attname FROM pg_attribute",
    "DO $$ BEGIN UPDATE orders SET status = 'x' WHERE id = 1; END $$",
    "EXPLAIN SELECT email FROM customers",
    "EXPLAIN SELECT name FROM customers",
    "INSERT INTO badges (id, code, label) VALUES (1, 'x', 'y')",
    "UPDATE badges SET label = 'x' WHERE id = 1",
    "LISTEN x",
  ];
  for (const sql of allowed) test(`${sql}: passes`, () => expect(decide(sql)).toBe("allow owner.everything"));

  const refused: readonly (readonly [string, string])[] = [
    ["SELECT name FROM customers WHERE email LIKE 'a%'", "mask.inference"],
    ["SELECT name FROM customers WHERE email < 'm'", "mask.inference"],
    ["SELECT name FROM customers WHERE lower(email) = 'a@b.c'", "mask.inference"],
    ["SELECT name FROM customers ORDER BY email", "mask.inference"],
    ["SELECT rank() OVER (ORDER BY email) FROM customers", "mask.inference"],
    ["SELECT name FROM customers WHERE customers IS NOT NULL", "mask.inference"],
    ["SELECT name FROM customers WHERE ssn = '1'", "mask.inference"],
    ["SELECT name FROM customers WHERE ssn IS NULL", "mask.inference"],
    ["SELECT count(*) FROM customers GROUP BY ssn", "mask.inference"],
    ["SELECT DISTINCT ssn FROM customers", "mask.inference"],
    ["SELECT CASE WHEN email LIKE 'a%' THEN 1 END FROM customers", "mask.inference"],
    ["UPDATE customers SET name = 'x' WHERE email LIKE 'a%'", "mask.inference"],
    ["SELECT email::integer FROM customers", "mask.inference"],
    ["SELECT email LIKE 'a%' FROM customers", "mask.inference"],
    ["SELECT 1 / length(email) FROM customers", "mask.inference"],
    ["SELECT repeat('x', length(email)) FROM customers", "mask.inference"],
    ["SELECT (email < 'm') AND 1 / (id - id) = 1 FROM customers", "mask.inference"],
    ["SELECT coalesce(nullif(email, 'x'), (1 / (id - id))::text) FROM customers", "mask.inference"],
    ["SELECT coalesce(ssn, (1 / (id - id))::text) FROM customers", "mask.inference"],
    ["SELECT substr(ssn, 1, 3) FROM customers", "mask.inference"],
    ["DELETE FROM customers WHERE ssn = 'x'", "mask.inference"],
    ["EXPLAIN SELECT * FROM customers WHERE ssn > '5'", "mask.inference"],
    // What a plan expects comes from statistics of the values.
    ["EXPLAIN SELECT ssn FROM customers", "mask.inference"],
    // Whether a value is taken tells whether another row has it.
    ["INSERT INTO badges (id, ssn) VALUES (1, 'x')", "mask.inference"],
    ["INSERT INTO badges VALUES (1, 'x', 'y')", "mask.inference"],
    ["UPDATE badges SET ssn = 'x' WHERE id = 1", "mask.inference"],
    ["COPY badges (id, ssn) FROM STDIN", "mask.inference"],
    // What is defined would fail by what it reads.
    ["CREATE TABLE made (x text CHECK (x > max_ssn()))", "mask.define"],
    ["PREPARE p AS SELECT * FROM customers WHERE ssn > $1", "mask.inference"],
    ["DECLARE c CURSOR FOR SELECT * FROM customers ORDER BY ssn", "mask.inference"],
    ["CREATE VIEW v AS SELECT id FROM customers WHERE ssn LIKE '1%'", "mask.inference"],
    ["COPY (SELECT id FROM customers WHERE ssn LIKE '1%') TO STDOUT", "mask.inference"],
    ["CREATE TABLE x AS SELECT email FROM customers", "mask.write"],
    ["CREATE TEMP TABLE x AS SELECT customers FROM customers", "mask.write"],
    ["SELECT email INTO x FROM customers", "mask.write"],
    ["CREATE MATERIALIZED VIEW x AS SELECT email FROM customers", "mask.write"],
    ["INSERT INTO orders (status) SELECT email FROM customers", "mask.write"],
    ["UPDATE orders SET status = (SELECT max(amount) FROM hr.salaries) WHERE id = 1", "mask.write"],
    ["UPDATE customers SET name = email WHERE id = 1", "mask.write"],
    ["UPDATE customers SET email = lower(email) WHERE id = 1", "mask.write"],
    // A check or NOT NULL may refuse what was computed, and would tell of it.
    ["UPDATE customers SET ssn = upper(ssn) WHERE id = 1", "mask.write"],
    ["UPDATE customers SET email = ssn WHERE id = 1", "mask.write"],
    [
      "WITH gone AS (DELETE FROM customers WHERE id = 1 RETURNING ssn) INSERT INTO orders (status) SELECT ssn FROM gone",
      "mask.write",
    ],
    [
      "MERGE INTO orders o USING customers c ON c.id = o.customer_id WHEN MATCHED THEN UPDATE SET status = c.email",
      "mask.write",
    ],
    ["PREPARE p AS INSERT INTO orders (status) SELECT email FROM customers", "mask.write"],
    ["SELECT set_config('a.b', ssn, true) FROM customers", "mask.function"],
    ["DO $$ BEGIN PERFORM ssn FROM customers; END $$", "mask.function"],
    ["ALTER TABLE customers RENAME TO c2", "mask.define"],
    ["ALTER TABLE customers RENAME COLUMN ssn TO x", "mask.define"],
    ["ALTER TABLE customers ADD COLUMN x int", "mask.define"],
    ["ALTER TABLE customers SET SCHEMA hr", "mask.define"],
    ["ALTER TABLE customers OWNER TO bob", "mask.define"],
    ["CREATE TABLE child () INHERITS (customers)", "mask.define"],
    ["CLUSTER customers", "mask.define"],
    ["CREATE INDEX ON customers (name, email)", "mask.define"],
    ["CREATE INDEX ON customers (lower(name))", "mask.define"],
    ["CREATE INDEX ON customers (name) WHERE ssn IS NULL", "mask.define"],
    ["CREATE STATISTICS s ON email, ssn FROM customers", "mask.define"],
    ["CREATE RULE r AS ON INSERT TO orders DO ALSO SELECT 1", "mask.define"],
    ["CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION order_count()", "mask.define"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "mask.define"],
    ["CREATE EXTENSION dblink", "mask.define"],
    ["CREATE PUBLICATION p FOR ALL TABLES", "mask.define"],
    ["SELECT most_common_vals FROM pg_stats", "mask.blind_spot"],
    ["SELECT attmissingval FROM pg_attribute", "mask.blind_spot"],
    ["SELECT chunk_data FROM pg_toast.pg_toast_1", "mask.blind_spot"],
  ];
  for (const [sql, rule] of refused) test(`${sql}: ${rule}`, () => expect(decide(sql)).toBe(`deny ${rule}`));
});

describe("what else the document says", () => {
  test("refuses before masks do, and what a person would be asked for is refused at once", () => {
    const text = `${DOCUMENT}rules:
  - { id: no, when: { relation: public.orders }, then: deny }
  - { id: ask, when: { relation: public.customers }, then: approve }
`;
    expect(decide("INSERT INTO orders (status) SELECT email FROM customers", text)).toBe("deny no");
    expect(decide("SELECT id FROM customers WHERE ssn = '1'", text)).toBe("deny mask.inference");
    expect(decide("SELECT id FROM customers", text)).toBe("approve ask");
  });

  test("does not allow it: neither rules, nor exact names, nor an exemption from safeguards", () => {
    const text = `${DOCUMENT}safeguards: none
functions: { call: [pg_catalog.query_to_xml, "*"] }
relations: { read: [pg_catalog.pg_stats, "*"], write: ["*", pg_catalog.pg_class] }
rules: [{ id: all, when: { kind: any, relation: ["*", "pg_catalog.*"], function: "*", outside: [program, server_file] }, then: allow }]
`;
    const all = `${DOCUMENT}rules: [{ id: all, when: { kind: any, outside: [program, server_file] }, then: allow }]\n`;
    expect(decide("SELECT query_to_xml('SELECT 1', true, true, '')", text)).toBe("deny mask.blind_spot");
    expect(decide("SELECT most_common_vals FROM pg_stats", text)).toBe("deny mask.blind_spot");
    expect(decide("UPDATE pg_class SET relname = 'x' WHERE relname = 'customers'", text)).toBe(
      "deny mask.define",
    );
    expect(decide("COPY orders TO PROGRAM 'cat'", all)).toBe("deny mask.blind_spot");
  });

  test("exemptions and sections without masks take the refusals away", () => {
    const text = `mask: { public.customers.email: email }
roles:
  admin: { extends: owner, masking: { exempt: [public.customers.email] } }
  agent: { extends: owner, masking: { agent: false } }
`;
    const sql = "SELECT name FROM customers ORDER BY email";
    expect(decided(policyOf(text, { roles: ["admin"] }), sql)).toBe("allow owner.everything");
    expect(decided(policyOf(text), sql)).toBe("allow owner.everything");
    expect(decided(policyOf(text), "CREATE TABLE x AS SELECT email FROM customers")).toBe("deny mask.write");
  });

  test("whoever is exempt from all masks may make what others may not", () => {
    const text = (exempt: string): string =>
      `extends: owner\nmask: { public.customers.email: email, "*.*.ssn": null }\nmasking: { exempt: [${exempt}] }\n`;
    const sql = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'";
    expect(decide(sql, text('"*.*.*"'))).toBe("allow owner.everything");
    expect(decide(sql, text('"*.*.ssn", "public.customers.*"'))).toBe("allow owner.everything");
    expect(decide(sql, text('"public.*.*"'))).toBe("deny mask.define");
    expect(decide(sql, text("public.customers.email"))).toBe("deny mask.define");
  });

  test("inference is the column's own, else the document's", () => {
    const inference = (more: string): string =>
      decide(
        "SELECT id FROM customers WHERE email LIKE 'a%'",
        `extends: owner\nmask: { public.customers.email: email }\n${more}`,
      );
    expect(inference("")).toBe("deny mask.inference");
    expect(inference("masking: { inference: allow }")).toBe("allow owner.everything");
    const strict = "extends: owner\nmask: { public.customers.email: email }\nmasking: { mode: strict }";
    expect(decide("SELECT id FROM customers WHERE email = 'a'", strict)).toBe("deny mask.inference");
  });

  test("detectors alone refuse nothing", () => {
    const text = "extends: owner\nmasking: { detect: { email: mask } }";
    expect(decide("CREATE TABLE x AS SELECT email FROM customers ORDER BY email", text)).toBe(
      "allow owner.everything",
    );
  });
});

describe("facts that these statements do not have", () => {
  const facts = factsOf("SELECT 1");
  const policy = policyOf(DOCUMENT);
  const rule = (more: Partial<StatementFacts>): string =>
    policy.decide({ ...facts, ...more }, NOON).decision.rule;
  const relation = (schema: string, name: string, oid = 1): ColumnPlace["relation"] => ({
    oid,
    schema,
    name,
    kind: "table",
  });
  const email: ColumnPlace = { relation: relation("public", "customers"), column: "email" };
  const ssn: ColumnPlace = { ...email, column: "ssn" };

  test("a flow passes as it is, to the same mask or a fixed one, and to no laxer inference", () => {
    const flow = (from: ColumnPlace, to: string, verbatim: boolean, more: Partial<Flow> = {}): string => {
      const [schema = "", name = "", column = ""] = to.split(".");
      return rule({
        flows: [
          { from: [from], to: { relation: relation(schema, name, 2), column }, verbatim, via: [], ...more },
        ],
      });
    };
    expect(flow(email, "archive.customers.a", true)).toBe("owner.everything");
    expect(flow(email, "archive.customers.a", false)).toBe("mask.write");
    expect(flow(email, "archive.customers.a", true, { opaque: true })).toBe("mask.write");
    expect(flow(email, "archive.secrets.note", true)).toBe("owner.everything");
    expect(flow(email, "archive.secrets.note", false)).toBe("mask.write");
    expect(flow(email, "archive.secrets.note", false, { opaque: true })).toBe("mask.write");
    expect(flow(ssn, "archive.customers.a", true)).toBe("mask.write");
    expect(flow(ssn, "public.customers.ssn", true)).toBe("owner.everything");
    expect(flow(ssn, "public.customers.ssn", false)).toBe("mask.write");
    expect(flow(ssn, "public.orders.status", true)).toBe("mask.write");
    // Any column of it, as a trigger may write: not those alone that are masked.
    expect(flow(ssn, "archive.secrets.*", false)).toBe("mask.write");
    expect(
      rule({
        flows: [
          {
            from: [],
            to: { relation: relation("public", "orders"), column: "status" },
            verbatim: false,
            opaque: true,
            via: [],
          },
        ],
      }),
    ).toBe("mask.write");
  });

  test("what flows into a partition is masked as its parent is", () => {
    const part = relation("public", "customers_1", 7);
    const access = {
      relation: part,
      ancestors: ["public.customers"],
      descendants: [],
      action: "insert",
      columns: ["email"],
      via: [],
    } as const;
    const flows = [{ from: [email], to: { relation: part, column: "email" }, verbatim: true, via: [] }];
    expect(rule({ accesses: [access], flows })).toBe("owner.everything");
    expect(rule({ flows })).toBe("mask.write");
  });

  test("masked values, and what may be some, are handed to no function but those that compute", () => {
    const [call] = factsOf("SELECT pg_notify('a', 'b')").calls;
    if (call === undefined) throw new Error("no call");
    const handed = (of: Partial<Passed["function"]>, from: Passed["from"], opaque?: true): string =>
      rule({
        passed: [
          {
            function: { ...call.function, ...of },
            from,
            via: [],
            ...(opaque === undefined ? {} : { opaque }),
          },
        ],
      });
    expect(handed({}, [ssn])).toBe("mask.function");
    expect(handed({}, [{ ...ssn, column: "name" }])).toBe("owner.everything");
    expect(handed({}, [], true)).toBe("mask.function");
    expect(handed({ name: "array_shuffle" }, [ssn])).toBe("owner.everything");
    expect(handed({ name: "pg_sleep" }, [ssn])).toBe("mask.function");
    expect(
      handed({ schema: "public", name: "similarity", extension: "pg_trgm", volatility: "immutable" }, [ssn]),
    ).toBe("owner.everything");
    expect(
      handed({ schema: "public", name: "set_limit", extension: "pg_trgm", volatility: "volatile" }, [ssn]),
    ).toBe("mask.function");
    expect(handed({ schema: "public", name: "f", extension: null, volatility: "immutable" }, [ssn])).toBe(
      "mask.function",
    );
  });

  test("conditions inside of views and policies are not the agent's; those of functions take its values", () => {
    const predicate = (...via: StatementFacts["accesses"][number]["via"]): string =>
      rule({ predicates: [{ ...email, use: "pattern", place: "where", via }] });
    expect(predicate()).toBe("mask.inference");
    expect(predicate({ kind: "view", name: "public.v" })).toBe("owner.everything");
    expect(predicate({ kind: "expression", name: "public.orders" })).toBe("owner.everything");
    expect(predicate({ kind: "view", name: "public.v" }, { kind: "function", name: "public.f" })).toBe(
      "mask.inference",
    );
    expect(predicate({ kind: "cursor", name: "c" })).toBe("mask.inference");
    expect(
      rule({ predicates: [{ relation: null, column: "*", use: "other", place: "where", via: [] }] }),
    ).toBe("owner.everything");
  });

  test("a materialized view may be a copy of masked columns, whatever its name", () => {
    const access = {
      relation: { ...relation("public", "copies"), kind: "materialized_view" },
      ancestors: [],
      descendants: [],
      action: "define",
      columns: [],
      via: [],
    } as const;
    expect(rule({ kinds: ["alter_materialized_view"], accesses: [access] })).toBe("mask.define");
    expect(rule({ kinds: ["refresh_materialized_view"], accesses: [access] })).toBe("owner.everything");
  });
});

test("a refusal says which column, and what to do instead", () => {
  const facts = factsOf("SELECT name FROM customers WHERE email LIKE 'hidden%'");
  const { sqlstate, message, detail, hint } = refusalText(
    policyOf(DOCUMENT).decide(facts, NOON).decision,
    facts,
  );
  expect(sqlstate).toBe("42501");
  expect(message).toBe("permission denied: masked column may not be inferred");
  expect(detail).toBe(
    'rule "mask.inference" of policy version 7: matches masked column email of public.customers',
  );
  expect(hint).toBe(
    "Compare the column as it is with =, <>, IN or IS NULL, or leave it out of conditions, sorting and computations.",
  );
});
