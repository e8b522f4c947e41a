// ErrorResponse (B): the statement, or with severity FATAL the session, failed. Pure.

import type { ByteReader } from "#core/bytes";
import { BACKEND_CODES } from "./codes.ts";
import { encodeFields, readFields, type Fields } from "./fields.ts";

export interface ErrorResponse {
  readonly kind: "error_response";
  /** By field letter: S, V, C, M and the rest of "Error and Notice Message Fields". */
  readonly fields: Fields;
}

export function readErrorResponse(reader: ByteReader): ErrorResponse {
  return { kind: "error_response", fields: readFields(reader) };
}

export function encodeErrorResponse(message: ErrorResponse): Uint8Array {
  return encodeFields(BACKEND_CODES.error_response, message.fields);
}
