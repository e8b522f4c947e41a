// A start-up packet around its version word and what follows. Pure.

import { ByteWriter } from "#core/bytes";

export function encodePacket(version: number, writeRest: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writer.i32(0);
  writer.u32(version);
  writeRest(writer);
  writer.patch32(0, writer.length);
  return writer.finish();
}
