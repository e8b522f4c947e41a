// The messages of code 'p' (F), unread. PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse look the same on
// the wire; only what the server last asked tells which it is, so decoding takes a second, deliberate step. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface PasswordFamily {
  readonly kind: "password_family";
  readonly body: Uint8Array;
}

export function readPasswordFamily(reader: ByteReader): PasswordFamily {
  return { kind: "password_family", body: reader.rest() };
}

export function encodePasswordFamily(message: PasswordFamily): Uint8Array {
  return encodeFrame(FRONTEND_CODES.password_family, message.body.length, (writer) =>
    writer.bytes(message.body),
  );
}
