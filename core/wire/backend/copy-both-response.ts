// CopyBothResponse (B): streams follow in both directions; replication only. Pure.

import type { ByteReader } from "#core/bytes";
import { BACKEND_CODES } from "./codes.ts";
import { encodeCopyFormats, readCopyFormats, type CopyFormats } from "./copy-formats.ts";

export interface CopyBothResponse extends CopyFormats {
  readonly kind: "copy_both_response";
}

export function readCopyBothResponse(reader: ByteReader): CopyBothResponse {
  return { kind: "copy_both_response", ...readCopyFormats(reader) };
}

export function encodeCopyBothResponse(message: CopyBothResponse): Uint8Array {
  return encodeCopyFormats(BACKEND_CODES.copy_both_response, message);
}
