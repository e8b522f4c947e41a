// What is read of a frame of PostgreSQL's by itself: its kind, the fields of an error, the name of a setting. Pure.

import { BACKEND_CODES, decodeBackend, type Fields, type Frame } from "#core/wire";

export const ENDS_RESPONSE: ReadonlySet<number> = new Set([
  BACKEND_CODES.error_response,
  BACKEND_CODES.command_complete,
  BACKEND_CODES.portal_suspended,
  BACKEND_CODES.empty_query_response,
  BACKEND_CODES.function_call_response,
]);

export const IS_DATA: ReadonlySet<number> = new Set([
  BACKEND_CODES.data_row,
  BACKEND_CODES.copy_data,
  BACKEND_CODES.function_call_response,
]);

export function parameterName(frame: Frame): string {
  const message = decodeBackend(frame);
  return message.ok && message.value.kind === "parameter_status" ? message.value.name : "";
}

export function errorFields(frame: Frame): Fields | null {
  const message = decodeBackend(frame);
  return message.ok && message.value.kind === "error_response" ? message.value.fields : null;
}

/** It ends the connection; so does one that cannot be read. */
export function isFatal(frame: Frame): boolean {
  const fields = errorFields(frame);
  const severity = fields?.get("V") ?? fields?.get("S");
  return fields === null || severity === "FATAL" || severity === "PANIC";
}
