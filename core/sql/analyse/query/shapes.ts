// Fields of composite values: what `(value).field` and `(value).*` give.

import type { RelationInfo } from "../../catalog/catalog.ts";
import type { AnalysisContext } from "../context.ts";
import { SCALAR, type NamedValue, type Shape, type Value } from "./value.ts";

/** Row types of catalogs among the OIDs assigned by hand (pg_class.dat, BKI_ROWTYPE_OID), record, anyelement, anycompatible. */
const NOT_SCALAR: ReadonlySet<number> = new Set([
  71, 75, 81, 83, 1248, 2842, 2843, 4066, 6101, 2249, 2287, 2283, 2277, 5077, 5078,
]);

/** Above, OIDs are not assigned by hand (transam.h, FirstGenbkiObjectId). */
const FIRST_GENBKI_OBJECT_ID = 10_000;

export function shapeOfType(oid: number): Shape {
  return oid < FIRST_GENBKI_OBJECT_ID && !NOT_SCALAR.has(oid) ? SCALAR : { kind: "type", oid };
}

/** The relation of a composite type; `scalar` where it is none, null where it cannot be told. */
export function rowTypeOf(context: AnalysisContext, oid: number): RelationInfo | "scalar" | null {
  if (shapeOfType(oid) === SCALAR) return "scalar";
  if (NOT_SCALAR.has(oid) && oid > FIRST_GENBKI_OBJECT_ID) return null;
  const type = context.typeByOid(oid);
  if (type === undefined || type === null) return null;
  if (type.kind === "composite" && type.relationOid !== null)
    return context.relationByOid(type.relationOid) ?? null;
  return type.kind === "base" || type.kind === "enum" || type.kind === "range" || type.kind === "multirange"
    ? "scalar"
    : null;
}

/** The fields of a value: `scalar` where it has none, null where they cannot be told. */
export function fieldsOf(context: AnalysisContext, value: Value): readonly NamedValue[] | "scalar" | null {
  const { shape } = value;
  if (shape.kind === "row") return shape.columns;
  if (shape.kind === "scalar") return "scalar";
  if (shape.kind === "unknown") return null;
  const row = rowTypeOf(context, shape.oid);
  return row === null || row === "scalar" ? row : fieldsOfRelation(row, value);
}

/** Every field shows what the whole shows. */
export function fieldsOfRelation(row: RelationInfo, value: Value): readonly NamedValue[] {
  return row.columns.map(({ name, typeOid }) => ({
    name,
    value: { sources: value.sources, verbatim: false, shape: shapeOfType(typeOid) },
  }));
}
