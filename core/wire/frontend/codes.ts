// The code byte of each message that a client sends. For switching on frame.code without decoding. Pure.

import { COPY_DATA_CODE } from "../both/copy-data.ts";
import { COPY_DONE_CODE } from "../both/copy-done.ts";
import type { FrontendMessage } from "./message.ts";

export type FrontendKind = FrontendMessage["kind"];

export const FRONTEND_CODES = {
  bind: 0x42, // 'B'
  close: 0x43, // 'C'
  copy_data: COPY_DATA_CODE,
  copy_done: COPY_DONE_CODE,
  copy_fail: 0x66, // 'f'
  describe: 0x44, // 'D'
  execute: 0x45, // 'E'
  flush: 0x48, // 'H'
  function_call: 0x46, // 'F'
  gss_response: 0x70, // 'p'
  parse: 0x50, // 'P'
  password_family: 0x70, // 'p'
  password_message: 0x70, // 'p'
  query: 0x51, // 'Q'
  sasl_initial_response: 0x70, // 'p'
  sasl_response: 0x70, // 'p'
  sync: 0x53, // 'S'
  terminate: 0x58, // 'X'
} as const satisfies Record<FrontendKind, number>;
