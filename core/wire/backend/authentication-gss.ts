// AuthenticationGSS (B): starts GSSAPI. Pure.

import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationGss {
  readonly kind: "authentication_gss";
}

export function readAuthenticationGss(): AuthenticationGss {
  return { kind: "authentication_gss" };
}

export function encodeAuthenticationGss(): Uint8Array {
  return encodeAuthenticationFrame("authentication_gss");
}
