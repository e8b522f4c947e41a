// AuthenticationSASLFinal (B): the outcome of the mechanism (SCRAM: server-final-message). Pure.

import type { ByteReader } from "#core/bytes";
import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationSaslFinal {
  readonly kind: "authentication_sasl_final";
  readonly data: Uint8Array;
}

export function readAuthenticationSaslFinal(reader: ByteReader): AuthenticationSaslFinal {
  return { kind: "authentication_sasl_final", data: reader.rest() };
}

export function encodeAuthenticationSaslFinal(message: AuthenticationSaslFinal): Uint8Array {
  return encodeAuthenticationFrame("authentication_sasl_final", (writer) => writer.bytes(message.data));
}
