// What a document's lists come to as privileges of PostgreSQL, and what is refused where the session's database role is fixed.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  compilePolicy,
  type Principal,
  refusalText,
  type RelationPrivileges,
  type RelationShape,
  NO_GRANT_LIMITS,
} from "#core/policy";
import { documentOf, factsOf, NOON, policyOf } from "./world.ts";

const CUSTOMERS = shape("public.customers", ["id", "name", "email", "ssn"]);
const ORDERS = shape("public.orders", ["id", "customer_id", "status", "total"]);
const SALARIES = shape("hr.salaries", ["id", "employee", "amount"]);

function shape(
  qualified: string,
  columns: readonly string[],
  more: Partial<RelationShape> = {},
): RelationShape {
  const [schema = "", name = ""] = qualified.split(".");
  return { schema, name, sort: "table", columns, ancestors: [], descendants: [], ...more };
}

/** `S(id,name) I U D T`; empty: nothing at all. */
function brief({ select, insert, update, delete: deletes, truncate }: RelationPrivileges): string {
  const grants = { S: select, I: insert, U: update };
  const columns = Object.entries(grants).flatMap(([letter, grant]) =>
    grant === "all" ? [letter] : grant.length > 0 ? [`${letter}(${grant.join(",")})`] : [],
  );
  return [...columns, ...(deletes ? ["D"] : []), ...(truncate ? ["T"] : [])].join(" ");
}

function on(text: string, relation: RelationShape): string {
  return brief(policyOf(text).privilegesOn(relation));
}

describe("privileges on a relation", () => {
  test("are what the lists say, and nothing else", () => {
    const text =
      "extends: agent\nrelations: { read: ['public.*'], write: [public.orders], deny: [public.events] }";
    expect(on(text, CUSTOMERS)).toBe("S");
    expect(on(text, ORDERS)).toBe("S I U D");
    expect(on(text, SALARIES)).toBe("");
    expect(on(text, shape("public.events", ["id"]))).toBe("");
    expect(on("{}", ORDERS)).toBe("");
  });

  test("are told by columns where the document lists columns, and rows are not deleted then", () => {
    const text = `
extends: agent
relations: { write: [public.customers] }
columns: { public.customers: { read: [id, name, email], write: [email] } }`;
    expect(on(text, CUSTOMERS)).toBe("S(id,name,email) I(email) U(email)");
  });

  test("leave a denied column out, also where everything else is allowed", () => {
    const text = "extends: owner\ncolumns: { 'hr.*': { deny: [amount] } }";
    expect(on(text, SALARIES)).toBe("S(id,employee) I(id,employee) U(id,employee) D T");
  });

  test("of a read-only policy write nothing, whatever its lists say", () => {
    expect(on("extends: read-only\nrelations: { write: [public.orders] }", ORDERS)).toBe("S");
  });

  test("follow what is denied of a parent or partition", () => {
    const part = shape("public.orders_2026", ["id"], { ancestors: ["public.orders"] });
    expect(on("extends: agent\nrelations: { deny: [public.orders] }", part)).toBe("");
    expect(on("extends: agent\nrelations: { read: ['public.*', '!public.orders'] }", part)).toBe("I U D");
  });

  test("do not reach PostgreSQL's own schemas by a wildcard", () => {
    const passwords = shape("pg_catalog.pg_authid", ["rolname", "rolpassword"]);
    expect(on("extends: agent", passwords)).toBe("");
  });

  test("are widened by rules that allow by name, for their commands alone", () => {
    const text = `
extends: agent
relations: { read: [], write: [] }
rules:
  - { id: refill, when: { kind: [truncate, insert], relation: public.events }, then: allow }
  - { id: ask, when: { action: select, relation: hr.salaries }, then: approve }
  - { id: seen, when: { relation: public.customers }, then: observe }`;
    expect(on(text, shape("public.events", ["id"]))).toBe("I U T");
    expect(on(text, SALARIES)).toBe("S");
    expect(on(text, CUSTOMERS)).toBe("");
  });

  test("are widened by what the principal has just in time, and by no more", () => {
    const text = "extends: agent\nrelations: { read: [public.orders], write: [], deny: [public.events] }";
    const grant = {
      id: "1",
      kinds: ["select", "update"],
      limits: NO_GRANT_LIMITS,
      from: 0,
      until: NOON,
    } as const;
    const grants = [{ ...grant, relations: ["public.customers", "public.events"] }];
    const policy = compilePolicy(documentOf(text), "7", { principal: PRINCIPAL, target: "demo" }, grants);
    expect(brief(policy.privilegesOn(CUSTOMERS))).toBe("S U");
    expect(brief(policy.privilegesOn(ORDERS))).toBe("S");
    expect(brief(policy.privilegesOn(shape("public.events", ["id"])))).toBe("");
  });

  test("trust a view that is named exactly, for reading or writing", () => {
    const policy = policyOf("extends: agent\nrelations: { read: [public.pay_bands], write: ['public.*'] }");
    const { trusted } = policy.privilegesOn(shape("public.pay_bands", ["band"], { sort: "view" }));
    expect(trusted).toEqual({ read: true, write: false });
  });

  test("on functions are given by an exact name, or where nothing guards functions", () => {
    const gives = (text: string): boolean =>
      policyOf(text).grantsFunction({ schema: "public", name: "raise" });
    expect(gives("extends: agent")).toBe(false);
    expect(gives("extends: agent\nfunctions: { call: ['*', public.raise] }")).toBe(true);
    expect(gives("extends: agent\nfunctions: { call: [public.raise], deny: ['public.*'] }")).toBe(false);
    expect(gives("extends: owner")).toBe(true);
    expect(gives("extends: owner\nrelations: { deny: [public.x] }")).toBe(false);
  });

  test("belong to the section of the principal", () => {
    const text = "extends: read-only\nroles: { 'group:dba': { extends: owner } }";
    expect(on(text, ORDERS)).toBe("S");
    expect(brief(policyOf(text, { groups: ["dba"] }).privilegesOn(ORDERS))).toBe("S I U D T");
  });
});

