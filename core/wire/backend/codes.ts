// The code byte of each message that a server sends. For switching on frame.code without decoding. Pure.

import { COPY_DATA_CODE } from "../both/copy-data.ts";
import { COPY_DONE_CODE } from "../both/copy-done.ts";
import type { BackendMessage } from "./message.ts";

export type BackendKind = BackendMessage["kind"];

export const BACKEND_CODES = {
  authentication_cleartext_password: 0x52, // 'R', as all of them
  authentication_gss: 0x52,
  authentication_gss_continue: 0x52,
  authentication_kerberos_v5: 0x52,
  authentication_md5_password: 0x52,
  authentication_ok: 0x52,
  authentication_sasl: 0x52,
  authentication_sasl_continue: 0x52,
  authentication_sasl_final: 0x52,
  authentication_scm_credential: 0x52,
  authentication_sspi: 0x52,
  backend_key_data: 0x4b, // 'K'
  bind_complete: 0x32, // '2'
  close_complete: 0x33, // '3'
  command_complete: 0x43, // 'C'
  copy_both_response: 0x57, // 'W'
  copy_data: COPY_DATA_CODE,
  copy_done: COPY_DONE_CODE,
  copy_in_response: 0x47, // 'G'
  copy_out_response: 0x48, // 'H'
  data_row: 0x44, // 'D'
  empty_query_response: 0x49, // 'I'
  error_response: 0x45, // 'E'
  function_call_response: 0x56, // 'V'
  negotiate_protocol_version: 0x76, // 'v'
  no_data: 0x6e, // 'n'
  notice_response: 0x4e, // 'N'
  notification_response: 0x41, // 'A'
  parameter_description: 0x74, // 't'
  parameter_status: 0x53, // 'S'
  parse_complete: 0x31, // '1'
  portal_suspended: 0x73, // 's'
  ready_for_query: 0x5a, // 'Z'
  row_description: 0x54, // 'T'
} as const satisfies Record<BackendKind, number>;
