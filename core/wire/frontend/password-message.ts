// PasswordMessage (F): the answer to AuthenticationCleartextPassword or AuthenticationMD5Password. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface PasswordMessage {
  readonly kind: "password_message";
  /** Secret. The password, or `md5` and the digest. */
  readonly password: string;
}

export function readPasswordMessage(reader: ByteReader): PasswordMessage {
  return { kind: "password_message", password: reader.text() };
}

export function encodePasswordMessage(message: PasswordMessage): Uint8Array {
  return encodeFrame(FRONTEND_CODES.password_message, message.password.length + 1, (writer) =>
    writer.text(message.password),
  );
}
