// CancelRequest: asks, on a connection of its own, to cancel what another connection runs. Never answered. Pure.
// The secret key is 4 bytes in 3.0 and 4 to 256 in 3.2; its length is what the packet leaves for it.

import type { ByteReader, ByteWriter } from "#core/bytes";
import { WIRE_LIMITS } from "../limits.ts";
import { SPECIAL_CODES } from "./codes.ts";
import { encodePacket } from "./encode-packet.ts";

export interface CancelRequest {
  readonly kind: "cancel_request";
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

export function readCancelRequest(reader: ByteReader): CancelRequest {
  return { kind: "cancel_request", processId: reader.u32(), secretKey: readSecretKey(reader) };
}

export function encodeCancelRequest(message: CancelRequest): Uint8Array {
  return encodePacket(SPECIAL_CODES.cancel_request, (writer) => {
    writer.u32(message.processId);
    writeSecretKey(writer, message.secretKey);
  });
}

/** The rest of the message, where its length is that of a key. */
export function readSecretKey(reader: ByteReader): Uint8Array {
  if (!isKeyLength(reader.remaining)) reader.fail("secret key of 4 to 256 bytes expected");
  return reader.rest();
}

export function writeSecretKey(writer: ByteWriter, key: Uint8Array): void {
  if (!isKeyLength(key.length)) throw new RangeError("secret key of 4 to 256 bytes expected");
  writer.bytes(key);
}

function isKeyLength(bytes: number): boolean {
  return bytes >= WIRE_LIMITS.cancelKeyMinBytes && bytes <= WIRE_LIMITS.cancelKeyMaxBytes;
}
