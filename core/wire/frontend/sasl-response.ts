// SASLResponse (F): an answer to a challenge of the mechanism (SCRAM: client-final-message). Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface SaslResponse {
  readonly kind: "sasl_response";
  readonly data: Uint8Array;
}

export function readSaslResponse(reader: ByteReader): SaslResponse {
  return { kind: "sasl_response", data: reader.rest() };
}

export function encodeSaslResponse(message: SaslResponse): Uint8Array {
  return encodeFrame(FRONTEND_CODES.sasl_response, message.data.length, (writer) =>
    writer.bytes(message.data),
  );
}
