// A type as masking needs it: its parts, down to PostgreSQL's own. Built from what the catalog says; what it does not say, or
// masking does not know, is `unknown`, of which nothing but NULL is shown.

import type { Catalog, RelationInfo, TypeInfo } from "#core/sql";
import { ARRAYS, baseKind } from "./types.ts";

export type TypeRef =
  /** A type of PostgreSQL's own. modifier: pg_attribute.atttypmod, -1 for none. */
  | { readonly kind: "base"; readonly oid: number; readonly modifier: number }
  /** A type of an extension that masking knows by name. */
  | { readonly kind: "extension"; readonly name: "citext" | "hstore" }
  | { readonly kind: "array"; readonly element: TypeRef; readonly elementOid: number }
  | { readonly kind: "composite"; readonly fields: readonly FieldType[] }
  | { readonly kind: "range" }
  | { readonly kind: "multirange" }
  | { readonly kind: "enum" }
  | { readonly kind: "unknown" };

export interface FieldType {
  readonly name: string;
  readonly oid: number;
  readonly type: TypeRef;
}

/** What the catalog has to know of types. */
export interface TypeCatalog {
  typeByOid(oid: number): TypeInfo | null | undefined;
  /** The relation of a composite type. */
  relationByOid(oid: number): Pick<RelationInfo, "columns"> | null | undefined;
}

export const UNKNOWN_TYPE: TypeRef = { kind: "unknown" };

/** A composite inside a composite and so on: PostgreSQL has no bound. */
const MAX_DEPTH = 16;

/** `catalog` null: PostgreSQL's own types only. */
export function typeRef(oid: number, modifier: number, catalog: TypeCatalog | Catalog | null): TypeRef {
  return refer(oid, modifier, catalog, 0);
}

function refer(oid: number, modifier: number, catalog: TypeCatalog | null, depth: number): TypeRef {
  if (depth > MAX_DEPTH) return UNKNOWN_TYPE;
  const kind = baseKind(oid);
  if (kind === "base") return { kind, oid, modifier };
  if (kind !== null) return { kind };
  const builtIn = ARRAYS.get(oid);
  if (builtIn !== undefined) return arrayOf(builtIn, modifier, catalog, depth);
  const info = catalog?.typeByOid(oid) ?? null;
  if (info === null) return UNKNOWN_TYPE;
  if (info.elementOid) return arrayOf(info.elementOid, modifier, catalog, depth);
  switch (info.kind) {
    case "domain":
      return info.baseTypeOid ? refer(info.baseTypeOid, -1, catalog, depth + 1) : UNKNOWN_TYPE;
    case "composite":
      return compositeOf(info, catalog, depth);
    case "enum":
    case "range":
    case "multirange":
      return { kind: info.kind };
    case "base":
      return info.name === "citext" || info.name === "hstore"
        ? { kind: "extension", name: info.name }
        : UNKNOWN_TYPE;
    default:
      return UNKNOWN_TYPE;
  }
}

function arrayOf(elementOid: number, modifier: number, catalog: TypeCatalog | null, depth: number): TypeRef {
  return { kind: "array", element: refer(elementOid, modifier, catalog, depth + 1), elementOid };
}

function compositeOf(info: TypeInfo, catalog: TypeCatalog | null, depth: number): TypeRef {
  const relation = info.relationOid === null ? null : (catalog?.relationByOid(info.relationOid) ?? null);
  if (relation === null) return UNKNOWN_TYPE;
  const fields = relation.columns.map(({ name, typeOid }): FieldType => ({
    name,
    oid: typeOid,
    type: refer(typeOid, -1, catalog, depth + 1),
  }));
  return { kind: "composite", fields };
}
