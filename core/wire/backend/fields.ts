// The fields of ErrorResponse and NoticeResponse: a letter and a string each, up to a zero byte. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";

/** By field letter, in the order of the wire. */
export type Fields = ReadonlyMap<string, string>;

export function readFields(reader: ByteReader): Fields {
  const fields = new Map<string, string>();
  for (let letter = reader.u8(); letter !== 0; letter = reader.u8()) {
    const name = String.fromCharCode(letter);
    if (fields.has(name)) reader.fail("duplicate field");
    fields.set(name, reader.text());
  }
  return fields;
}

export function encodeFields(code: number, fields: Fields): Uint8Array {
  return encodeFrame(code, 256, (writer) => {
    for (const [letter, text] of fields) {
      const byte = letter.length === 1 ? letter.charCodeAt(0) : 0;
      if (byte === 0) throw new RangeError("a field is named by one letter");
      writer.u8(byte);
      writer.text(text);
    }
    writer.u8(0);
  });
}
