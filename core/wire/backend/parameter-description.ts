// ParameterDescription (B): the parameter types of a prepared statement, in answer to Describe. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { readOids, writeOids } from "../values.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface ParameterDescription {
  readonly kind: "parameter_description";
  /** Type OIDs. */
  readonly types: readonly number[];
}

export function readParameterDescription(reader: ByteReader): ParameterDescription {
  return { kind: "parameter_description", types: readOids(reader) };
}

export function encodeParameterDescription(message: ParameterDescription): Uint8Array {
  return encodeFrame(BACKEND_CODES.parameter_description, 2 + 4 * message.types.length, (writer) =>
    writeOids(writer, message.types),
  );
}
