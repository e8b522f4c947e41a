// AuthenticationMD5Password (B): the password as md5(md5(password + user) + salt). Pure.

import type { ByteReader } from "#core/bytes";
import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationMd5Password {
  readonly kind: "authentication_md5_password";
  /** Four bytes. */
  readonly salt: Uint8Array;
}

const SALT_BYTES = 4;

export function readAuthenticationMd5Password(reader: ByteReader): AuthenticationMd5Password {
  return { kind: "authentication_md5_password", salt: reader.take(SALT_BYTES) };
}

export function encodeAuthenticationMd5Password(message: AuthenticationMd5Password): Uint8Array {
  if (message.salt.length !== SALT_BYTES) throw new RangeError("an md5 salt has four bytes");
  return encodeAuthenticationFrame("authentication_md5_password", (writer) => writer.bytes(message.salt));
}
