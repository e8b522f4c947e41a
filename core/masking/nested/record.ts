// Changes fields of a composite value. Text is record_out's, binary record_send's (utils/adt/rowtypes.c). A value with other
// fields than the type was said to have becomes NULL: the type may have changed since.

import { ByteReader, ByteWriter } from "#core/bytes";
import type { Change } from "../values/codec.ts";
import { BACKSLASH, QUOTE, quoted } from "./quote.ts";

const OPEN = 0x28;
const CLOSE = 0x29;
const COMMA = 0x2c;

export interface FieldChange {
  readonly oid: number;
  /** null: it stays. */
  readonly change: Change | null;
}

export function changeRecordText(bytes: Uint8Array, fields: readonly FieldChange[]): Uint8Array | null {
  if (bytes[0] !== OPEN || fields.length === 0) return null;
  const writer = new ByteWriter(bytes.length + 16);
  let at = 0;
  for (const [index, { change }] of fields.entries()) {
    if (bytes[at] !== (index === 0 ? OPEN : COMMA)) return null;
    writer.bytes(bytes.subarray(at, at + 1));
    const field = readField(bytes, at + 1);
    if (field === null) return null;
    if (change === null) writer.bytes(bytes.subarray(at + 1, field.end));
    else {
      const changed = field.value === null ? null : change(field.value);
      if (changed !== null) writer.bytes(quoted(changed, '"\\(),', QUOTE, false));
    }
    at = field.end;
  }
  if (bytes[at] !== CLOSE || at !== bytes.length - 1) return null;
  writer.bytes(bytes.subarray(at));
  return writer.finish();
}

export function changeRecordBinary(bytes: Uint8Array, fields: readonly FieldChange[]): Uint8Array | null {
  const reader = new ByteReader(bytes);
  if (reader.i32() !== fields.length) return null;
  const writer = new ByteWriter(bytes.length + 16);
  writer.i32(fields.length);
  for (const { oid, change } of fields) {
    const sent = reader.u32();
    if (sent !== oid) return null;
    const value = reader.value();
    writer.u32(oid);
    writer.value(value === null || change === null ? value : change(value));
  }
  return reader.finish() === null ? writer.finish() : null;
}

interface Field {
  /** null: nothing between the commas, which is NULL. */
  readonly value: Uint8Array | null;
  readonly end: number;
}

function readField(bytes: Uint8Array, from: number): Field | null {
  const value = new Uint8Array(bytes.length - from);
  let length = 0;
  let inside = false;
  for (let at = from; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (!inside && (byte === COMMA || byte === CLOSE)) {
      return { value: at === from ? null : value.subarray(0, length), end: at };
    }
    if (byte === QUOTE) {
      if (!inside || bytes[at + 1] !== QUOTE) {
        inside = !inside;
        continue;
      }
      at++;
    } else if (byte === BACKSLASH) byte = bytes[++at] ?? 0;
    value[length++] = byte;
  }
  return null;
}
