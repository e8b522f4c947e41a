// ParameterStatus (B): the value of a reported setting, at start and at each change; may come at any time. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface ParameterStatus {
  readonly kind: "parameter_status";
  readonly name: string;
  readonly value: string;
}

export function readParameterStatus(reader: ByteReader): ParameterStatus {
  return { kind: "parameter_status", name: reader.text(), value: reader.text() };
}

export function encodeParameterStatus(message: ParameterStatus): Uint8Array {
  const bodyBytes = message.name.length + message.value.length + 2;
  return encodeFrame(BACKEND_CODES.parameter_status, bodyBytes, (writer) => {
    writer.text(message.name);
    writer.text(message.value);
  });
}
