// Lists that several messages share: values behind their lengths, type OIDs. Pure.

import type { ByteReader, ByteWriter } from "#core/bytes";

/** null is SQL NULL. */
export type Value = Uint8Array | null;

export function readValues(reader: ByteReader): Value[] {
  const values: Value[] = [];
  for (let left = reader.count16(4); left > 0; left--) values.push(reader.value());
  return values;
}

export function writeValues(writer: ByteWriter, values: readonly Value[]): void {
  writer.u16(values.length);
  for (const value of values) writer.value(value);
}

/** What {@link writeValues} will take. */
export function valuesBytes(values: readonly Value[]): number {
  let bytes = 2;
  for (const value of values) bytes += 4 + (value?.length ?? 0);
  return bytes;
}

export function readOids(reader: ByteReader): number[] {
  const oids: number[] = [];
  for (let left = reader.count16(4); left > 0; left--) oids.push(reader.u32());
  return oids;
}

export function writeOids(writer: ByteWriter, oids: readonly number[]): void {
  writer.u16(oids.length);
  for (const oid of oids) writer.u32(oid);
}
