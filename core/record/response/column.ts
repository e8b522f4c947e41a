// Columns and values of a recorded result as JSON holds them. Pure.

import { base64Encode, hexEncode, utf8Decode } from "#core/bytes";
import { formatOf, type FieldDescription, type Format, type Value } from "#core/wire";

export interface ResultColumn {
  /** null where no RowDescription came: an Execute whose portal was not described. */
  readonly name: string | null;
  /** 0 where it is not known. */
  readonly type_oid: number;
  readonly type_modifier: number;
  /** Of the table that the value comes from, and the column's number there; 0 where it is computed. */
  readonly table_oid: number;
  readonly attribute: number;
  readonly format: "text" | "binary";
}

/** Text as it is; text that is not UTF-8 in base64; binary as "\\x" and hexadecimal digits; SQL NULL as null. */
export type ResultValue = string | { readonly base64: string } | null;

export function toColumn(field: FieldDescription): ResultColumn {
  return {
    name: field.name,
    type_oid: field.typeOid,
    type_modifier: field.typeModifier,
    table_oid: field.tableOid,
    attribute: field.attribute,
    format: formatName(field.format),
  };
}

/** Columns for a row that nothing described. */
export function undescribedColumns(count: number, formats: readonly Format[]): ResultColumn[] {
  return Array.from({ length: count }, (_, i) => ({
    name: null,
    type_oid: 0,
    type_modifier: -1,
    table_oid: 0,
    attribute: 0,
    format: formatName(formatOf(formats, i)),
  }));
}

export function toValue(bytes: Value, format: "text" | "binary"): ResultValue {
  if (bytes === null) return null;
  if (format === "binary") return `\\x${hexEncode(bytes)}`;
  return utf8Decode(bytes) ?? { base64: base64Encode(bytes) };
}

export function formatName(format: Format): "text" | "binary" {
  return format === 1 ? "binary" : "text";
}
