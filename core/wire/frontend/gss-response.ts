// GSSResponse (F): GSSAPI or SSPI data. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface GssResponse {
  readonly kind: "gss_response";
  readonly data: Uint8Array;
}

export function readGssResponse(reader: ByteReader): GssResponse {
  return { kind: "gss_response", data: reader.rest() };
}

export function encodeGssResponse(message: GssResponse): Uint8Array {
  return encodeFrame(FRONTEND_CODES.gss_response, message.data.length, (writer) =>
    writer.bytes(message.data),
  );
}
