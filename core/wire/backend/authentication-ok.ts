// AuthenticationOk (B): no more questions. Pure.

import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationOk {
  readonly kind: "authentication_ok";
}

export function readAuthenticationOk(): AuthenticationOk {
  return { kind: "authentication_ok" };
}

export function encodeAuthenticationOk(): Uint8Array {
  return encodeAuthenticationFrame("authentication_ok");
}
