// AuthenticationKerberosV5 (B): no longer sent by PostgreSQL, still in the protocol. Pure.

import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationKerberosV5 {
  readonly kind: "authentication_kerberos_v5";
}

export function readAuthenticationKerberosV5(): AuthenticationKerberosV5 {
  return { kind: "authentication_kerberos_v5" };
}

export function encodeAuthenticationKerberosV5(): Uint8Array {
  return encodeAuthenticationFrame("authentication_kerberos_v5");
}
