// The cache of answers: what it knows, what it forgets, and that it stays within its bound.

import { describe, expect, it } from "vitest";
import { type Answer, CatalogCache, type TypeInfo } from "../../../core/sql/catalog/index.ts";

function type(oid: number, name: string): Answer & { readonly value: TypeInfo } {
  const value: TypeInfo = { oid, schema: "s", name, kind: "base", relationOid: null, functionOids: [] };
  return { kind: "type", value };
}

const name = (text: string, schema: string | null = null) => ({ schema, name: text });

describe("the cache of the catalog", () => {
  it("tells what was not asked from what does not exist", () => {
    const cache = new CatalogCache();
    expect(cache.relation(name("t"))).toBeUndefined();
    cache.learn({ kind: "relation", name: name("t") }, { kind: "relation", value: null }, 0);
    expect(cache.relation(name("t"))).toBeNull();
    expect(cache.relation(name("t", "public"))).toBeUndefined();
    expect(cache.type(name("t"))).toBeUndefined();
    expect(cache.functions(name("t"))).toBeUndefined();
    expect(cache.operators(name("t"))).toBeUndefined();
  });

  it("keeps a qualified name apart from any unqualified one", () => {
    const cache = new CatalogCache();
    cache.learn({ kind: "type", name: name("b", "a") }, type(1, "b"), 0);
    expect(cache.type(name("b", "a"))?.oid).toBe(1);
    expect(cache.type(name("a.b"))).toBeUndefined();
    expect(cache.type(name("b"))).toBeUndefined();
  });

  it("knows by OID what it has learnt by name", () => {
    const cache = new CatalogCache();
    cache.learn({ kind: "type", name: name("t") }, type(7, "t"), 0);
    expect(cache.typeByOid(7)?.name).toBe("t");
    expect(cache.typeByOid(8)).toBeUndefined();
  });

  it("does not take an unanswerable question for answered", () => {
    const cache = new CatalogCache();
    cache.learn({ kind: "relation", name: name("t") }, { kind: "unanswerable", why: "too_large" }, 0);
    expect(cache.relation(name("t"))).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  it("forgets all, or what is older than a time", () => {
    const cache = new CatalogCache();
    cache.learn({ kind: "type_oid", oid: 1 }, type(1, "a"), 10);
    cache.learn({ kind: "type_oid", oid: 2 }, type(2, "b"), 20);
    cache.forgetOlderThan(20);
    expect(cache.typeByOid(1)).toBeUndefined();
    expect(cache.typeByOid(2)?.name).toBe("b");
    cache.forget();
    expect(cache.typeByOid(2)).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  it("stays within its bytes and drops the oldest first", () => {
    const cache = new CatalogCache(10_000);
    for (let oid = 1; oid <= 1000; oid++) {
      cache.learn({ kind: "type", name: name(`t${oid}`) }, type(oid, `t${oid}`), oid);
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(cache.type(name("t1"))).toBeUndefined();
    expect(cache.type(name("t1000"))?.oid).toBe(1000);
    cache.forgetOlderThan(Infinity);
    expect(cache.bytes).toBe(0);
  });
});
