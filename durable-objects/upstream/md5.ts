// PostgreSQL's md5 answer (protocol §54.2.1, AuthenticationMD5Password). Deprecated since 18, still out there.
// workerd's WebCrypto has MD5 (api/crypto/digest.c++); Node's has not, so this runs in workerd alone.

import { concat, hexEncode, utf8Encode } from "#core/bytes";

/** `md5` + md5(md5(password + user) + salt), each digest in hexadecimal digits. */
export async function md5Password(user: string, password: string, salt: Uint8Array): Promise<string> {
  const inner = await md5Hex(utf8Encode(password + user));
  return `md5${await md5Hex(concat([utf8Encode(inner), salt]))}`;
}

async function md5Hex(bytes: Uint8Array): Promise<string> {
  return hexEncode(new Uint8Array(await crypto.subtle.digest("MD5", bytes)));
}
