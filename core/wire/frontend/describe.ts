// Describe (F): asks what a prepared statement or a portal takes and returns. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";
import { readTarget, writeTarget, type Target } from "./target.ts";

export interface Describe extends Target {
  readonly kind: "describe";
}

export function readDescribe(reader: ByteReader): Describe {
  return { kind: "describe", ...readTarget(reader) };
}

export function encodeDescribe(message: Describe): Uint8Array {
  return encodeFrame(FRONTEND_CODES.describe, message.name.length + 2, (writer) =>
    writeTarget(writer, message),
  );
}
