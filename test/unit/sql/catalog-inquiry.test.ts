// The text of the inquiry, read with PostgreSQL's own grammar: nothing in it is looked up by search_path.

import { describe, expect, it } from "vitest";
import { inquiry } from "../../../core/sql/catalog/index.ts";
import { testGrammar } from "../../support/grammar.ts";

type Tree = Readonly<Record<string, unknown>>;

const CTES = ["session", "asked", "question", "answered", "reached", "part"];

/** Calls `visit` with every node of the tree by its name. */
function walk(value: unknown, visit: (name: string, node: Tree) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (typeof value === "object" && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) visit(name, inner as Tree);
      walk(inner, visit);
    }
}

function words(list: unknown): readonly string[] {
  return ((list ?? []) as readonly { readonly String?: { readonly sval?: string } }[]).map(
    (item) => item.String?.sval ?? "",
  );
}

/** What of the text PostgreSQL would look for along search_path. */
function unqualified(sql: string): readonly string[] {
  const parsed = testGrammar().parse(sql);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const found: string[] = [];
  const qualified = (what: string, list: unknown): void => {
    const name = words(list);
    if (name.length !== 2 || name[0] !== "pg_catalog") found.push(`${what} ${name.join(".")}`);
  };
  walk(parsed.value[0]?.node, (name, node) => {
    if (name === "A_Expr") {
      qualified("operator", node["name"]);
      if (!["AEXPR_OP", "AEXPR_OP_ANY", "AEXPR_OP_ALL"].includes(String(node["kind"])))
        found.push(`construct ${String(node["kind"])}`);
    }
    if (name === "FuncCall") qualified("function", node["funcname"]);
    if (name === "TypeName" || name === "typeName") qualified("type", node["names"]);
    if (name === "RangeVar" && node["schemaname"] !== "pg_catalog" && !CTES.includes(String(node["relname"])))
      found.push(`relation ${String(node["relname"])}`);
    if (name === "CaseExpr" && node["arg"] !== undefined) found.push("CASE x WHEN");
    if (name === "SubLink" && node["operName"] !== undefined) qualified("operator", node["operName"]);
    if (name === "SubLink" && node["subLinkType"] === "ANY_SUBLINK") found.push("IN");
    if (name === "JoinExpr" && (node["usingClause"] !== undefined || node["isNatural"] === true))
      found.push("USING or NATURAL");
    if (name === "SortBy" && node["useOp"] !== undefined) found.push("ORDER BY … USING");
    if (name === "CollateClause") found.push("COLLATE");
  });
  return found;
}

describe("the text of the inquiry", () => {
  it("leaves no function, operator, type or relation to search_path", () => {
    expect(unqualified(inquiry([]).sql)).toEqual([]);
  });

  it("is judged by a reader that sees each construct that goes by search_path", () => {
    for (const sql of [
      "SELECT 1 = 1",
      "SELECT lower('a'::pg_catalog.text)",
      "SELECT 'a'::text",
      "SELECT FROM pg_class",
      "SELECT FROM pg_catalog.pg_class c WHERE c.oid IN (1, 2)",
      "SELECT FROM pg_catalog.pg_class c WHERE c.oid IN (SELECT 1)",
      "SELECT FROM pg_catalog.pg_class c WHERE c.oid BETWEEN 1 AND 2",
      "SELECT CASE 1 WHEN 1 THEN 2 END",
      "SELECT NULLIF(1, 1)",
      "SELECT 1 IS DISTINCT FROM 2",
      "SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_type USING (oid)",
      "SELECT FROM pg_catalog.pg_class ORDER BY 1 USING <",
    ])
      expect(unqualified(sql), sql).not.toEqual([]);
  });

  it("is the same for all questions, and holds no backslash that standard_conforming_strings could turn", () => {
    const { sql } = inquiry([{ kind: "type_oid", oid: 25 }]);
    expect(sql).toBe(inquiry([]).sql);
    expect(sql).not.toContain("\\");
  });

  it("asks of what no name can be as of nothing, a line for each question", () => {
    const { parameter } = inquiry([
      { kind: "relation", name: { schema: null, name: "a\0b" } },
      { kind: "type", name: { schema: "\ud800", name: "a" } },
      { kind: "relation_oid", oid: -1 },
      { kind: "function_oid", oid: 2 ** 32 },
      { kind: "relation", name: { schema: "s", name: 'new\nline "quoted"' } },
    ]);
    expect(parameter.split("\n")).toEqual([
      '["nothing"]',
      '["nothing"]',
      '["nothing"]',
      '["nothing"]',
      String.raw`["relation","s","new\nline \"quoted\"",null]`,
    ]);
  });
});
