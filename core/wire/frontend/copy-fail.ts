// CopyFail (F): the client gives up its COPY stream, and the statement fails. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface CopyFail {
  readonly kind: "copy_fail";
  readonly reason: string;
}

export function readCopyFail(reader: ByteReader): CopyFail {
  return { kind: "copy_fail", reason: reader.text() };
}

export function encodeCopyFail(message: CopyFail): Uint8Array {
  return encodeFrame(FRONTEND_CODES.copy_fail, message.reason.length + 1, (writer) =>
    writer.text(message.reason),
  );
}
