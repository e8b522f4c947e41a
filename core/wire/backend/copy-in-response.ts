// CopyInResponse (B): the server is ready to take a COPY stream. Pure.

import type { ByteReader } from "#core/bytes";
import { BACKEND_CODES } from "./codes.ts";
import { encodeCopyFormats, readCopyFormats, type CopyFormats } from "./copy-formats.ts";

export interface CopyInResponse extends CopyFormats {
  readonly kind: "copy_in_response";
}

export function readCopyInResponse(reader: ByteReader): CopyInResponse {
  return { kind: "copy_in_response", ...readCopyFormats(reader) };
}

export function encodeCopyInResponse(message: CopyInResponse): Uint8Array {
  return encodeCopyFormats(BACKEND_CODES.copy_in_response, message);
}
