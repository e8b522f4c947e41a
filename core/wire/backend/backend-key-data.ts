// BackendKeyData (B): what a CancelRequest for this session has to bring. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { readSecretKey, writeSecretKey } from "../startup/cancel-request.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface BackendKeyData {
  readonly kind: "backend_key_data";
  readonly processId: number;
  /** 4 bytes in 3.0, 4 to 256 in 3.2. */
  readonly secretKey: Uint8Array;
}

export function readBackendKeyData(reader: ByteReader): BackendKeyData {
  return { kind: "backend_key_data", processId: reader.u32(), secretKey: readSecretKey(reader) };
}

export function encodeBackendKeyData(message: BackendKeyData): Uint8Array {
  return encodeFrame(BACKEND_CODES.backend_key_data, 4 + message.secretKey.length, (writer) => {
    writer.u32(message.processId);
    writeSecretKey(writer, message.secretKey);
  });
}
