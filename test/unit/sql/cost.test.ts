// What is kept of statements and names is bounded, however many there are, and what comes again is not worked out again. Times
// are the bench's to tell (dev/bench): no test fails because a machine is busy.

import { describe, expect, it } from "vitest";
import { CatalogCache, MAX_CATALOG_BYTES, type RelationInfo } from "#core/sql";
import { testGrammar } from "../../support/grammar.ts";

const TREES_BYTES = 8 * 1024 * 1024;
const TEXTS = 20_000;
const RELATIONS = 10_000;

function relation(n: number): RelationInfo {
  return {
    oid: 20_000 + n,
    schema: "public",
    name: `relation_${n}`,
    kind: "table",
    columns: Array.from({ length: 12 }, (_, i) => ({
      name: `column_${i}`,
      number: i + 1,
      typeOid: 23,
      generated: false,
    })),
    ancestors: [],
    descendants: [],
    uniqueKeys: [["column_0"]],
    viewDefinition: null,
    rules: [],
    triggers: [],
    cascades: [],
    securityInvoker: false,
    rowSecurity: false,
    ownedBy: null,
  };
}

describe("trees by text", () => {
  it("never hold more than their bound, and what is asked for often stays", () => {
    const grammar = testGrammar();
    const often = grammar.parse("SELECT 'often'");
    let most = 0;
    for (let i = 0; i < TEXTS; i++) {
      grammar.parse(`SELECT a, b FROM relation_${i} WHERE id = ${i}`);
      if (i % 100 === 0) expect(grammar.parse("SELECT 'often'")).toEqual(often);
      most = Math.max(most, grammar.cachedBytes);
    }
    const again = grammar.parse("SELECT 'often'");
    expect(again.ok && often.ok && again.value === often.value).toBe(true);
    expect(most).toBeGreaterThan(TREES_BYTES / 4);
    expect(most).toBeLessThanOrEqual(TREES_BYTES);
  });

  it("give the same tree for the same text, and no second reading", () => {
    const grammar = testGrammar();
    const [one, two] = [grammar.parse("SELECT 1"), grammar.parse("SELECT 1")];
    expect(one.ok && two.ok && one.value === two.value).toBe(true);
  });
});

describe("names by session", () => {
  it("never hold more than their bound, the last ones learnt among them", () => {
    const catalog = new CatalogCache();
    let most = 0;
    for (let n = 0; n < RELATIONS; n++) {
      const value = relation(n);
      const name = { schema: null, name: value.name };
      catalog.learn({ kind: "relation", name }, { kind: "relation", value }, 0);
      most = Math.max(most, catalog.bytes);
    }
    expect(most).toBeGreaterThan(MAX_CATALOG_BYTES / 2);
    expect(most).toBeLessThanOrEqual(MAX_CATALOG_BYTES);
    expect(catalog.relation({ schema: null, name: `relation_${RELATIONS - 1}` })?.oid).toBe(
      20_000 + RELATIONS - 1,
    );
    expect(catalog.relation({ schema: null, name: "relation_0" })).toBeUndefined();
  });
});
