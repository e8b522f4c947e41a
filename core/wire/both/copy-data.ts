// CopyData (F & B): a piece of a COPY stream. From the server one row or one piece of binary, from the client cut anywhere. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";

export interface CopyData {
  readonly kind: "copy_data";
  readonly data: Uint8Array;
}

export const COPY_DATA_CODE = 0x64; // 'd'

export function readCopyData(reader: ByteReader): CopyData {
  return { kind: "copy_data", data: reader.rest() };
}

export function encodeCopyData(message: CopyData): Uint8Array {
  return encodeFrame(COPY_DATA_CODE, message.data.length, (writer) => writer.bytes(message.data));
}
