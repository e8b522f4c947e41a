// AuthenticationCleartextPassword (B): the password as it is. Pure.

import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationCleartextPassword {
  readonly kind: "authentication_cleartext_password";
}

export function readAuthenticationCleartextPassword(): AuthenticationCleartextPassword {
  return { kind: "authentication_cleartext_password" };
}

export function encodeAuthenticationCleartextPassword(): Uint8Array {
  return encodeAuthenticationFrame("authentication_cleartext_password");
}
