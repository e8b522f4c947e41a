// A mask for a type in a format, made ready: bytes of a value in, bytes of the masked value out. null is SQL NULL: a mask that
// does not fit the type, or a value that could not be read, is NULL and never the value. Nothing here throws on any bytes.

import { utf8Encode } from "#core/bytes";
import type { Format, Value } from "#core/wire";
import { maskJson } from "./json/mask.ts";
import type { JsonPathMask, Mask } from "#core/policy";
import { changeArrayBinary, changeArrayText } from "./nested/array.ts";
import { changeRecordBinary, changeRecordText, type FieldChange } from "./nested/record.ts";
import type { TypeRef } from "./type-ref.ts";
import {
  baseShape,
  CITEXT_SHAPE,
  HSTORE_SHAPE,
  JSON_OID,
  JSONB_OID,
  MULTIRANGE_SHAPE,
  RANGE_SHAPE,
} from "./types.ts";
import { hideEmail, hideEmailAscii, keepEnds, keepEndsAscii } from "./values/characters.ts";
import { toNull, type Change, type KeyedHash, type Shape } from "./values/codec.ts";
import { jsonCodec } from "./values/json.ts";
import { hashText } from "./values/text.ts";

/** What a value that is not NULL becomes. */
export function compileMask(mask: Mask, type: TypeRef, format: Format, keyed: KeyedHash): Change {
  if (mask.kind === "null") return toNull;
  switch (type.kind) {
    case "array":
      return compileArray(mask, type, format, keyed);
    case "composite":
      return compileComposite(mask, type.fields, format, keyed);
    case "range":
      return compileShape(mask, RANGE_SHAPE, format, keyed);
    case "multirange":
      return compileShape(mask, MULTIRANGE_SHAPE, format, keyed);
    case "extension":
      return compileShape(mask, type.name === "citext" ? CITEXT_SHAPE : HSTORE_SHAPE, format, keyed);
    case "enum":
      // Both formats of an enum are its label; which there are is the rule's to know.
      return mask.kind === "constant" ? always(utf8Encode(mask.value)) : toNull;
    case "unknown":
      return toNull;
    case "base": {
      if (mask.kind === "json") return compileJson(mask.paths, type.oid, format, keyed);
      const shape = baseShape(type.oid, type.modifier);
      return shape === null ? toNull : compileShape(mask, shape, format, keyed);
    }
  }
}

/** One value; SQL NULL stays NULL. For many, keep what compileMask gives. */
export function maskValue(mask: Mask, type: TypeRef, format: Format, value: Value, keyed: KeyedHash): Value {
  return value === null ? null : compileMask(mask, type, format, keyed)(value);
}

function compileShape(mask: Mask, shape: Shape, format: Format, keyed: KeyedHash): Change {
  switch (mask.kind) {
    case "constant":
      return always(shape.constant(mask.value, format));
    case "redact":
      return always(shape.neutral(format));
    case "partial": {
      const change = shape.characters(format, (text) => keepEnds(text, mask.first, mask.last));
      if (!shape.plain) return change;
      return (bytes) => keepEndsAscii(bytes, mask.first, mask.last) ?? change(bytes);
    }
    case "email": {
      const change = shape.characters(format, (text) => hideEmail(text, mask.domain === true));
      if (!shape.plain) return change;
      return (bytes) => hideEmailAscii(bytes, mask.domain === true) ?? change(bytes);
    }
    case "hash":
      return shape.plain ? (bytes) => hashText(bytes, keyed) : shape.hash(format, keyed);
    case "year":
    case "month":
      return shape.truncate(format, mask.kind);
    case "bucket":
      return shape.bucket(format, mask.width);
    case "null":
    case "json":
    case "elements":
    case "fields":
      return toNull;
  }
}

/** A mask of scalars is for each element; `redact` is the empty array, and a constant an array's text. */
function compileArray(
  mask: Mask,
  { element, elementOid }: Extract<TypeRef, { kind: "array" }>,
  format: Format,
  keyed: KeyedHash,
): Change {
  const each = (change: Change, to: Format): Change =>
    to === 0
      ? (bytes) => changeArrayText(bytes, elementOid, change)
      : (bytes) => changeArrayBinary(bytes, elementOid, change);
  if (mask.kind === "redact") return always(format === 0 ? utf8Encode("{}") : emptyArray(elementOid));
  if (mask.kind === "constant") {
    const text = each((bytes) => bytes, 0)(utf8Encode(mask.value));
    return format === 0 ? always(text) : toNull;
  }
  return each(compileMask(mask.kind === "elements" ? mask.mask : mask, element, format, keyed), format);
}

function emptyArray(elementOid: number): Uint8Array {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(8, elementOid);
  return bytes;
}

function compileComposite(
  mask: Mask,
  types: Extract<TypeRef, { kind: "composite" }>["fields"],
  format: Format,
  keyed: KeyedHash,
): Change {
  const masks = new Map(mask.kind === "fields" ? mask.fields.map((field) => [field.name, field.mask]) : []);
  const known =
    mask.kind === "fields" && [...masks.keys()].every((name) => types.some((type) => type.name === name));
  if (!known && mask.kind !== "redact") return toNull;
  const fields = types.map(({ name, oid, type }): FieldChange => {
    const own = mask.kind === "redact" ? mask : masks.get(name);
    return { oid, change: own === undefined ? null : compileMask(own, type, format, keyed) };
  });
  return format === 0
    ? (bytes) => changeRecordText(bytes, fields)
    : (bytes) => changeRecordBinary(bytes, fields);
}

function compileJson(paths: readonly JsonPathMask[], oid: number, format: Format, keyed: KeyedHash): Change {
  if (oid !== JSON_OID && oid !== JSONB_OID) return toNull;
  const codec = jsonCodec(oid === JSONB_OID);
  return (bytes) => {
    const text = codec.decode(bytes, format);
    return text === null ? null : codec.encode(maskJson(text, paths, keyed), format);
  };
}

function always(bytes: Uint8Array | null): Change {
  return () => bytes;
}
