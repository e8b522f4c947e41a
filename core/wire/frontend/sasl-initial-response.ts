// SASLInitialResponse (F): the chosen mechanism and its first data (SCRAM: client-first-message). Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface SaslInitialResponse {
  readonly kind: "sasl_initial_response";
  readonly mechanism: string;
  /** null where the mechanism has nothing to say first. */
  readonly data: Uint8Array | null;
}

export function readSaslInitialResponse(reader: ByteReader): SaslInitialResponse {
  return { kind: "sasl_initial_response", mechanism: reader.text(), data: reader.value() };
}

export function encodeSaslInitialResponse(message: SaslInitialResponse): Uint8Array {
  const bodyBytes = message.mechanism.length + 5 + (message.data?.length ?? 0);
  return encodeFrame(FRONTEND_CODES.sasl_initial_response, bodyBytes, (writer) => {
    writer.text(message.mechanism);
    writer.value(message.data);
  });
}
