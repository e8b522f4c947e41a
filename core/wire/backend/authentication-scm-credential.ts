// AuthenticationSCMCredential (B): Unix sockets of PostgreSQL before 9.1, still in the protocol. Pure.

import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationScmCredential {
  readonly kind: "authentication_scm_credential";
}

export function readAuthenticationScmCredential(): AuthenticationScmCredential {
  return { kind: "authentication_scm_credential" };
}

export function encodeAuthenticationScmCredential(): Uint8Array {
  return encodeAuthenticationFrame("authentication_scm_credential");
}
