// Bind (F): makes a portal of a prepared statement and its parameters. Pure.

import type { ByteReader } from "#core/bytes";
import { checkFormatCount, readFormats, writeFormats, type Format } from "../format.ts";
import { encodeFrame } from "../frame.ts";
import { readValues, valuesBytes, writeValues, type Value } from "../values.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Bind {
  readonly kind: "bind";
  readonly portal: string;
  readonly statement: string;
  /** None for all text, one for all, or one for each parameter: `formatOf` knows. */
  readonly parameterFormats: readonly Format[];
  /** Views; null is SQL NULL. */
  readonly parameters: readonly Value[];
  /** The same of the columns, whose number Bind does not know. */
  readonly resultFormats: readonly Format[];
}

export function readBind(reader: ByteReader): Bind {
  const portal = reader.text();
  const statement = reader.text();
  const parameterFormats = readFormats(reader);
  const parameters = readValues(reader);
  checkFormatCount(reader, parameterFormats, parameters.length);
  return {
    kind: "bind",
    portal,
    statement,
    parameterFormats,
    parameters,
    resultFormats: readFormats(reader),
  };
}

export function encodeBind(message: Bind): Uint8Array {
  const formats = message.parameterFormats.length + message.resultFormats.length;
  const names = message.portal.length + message.statement.length + 2;
  return encodeFrame(
    FRONTEND_CODES.bind,
    names + 4 + 2 * formats + valuesBytes(message.parameters),
    (writer) => {
      writer.text(message.portal);
      writer.text(message.statement);
      writeFormats(writer, message.parameterFormats);
      writeValues(writer, message.parameters);
      writeFormats(writer, message.resultFormats);
    },
  );
}
