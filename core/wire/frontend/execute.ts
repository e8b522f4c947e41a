// Execute (F): runs a portal, or runs it on. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Execute {
  readonly kind: "execute";
  readonly portal: string;
  /** Signed, and like 0 any negative number is no limit (postgres.c exec_execute_message). */
  readonly maxRows: number;
}

export function readExecute(reader: ByteReader): Execute {
  return { kind: "execute", portal: reader.text(), maxRows: reader.i32() };
}

export function encodeExecute(message: Execute): Uint8Array {
  return encodeFrame(FRONTEND_CODES.execute, message.portal.length + 5, (writer) => {
    writer.text(message.portal);
    writer.i32(message.maxRows);
  });
}
