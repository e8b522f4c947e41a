// The body that CopyInResponse, CopyOutResponse and CopyBothResponse share. Pure.

import type { ByteReader } from "#core/bytes";
import { readFormat8, readFormats, writeFormats, type Format } from "../format.ts";
import { encodeFrame } from "../frame.ts";

export interface CopyFormats {
  /** Of the stream: 0 is lines of text or CSV, 1 is PostgreSQL's binary format. */
  readonly format: Format;
  readonly columnFormats: readonly Format[];
}

export function readCopyFormats(reader: ByteReader): CopyFormats {
  return { format: readFormat8(reader), columnFormats: readFormats(reader) };
}

export function encodeCopyFormats(code: number, message: CopyFormats): Uint8Array {
  return encodeFrame(code, 3 + 2 * message.columnFormats.length, (writer) => {
    writer.u8(message.format);
    writeFormats(writer, message.columnFormats);
  });
}
