// Close (F): drops a prepared statement or a portal. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";
import { readTarget, writeTarget, type Target } from "./target.ts";

export interface Close extends Target {
  readonly kind: "close";
}

export function readClose(reader: ByteReader): Close {
  return { kind: "close", ...readTarget(reader) };
}

export function encodeClose(message: Close): Uint8Array {
  return encodeFrame(FRONTEND_CODES.close, message.name.length + 2, (writer) => writeTarget(writer, message));
}
