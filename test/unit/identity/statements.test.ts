// The text of what makes and drops a role: read back by PostgreSQL's own grammar, so that a name of any kind stays a name.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applicationName, roleComment, roleMark, roleName } from "../../../durable-objects/identity/names.ts";
import type { Plan, RelationGrant } from "../../../durable-objects/identity/plan.ts";
import {
  closeRole,
  createRole,
  dropRole,
  type RoleSpec,
} from "../../../durable-objects/identity/statements.ts";
import { testGrammar } from "../../support/grammar.ts";

const grammar = testGrammar();

const SPEC: RoleSpec = {
  role: roleName("0123456789abcdef0123456789abcdef"),
  verifier: "SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5",
  validUntil: Date.parse("2026-11-29T10:00:00Z"),
  settings: new Map([["statement_timeout", "30000"]]),
  comment: "sluice gateway 12345678 session 0123",
  heir: null,
};
/** Any code points but surrogates: fast-check's own units take seconds to be ready. */
const anyText = fc
  .array(
    fc.integer({ min: 0, max: 0x10ffff }).map((point) => (point >= 0xd800 && point < 0xe000 ? 0x41 : point)),
    { maxLength: 30 },
  )
  .map((points) => String.fromCodePoint(...points));
const NOTHING: Plan = { relations: [], routines: [], schemas: [], database: null, leftOut: 0 };

function table(name: string, more: Partial<RelationGrant> = {}): RelationGrant {
  return { on: "table", schema: "public", name, privilege: "SELECT", columns: null, ...more };
}

/** The kinds of the statements that the grammar finds, in order, and the whole tree as text. */
function read(sql: string): { readonly kinds: readonly string[]; readonly nodes: readonly Node[] } {
  const parsed = grammar.parse(sql);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const nodes = parsed.value.map(({ node }) => node as unknown as Node);
  return { kinds: nodes.map((node) => Object.keys(node)[0] ?? ""), nodes };
}

type Node = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

