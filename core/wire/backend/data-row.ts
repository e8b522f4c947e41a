// DataRow (B): one row. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { readValues, valuesBytes, writeValues, type Value } from "../values.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface DataRow {
  readonly kind: "data_row";
  /** Views; null is SQL NULL. */
  readonly values: readonly Value[];
}

export function readDataRow(reader: ByteReader): DataRow {
  return { kind: "data_row", values: readValues(reader) };
}

export function encodeDataRow(message: DataRow): Uint8Array {
  return encodeFrame(BACKEND_CODES.data_row, valuesBytes(message.values), (writer) =>
    writeValues(writer, message.values),
  );
}
