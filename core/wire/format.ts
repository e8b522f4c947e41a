// Format codes of columns and parameters: 0 text, 1 binary. Anything else is a fault, never taken for text. Pure.

import type { ByteReader, ByteWriter } from "#core/bytes";

export type Format = 0 | 1;

export function readFormat(reader: ByteReader): Format {
  return check(reader, reader.u16());
}

/** The overall format of a COPY, which is a single byte. */
export function readFormat8(reader: ByteReader): Format {
  return check(reader, reader.u8());
}

export function readFormats(reader: ByteReader): Format[] {
  const formats: Format[] = [];
  for (let left = reader.count16(2); left > 0; left--) formats.push(readFormat(reader));
  return formats;
}

export function writeFormats(writer: ByteWriter, formats: readonly Format[]): void {
  writer.u16(formats.length);
  for (const format of formats) writer.u16(format);
}

/** The format of value `index`: no formats mean all text, one stands for all ("Message Formats", Bind). */
export function formatOf(formats: readonly Format[], index: number): Format {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? 0;
}

/** PostgreSQL's rule for Bind and FunctionCall: none, one for all, or one for each value. */
export function checkFormatCount(reader: ByteReader, formats: readonly Format[], values: number): void {
  if (formats.length > 1 && formats.length !== values) reader.fail("as many formats as values expected");
}

function check(reader: ByteReader, code: number): Format {
  if (code !== 0 && code !== 1) reader.fail("unknown format code");
  return code === 1 ? 1 : 0;
}
