// The authentication requests (B): one code 'R', told apart by the word that follows. Pure.

import type { ByteWriter } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import type { AuthenticationMessage } from "./authentication.ts";
import { BACKEND_CODES } from "./codes.ts";

export const AUTHENTICATION_REQUESTS = {
  authentication_ok: 0,
  authentication_kerberos_v5: 2,
  authentication_cleartext_password: 3,
  authentication_md5_password: 5,
  authentication_scm_credential: 6,
  authentication_gss: 7,
  authentication_gss_continue: 8,
  authentication_sspi: 9,
  authentication_sasl: 10,
  authentication_sasl_continue: 11,
  authentication_sasl_final: 12,
} as const satisfies Record<AuthenticationMessage["kind"], number>;

export function encodeAuthenticationFrame(
  kind: AuthenticationMessage["kind"],
  writeRest: (writer: ByteWriter) => void = () => {},
): Uint8Array {
  return encodeFrame(BACKEND_CODES[kind], 32, (writer) => {
    writer.u32(AUTHENTICATION_REQUESTS[kind]);
    writeRest(writer);
  });
}