const PRINCIPAL: Principal = { issuer: "i", subject: "bot", roles: ["agent"], groups: [] };

function fixed(text: string) {
  return compilePolicy(documentOf(text), "7", { principal: PRINCIPAL, target: "demo", fixedRole: true });
}

function ruling(text: string, sql: string): string {
  const { decision } = fixed(text).decide(factsOf(sql), NOON);
  return `${decision.effect} ${decision.rule}`;
}

describe("where the session's database role is fixed", () => {
  const OPEN = "extends: owner";
  const WIDEST = "extends: owner\nsafeguards: none\nsettings: { set: ['*', role, session_authorization] }";

  test.each([
    "SET ROLE postgres",
    "SET LOCAL ROLE postgres",
    "SET ROLE NONE",
    "SET role = 'postgres'",
    "SET SESSION AUTHORIZATION postgres",
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET SESSION AUTHORIZATION",
    "DISCARD ALL",
    "SELECT set_config('role', 'postgres', false)",
    "SELECT set_config('ROLE', NULL, false)",
    "SELECT id FROM orders WHERE set_config('session_authorization', 'postgres', true) IS NULL",
    "DO $$ BEGIN SET ROLE postgres; END $$",
    "DO $$ BEGIN PERFORM set_config('role', 'postgres', false); END $$",
  ])("%s is refused, whatever the policy", (sql) => {
    for (const text of [
      OPEN,
      WIDEST,
      "extends: owner\nrules: [{ id: any, when: { kind: any }, then: allow }]",
    ])
      expect(ruling(text, sql)).toBe("deny identity.role");
  });

  test.each([
    ["SELECT set_config(name, 'postgres', false) FROM customers", "deny safeguards.settings"],
    ["DO $$ BEGIN EXECUTE 'SET ROLE postgres'; END $$", "deny not_understood"],
    ["SELECT native()", "deny safeguards.functions"],
    ["SELECT query_to_xml('SET ROLE postgres', true, true, '')", "deny safeguards.functions"],
  ])("%s, which may hide it, is refused: %s", (sql, decided) => {
    for (const text of [OPEN, WIDEST]) expect(ruling(text, sql)).toBe(decided);
  });

  test.each(["RESET ROLE", "RESET ALL", "SET work_mem = '8MB'", "SELECT 1", "DROP TABLE orders"])(
    "%s passes under the open policy",
    (sql) => {
      expect(fixed(OPEN).open).toBe(false);
      expect(ruling(OPEN, sql)).toBe("allow owner.everything");
    },
  );

  test.each(["SET ROLE crm_support", "DISCARD ALL"])("%s is answered as docs/identity.md shows", (sql) => {
    const facts = factsOf(sql);
    const { message, detail, hint, sqlstate } = refusalText(fixed(OPEN).decide(facts, NOON).decision, facts);
    const page = readFileSync(resolve(import.meta.dirname, "../../../docs/identity.md"), "utf8");
    expect(page).toContain(
      `=> ${sql};\nERROR:  ${sqlstate}: ${message}\nDETAIL:  ${detail}\nHINT:  ${hint}\n`,
    );
  });

  test("elsewhere the open policy stays open", () => {
    expect(policyOf(OPEN).open).toBe(true);
  });
});
