// AuthenticationSASLContinue (B): a challenge of the chosen mechanism (SCRAM: server-first-message). Pure.

import type { ByteReader } from "#core/bytes";
import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationSaslContinue {
  readonly kind: "authentication_sasl_continue";
  readonly data: Uint8Array;
}

export function readAuthenticationSaslContinue(reader: ByteReader): AuthenticationSaslContinue {
  return { kind: "authentication_sasl_continue", data: reader.rest() };
}

export function encodeAuthenticationSaslContinue(message: AuthenticationSaslContinue): Uint8Array {
  return encodeAuthenticationFrame("authentication_sasl_continue", (writer) => writer.bytes(message.data));
}
