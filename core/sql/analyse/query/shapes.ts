// Fields of composite values: what `(value).field` and `(value).*` give.

import type { TypeName } from "@pgsql/types";
import type { FunctionInfo, RelationInfo, TypeInfo } from "../../catalog/catalog.ts";
import type { AnalysisContext } from "../context.ts";
import { strings } from "./names.ts";
import type { Place } from "./reading.ts";
import { computed, SCALAR, UNKNOWN_SHAPE, type NamedValue, type Shape, type Value } from "./value.ts";

/** Row types of catalogs among the OIDs assigned by hand (pg_class.dat and kin, BKI_ROWTYPE_OID). */
const ROW_TYPES: ReadonlySet<number> = new Set([71, 75, 81, 83, 1248, 2842, 2843, 4066, 6101]);

/** record, record[], anyelement, anyarray, anycompatible, anycompatiblearray: only the call tells what they are. */
const PSEUDO_TYPES: ReadonlySet<number> = new Set([2249, 2287, 2283, 2277, 5077, 5078]);

/** Above, OIDs are not assigned by hand (transam.h, FirstGenbkiObjectId). */
const FIRST_GENBKI_OBJECT_ID = 10_000;

export function shapeOfType(oid: number): Shape {
  return oid < FIRST_GENBKI_OBJECT_ID && !ROW_TYPES.has(oid) && !PSEUDO_TYPES.has(oid)
    ? SCALAR
    : { kind: "type", oid };
}

/** The relation of a composite type; `scalar` where it is none, null where it cannot be told. */
export function rowTypeOf(context: AnalysisContext, oid: number): RelationInfo | "scalar" | null {
  if (shapeOfType(oid) === SCALAR) return "scalar";
  if (PSEUDO_TYPES.has(oid)) return null;
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

/** Of an array, the shape of its elements where they are scalar: what takes it apart gives such. */
export function shapeOfCast(written: TypeName | undefined, type: TypeInfo | null): Shape {
  const ofPostgres = strings(written?.names)[0] === "pg_catalog";
  const shape = type === null ? (ofPostgres ? SCALAR : UNKNOWN_SHAPE) : shapeOfType(type.oid);
  return shape === SCALAR || (written?.arrayBounds ?? []).length === 0 ? shape : UNKNOWN_SHAPE;
}

/** anyelement, anycompatible: what the arguments are. */
export const POLYMORPHIC: ReadonlySet<number> = new Set([2283, 5077]);

/** What a call gives, where all candidates agree. */
export function shapeOfCall(
  { reading }: Place,
  candidates: readonly FunctionInfo[],
  args: readonly Value[],
): Shape {
  const [first, ...others] = candidates;
  if (first === undefined) return UNKNOWN_SHAPE;
  const { returnTypeOid, outputColumns } = first;
  const names = outputColumns.join("\0");
  const same = others.every(
    (other) => other.returnTypeOid === returnTypeOid && other.outputColumns.join("\0") === names,
  );
  if (!same) return UNKNOWN_SHAPE;
  if (outputColumns.length > 1) {
    const value = computed(args);
    return { kind: "row", columns: outputColumns.map((name) => ({ name, value })) };
  }
  if (!POLYMORPHIC.has(returnTypeOid)) return shapeOfType(returnTypeOid);
  const [argument] = args;
  const shape = argument?.shape ?? UNKNOWN_SHAPE;
  if (shape.kind !== "type") return shape;
  // It may be an array, whose elements are not known.
  const row = rowTypeOf(reading.context, shape.oid);
  return row === null || row === "scalar" ? UNKNOWN_SHAPE : shape;
}
