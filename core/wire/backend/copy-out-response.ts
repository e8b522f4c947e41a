// CopyOutResponse (B): a COPY stream follows. Pure.

import type { ByteReader } from "#core/bytes";
import { BACKEND_CODES } from "./codes.ts";
import { encodeCopyFormats, readCopyFormats, type CopyFormats } from "./copy-formats.ts";

export interface CopyOutResponse extends CopyFormats {
  readonly kind: "copy_out_response";
}

export function readCopyOutResponse(reader: ByteReader): CopyOutResponse {
  return { kind: "copy_out_response", ...readCopyFormats(reader) };
}

export function encodeCopyOutResponse(message: CopyOutResponse): Uint8Array {
  return encodeCopyFormats(BACKEND_CODES.copy_out_response, message);
}
