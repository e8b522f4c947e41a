// SSLRequest: asks for TLS; answered with one byte, 'S' or 'N'. Pure.

import { encodePacket } from "./encode-packet.ts";
import { SPECIAL_CODES } from "./codes.ts";

export interface SslRequest {
  readonly kind: "ssl_request";
}

export function readSslRequest(): SslRequest {
  return { kind: "ssl_request" };
}

export function encodeSslRequest(): Uint8Array {
  return encodePacket(SPECIAL_CODES.ssl_request, () => {});
}
