// ReadyForQuery (B): the server waits for the next command. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

/** I: idle; T: in a transaction block; E: in a failed one, which can only be rolled back. */
export type TransactionStatus = "I" | "T" | "E";

export interface ReadyForQuery {
  readonly kind: "ready_for_query";
  readonly status: TransactionStatus;
}

const STATUS_CODES = { I: 0x49, T: 0x54, E: 0x45 } as const satisfies Record<TransactionStatus, number>;

export function readReadyForQuery(reader: ByteReader): ReadyForQuery | null {
  const code = reader.u8();
  for (const status of ["I", "T", "E"] as const) {
    if (STATUS_CODES[status] === code) return { kind: "ready_for_query", status };
  }
  reader.fail("unknown transaction status");
  return null;
}

export function encodeReadyForQuery(message: ReadyForQuery): Uint8Array {
  return encodeFrame(BACKEND_CODES.ready_for_query, 1, (writer) => writer.u8(STATUS_CODES[message.status]));
}
