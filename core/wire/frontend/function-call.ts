// FunctionCall (F): calls a function by its OID, past the statement protocols (libpq's PQfn, large objects). Pure.

import type { ByteReader } from "#core/bytes";
import { checkFormatCount, readFormat, readFormats, writeFormats, type Format } from "../format.ts";
import { encodeFrame } from "../frame.ts";
import { readValues, valuesBytes, writeValues, type Value } from "../values.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface FunctionCall {
  readonly kind: "function_call";
  readonly functionOid: number;
  /** None for all text, one for all, or one for each argument: `formatOf` knows. */
  readonly argumentFormats: readonly Format[];
  readonly arguments: readonly Value[];
  readonly resultFormat: Format;
}

export function readFunctionCall(reader: ByteReader): FunctionCall {
  const functionOid = reader.u32();
  const argumentFormats = readFormats(reader);
  const values = readValues(reader);
  checkFormatCount(reader, argumentFormats, values.length);
  const resultFormat = readFormat(reader);
  return { kind: "function_call", functionOid, argumentFormats, arguments: values, resultFormat };
}

export function encodeFunctionCall(message: FunctionCall): Uint8Array {
  const bodyBytes = 8 + 2 * message.argumentFormats.length + valuesBytes(message.arguments);
  return encodeFrame(FRONTEND_CODES.function_call, bodyBytes, (writer) => {
    writer.u32(message.functionOid);
    writeFormats(writer, message.argumentFormats);
    writeValues(writer, message.arguments);
    writer.u16(message.resultFormat);
  });
}
