// AuthenticationGSSContinue (B): GSSAPI or SSPI data. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationGssContinue {
  readonly kind: "authentication_gss_continue";
  readonly data: Uint8Array;
}

export function readAuthenticationGssContinue(reader: ByteReader): AuthenticationGssContinue {
  return { kind: "authentication_gss_continue", data: reader.rest() };
}

export function encodeAuthenticationGssContinue(message: AuthenticationGssContinue): Uint8Array {
  return encodeAuthenticationFrame("authentication_gss_continue", (writer) => writer.bytes(message.data));
}
