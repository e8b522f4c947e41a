// AuthenticationSASL (B): the mechanisms to choose from, in the server's order of preference. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeAuthenticationFrame } from "./authentication-frame.ts";

export interface AuthenticationSasl {
  readonly kind: "authentication_sasl";
  readonly mechanisms: readonly string[];
}

export function readAuthenticationSasl(reader: ByteReader): AuthenticationSasl {
  const mechanisms: string[] = [];
  for (let name = reader.text(); name !== ""; name = reader.text()) mechanisms.push(name);
  return { kind: "authentication_sasl", mechanisms };
}

export function encodeAuthenticationSasl(message: AuthenticationSasl): Uint8Array {
  return encodeAuthenticationFrame("authentication_sasl", (writer) => {
    for (const name of message.mechanisms) {
      if (name === "") throw new RangeError("an empty mechanism name would end the list");
      writer.text(name);
    }
    writer.u8(0);
  });
}
