// AuthenticationSSPI (B): starts SSPI. Pure.

import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationSspi {
  readonly kind: "authentication_sspi";
}

export function readAuthenticationSspi(): AuthenticationSspi {
  return { kind: "authentication_sspi" };
}

export function encodeAuthenticationSspi(): Uint8Array {
  return encodeAuthenticationFrame("authentication_sspi");
}
