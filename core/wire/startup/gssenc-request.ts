// GSSENCRequest: asks for GSSAPI encryption; answered with one byte, 'G' or 'N'. Pure.

import { encodePacket } from "./encode-packet.ts";
import { SPECIAL_CODES } from "./codes.ts";

export interface GssencRequest {
  readonly kind: "gssenc_request";
}

export function readGssencRequest(): GssencRequest {
  return { kind: "gssenc_request" };
}

export function encodeGssencRequest(): Uint8Array {
  return encodePacket(SPECIAL_CODES.gssenc_request, () => {});
}