describe("the statements that make a role", () => {
  test("stand as they are", () => {
    const plan: Plan = {
      relations: [
        table("orders"),
        table("customers", { columns: ["id", "name"] }),
        table("events"),
        table("orders_id_seq", { on: "sequence", privilege: "USAGE" }),
      ],
      routines: [{ schema: "hr", name: "raise", arguments: `who integer, "to ""x" text` }],
      schemas: ["hr"],
      database: "shop",
      leftOut: 0,
    };
    expect(createRole(SPEC, plan).split(";\n")).toEqual([
      "SELECT pg_catalog.pg_advisory_xact_lock(91630985374565)",
      `CREATE ROLE "sluice_0123456789abcdef0123456789abcdef" LOGIN NOINHERIT CONNECTION LIMIT 1 PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5' VALID UNTIL '2026-11-29T10:00:00.000Z'`,
      `COMMENT ON ROLE "sluice_0123456789abcdef0123456789abcdef" IS 'sluice gateway 12345678 session 0123'`,
      `GRANT "sluice_0123456789abcdef0123456789abcdef" TO CURRENT_USER`,
      `REASSIGN OWNED BY "sluice_0123456789abcdef0123456789abcdef" TO CURRENT_USER`,
      `ALTER ROLE "sluice_0123456789abcdef0123456789abcdef" SET "statement_timeout" = '30000'`,
      `GRANT CONNECT ON DATABASE "shop" TO "sluice_0123456789abcdef0123456789abcdef"`,
      `GRANT USAGE ON SCHEMA "hr" TO "sluice_0123456789abcdef0123456789abcdef"`,
      `GRANT SELECT ON TABLE "public"."orders", "public"."events" TO "sluice_0123456789abcdef0123456789abcdef"`,
      `GRANT SELECT ("id", "name") ON TABLE "public"."customers" TO "sluice_0123456789abcdef0123456789abcdef"`,
      `GRANT USAGE ON SEQUENCE "public"."orders_id_seq" TO "sluice_0123456789abcdef0123456789abcdef"`,
      `GRANT EXECUTE ON ROUTINE "hr"."raise"(who integer, "to ""x" text) TO "sluice_0123456789abcdef0123456789abcdef"`,
    ]);
  });

  test("keep a name of any kind a name", () => {
    const hostile = fc.oneof(
      // PostgreSQL has no longer names.
      anyText.filter((name) => /[^\0]/.test(name) && Buffer.byteLength(name) <= 63),
      fc.constantFrom(
        `"; DROP ROLE app; --`,
        `a"b`,
        `'; SELECT 1; '`,
        "\\",
        `U&"\\0022`,
        "$$x$$",
        "/*",
        "--",
        "a\nb",
        "public.orders",
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (schema, name, column, comment) => {
        const plan: Plan = {
          relations: [{ on: "table", schema, name, privilege: "SELECT", columns: [column] }],
          routines: [],
          schemas: [schema],
          database: name,
          leftOut: 0,
        };
        const { kinds, nodes } = read(createRole({ ...SPEC, comment }, plan));
        expect(kinds).toEqual([
          "SelectStmt",
          "CreateRoleStmt",
          "CommentStmt",
          "GrantRoleStmt",
          "ReassignOwnedStmt",
          "AlterRoleSetStmt",
          "GrantStmt",
          "GrantStmt",
          "GrantStmt",
        ]);
        const clean = (text: string): string => text.replaceAll("\0", "");
        // An empty comment is no comment to the grammar.
        expect(nodes[2]?.["CommentStmt"]?.["comment"] ?? "").toBe(clean(comment));
        expect(nodes[8]?.["GrantStmt"]).toMatchObject({
          objects: [{ RangeVar: { schemaname: clean(schema), relname: clean(name) } }],
          privileges: [{ AccessPriv: { priv_name: "select", cols: [{ String: { sval: clean(column) } }] } }],
        });
      }),
      { numRuns: 500 },
    );
  });

  test("hold for as long as PostgreSQL can tell, however long a token does", () => {
    expect(createRole({ ...SPEC, validUntil: Number.MAX_SAFE_INTEGER }, NOTHING)).toContain(
      "VALID UNTIL '9999-12-31T00:00:00.000Z'",
    );
  });

  test("name many relations in several statements", () => {
    const many = Array.from({ length: 450 }, (_, i) => table(`t${i}`));
    const grants = createRole(SPEC, { ...NOTHING, relations: many })
      .split(";\n")
      .filter((statement) => statement.startsWith("GRANT SELECT"));
    expect(grants.map((statement) => statement.split(",").length)).toEqual([200, 200, 50]);
  });
});

test("a role is closed, and dropped with what it owns or without, by statements that the grammar takes for that", () => {
  expect(read(closeRole(SPEC.role)).kinds).toEqual(["SelectStmt", "AlterRoleStmt"]);
  expect(read(dropRole(SPEC.role, null)).kinds).toEqual(["SelectStmt", "DropOwnedStmt", "DropRoleStmt"]);
  expect(read(dropRole(SPEC.role, `he"ir`)).kinds).toEqual([
    "SelectStmt",
    "ReassignOwnedStmt",
    "DropOwnedStmt",
    "DropRoleStmt",
  ]);
});

describe("names", () => {
  const bot = { issuer: "https://login.example.com", subject: "bot-1", roles: [], groups: [] };

  test("fit into PostgreSQL's, whatever the subject is", () => {
    const id = "0123456789abcdef".repeat(2);
    expect(new TextEncoder().encode(roleName(id)).length).toBeLessThanOrEqual(63);
    expect(applicationName("psql", id, bot)).toBe("psql sluice 0123456789ab bot-1");
    expect(applicationName("", id, bot)).toBe("sluice 0123456789ab bot-1");
    fc.assert(
      fc.property(anyText, anyText, (own, subject) => {
        expect(applicationName(own, id, { ...bot, subject })).toMatch(/^[\x20-\x7e]{1,63}$/);
        expect(roleComment(roleMark("12345678", id), "shop", { ...bot, subject })).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test("of one session do not begin as another's", () => {
    expect(roleMark("12345678", "00")).toBe("sluice gateway 12345678 session 00");
  });
});
