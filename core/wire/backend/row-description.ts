// RowDescription (B): the columns of the rows that follow, or that would. Pure.

import type { ByteReader } from "#core/bytes";
import { readFormat, type Format } from "../format.ts";
import { encodeFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface FieldDescription {
  readonly name: string;
  /** Of the column the value comes from, unchanged; 0 where it is computed. */
  readonly tableOid: number;
  /** Number of that column in its table; 0 where it is computed. */
  readonly attribute: number;
  readonly typeOid: number;
  /** pg_type.typlen: negative for types of varying size. */
  readonly typeSize: number;
  /** pg_attribute.atttypmod: -1 for none. */
  readonly typeModifier: number;
  /** 0 also where it is not yet known: in the answer to Describe of a statement. */
  readonly format: Format;
}

export interface RowDescription {
  readonly kind: "row_description";
  readonly fields: readonly FieldDescription[];
}

/** A field with an empty name. */
const FIELD_BYTES = 19;

export function readRowDescription(reader: ByteReader): RowDescription {
  const fields: FieldDescription[] = [];
  for (let left = reader.count16(FIELD_BYTES); left > 0; left--) fields.push(readField(reader));
  return { kind: "row_description", fields };
}

export function encodeRowDescription(message: RowDescription): Uint8Array {
  let bodyBytes = 2;
  for (const field of message.fields) bodyBytes += FIELD_BYTES + field.name.length;
  return encodeFrame(BACKEND_CODES.row_description, bodyBytes, (writer) => {
    writer.u16(message.fields.length);
    for (const field of message.fields) {
      writer.text(field.name);
      writer.u32(field.tableOid);
      writer.i16(field.attribute);
      writer.u32(field.typeOid);
      writer.i16(field.typeSize);
      writer.i32(field.typeModifier);
      writer.u16(field.format);
    }
  });
}

function readField(reader: ByteReader): FieldDescription {
  return {
    name: reader.text(),
    tableOid: reader.u32(),
    attribute: reader.i16(),
    typeOid: reader.u32(),
    typeSize: reader.i16(),
    typeModifier: reader.i32(),
    format: readFormat(reader),
  };
}
