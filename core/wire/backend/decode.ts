// A frame of the server's to the message it is. Pure; never throws on any bytes.

import type { ByteReader } from "#core/bytes";
import { err, type Result } from "../../result.ts";
import { readCopyData } from "../both/copy-data.ts";
import { readCopyDone } from "../both/copy-done.ts";
import { unknownMessage, type WireError } from "../error.ts";
import { readBody, type Frame } from "../frame.ts";
import { readAuthentication } from "./authentication.ts";
import { readBackendKeyData } from "./backend-key-data.ts";
import { readBindComplete } from "./bind-complete.ts";
import { readCloseComplete } from "./close-complete.ts";
import { BACKEND_CODES } from "./codes.ts";
import { readCommandComplete } from "./command-complete.ts";
import { readCopyBothResponse } from "./copy-both-response.ts";
import { readCopyInResponse } from "./copy-in-response.ts";
import { readCopyOutResponse } from "./copy-out-response.ts";
import { readDataRow } from "./data-row.ts";
import { readEmptyQueryResponse } from "./empty-query-response.ts";
import { readErrorResponse } from "./error-response.ts";
import { readFunctionCallResponse } from "./function-call-response.ts";
import type { BackendMessage, PlainBackendMessage } from "./message.ts";
import { readNegotiateProtocolVersion } from "./negotiate-protocol-version.ts";
import { readNoData } from "./no-data.ts";
import { readNoticeResponse } from "./notice-response.ts";
import { readNotificationResponse } from "./notification-response.ts";
import { readParameterDescription } from "./parameter-description.ts";
import { readParameterStatus } from "./parameter-status.ts";
import { readParseComplete } from "./parse-complete.ts";
import { readPortalSuspended } from "./portal-suspended.ts";
import { readReadyForQuery } from "./ready-for-query.ts";
import { readRowDescription } from "./row-description.ts";

type Kind = PlainBackendMessage["kind"];
type Read = (reader: ByteReader) => BackendMessage | null;

const READ = {
  backend_key_data: readBackendKeyData,
  bind_complete: readBindComplete,
  close_complete: readCloseComplete,
  command_complete: readCommandComplete,
  copy_both_response: readCopyBothResponse,
  copy_data: readCopyData,
  copy_done: readCopyDone,
  copy_in_response: readCopyInResponse,
  copy_out_response: readCopyOutResponse,
  data_row: readDataRow,
  empty_query_response: readEmptyQueryResponse,
  error_response: readErrorResponse,
  function_call_response: readFunctionCallResponse,
  negotiate_protocol_version: readNegotiateProtocolVersion,
  no_data: readNoData,
  notice_response: readNoticeResponse,
  notification_response: readNotificationResponse,
  parameter_description: readParameterDescription,
  parameter_status: readParameterStatus,
  parse_complete: readParseComplete,
  portal_suspended: readPortalSuspended,
  ready_for_query: readReadyForQuery,
  row_description: readRowDescription,
} as const satisfies {
  [K in Kind]: (reader: ByteReader) => Extract<PlainBackendMessage, { kind: K }> | null;
};

const BY_CODE = new Map<number, readonly [name: string, read: Read]>([
  [BACKEND_CODES.authentication_ok, ["authentication", readAuthentication]],
  ...(Object.keys(READ) as Kind[]).map((kind) => [BACKEND_CODES[kind], [kind, READ[kind]]] as const),
]);

export function decodeBackend(frame: Frame): Result<BackendMessage, WireError> {
  const known = BY_CODE.get(frame.code);
  return known === undefined
    ? err(unknownMessage("backend", frame.code))
    : readBody(frame, known[0], known[1]);
}
