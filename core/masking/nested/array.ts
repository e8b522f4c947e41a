// Changes each element of an array and keeps its dimensions, bounds and NULLs. Text is array_out's, binary array_send's
// (utils/adt/arrayfuncs.c). What is neither becomes NULL.

import { ByteReader, ByteWriter } from "#core/bytes";
import type { Change } from "../values/codec.ts";
import { BACKSLASH, QUOTE, quoted } from "./quote.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const EQUALS = 0x3d;
const BRACKET = 0x5b;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
/** MAXDIM (utils/array.h) */
const MAX_DIMENSIONS = 6;
/** The one type whose arrays are not separated by commas. */
const BOX_OID = 603;
const NULL_WORD = [0x4e, 0x55, 0x4c, 0x4c];

export function changeArrayText(bytes: Uint8Array, elementOid: number, change: Change): Uint8Array | null {
  const delimiter = elementOid === BOX_OID ? SEMICOLON : COMMA;
  const special = `"\\{}${String.fromCharCode(delimiter)}`;
  const writer = new ByteWriter(bytes.length + 16);
  let at = bytes[0] === BRACKET ? bytes.indexOf(EQUALS) + 1 : 0;
  if (!isBounds(bytes.subarray(0, at))) return null;
  writer.bytes(bytes.subarray(0, at));
  let depth = 0;
  do {
    const byte = bytes[at];
    if (byte === undefined) return null;
    if (byte === OPEN || byte === CLOSE || byte === delimiter) {
      depth += byte === OPEN ? 1 : byte === CLOSE ? -1 : 0;
      writer.bytes(bytes.subarray(at, at + 1));
      at++;
      continue;
    }
    if (depth === 0) return null;
    const element = readElement(bytes, at, delimiter);
    const changed = element.value === null ? null : change(element.value);
    if (changed === null) writer.bytes(Uint8Array.from(NULL_WORD));
    else writer.bytes(quoted(changed, special, BACKSLASH, isNullWord(changed)));
    at = element.end;
  } while (depth > 0);
  return at === bytes.length && depth === 0 ? writer.finish() : null;
}

export function changeArrayBinary(bytes: Uint8Array, elementOid: number, change: Change): Uint8Array | null {
  const reader = new ByteReader(bytes);
  const dimensions = reader.i32();
  reader.i32();
  if (reader.u32() !== elementOid || dimensions < 0 || dimensions > MAX_DIMENSIONS) return null;
  let left = dimensions === 0 ? 0 : 1;
  for (let i = 0; i < dimensions; i++) {
    left *= reader.u32();
    reader.i32();
  }
  const head = bytes.subarray(0, bytes.length - reader.remaining);
  if (reader.fault !== null || left * 4 > reader.remaining) return null;
  const writer = new ByteWriter(bytes.length + 16);
  writer.bytes(head);
  let nulls = 0;
  for (; left > 0; left--) {
    const value = reader.value();
    const changed = value === null ? null : change(value);
    if (changed === null) nulls = 1;
    writer.value(changed);
  }
  writer.patch32(4, nulls);
  return reader.finish() === null ? writer.finish() : null;
}

interface Element {
  readonly value: Uint8Array | null;
  readonly end: number;
}

function readElement(bytes: Uint8Array, from: number, delimiter: number): Element {
  const value = new Uint8Array(bytes.length - from);
  let length = 0;
  let quoted = false;
  let inside = false;
  let at = from;
  for (; at < bytes.length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      inside = !inside;
      quoted = true;
      continue;
    }
    if (!inside && (byte === delimiter || byte === OPEN || byte === CLOSE)) break;
    if (byte === BACKSLASH) byte = bytes[++at] ?? 0;
    value[length++] = byte;
  }
  const read = value.subarray(0, length);
  return { value: !quoted && isNullWord(read) ? null : read, end: at };
}

/** `[1:2][-3:0]=`, or nothing. */
function isBounds(bytes: Uint8Array): boolean {
  return (
    bytes.length === 0 ||
    /^(?:\[[-+]?\d{1,10}:[-+]?\d{1,10}\]){1,6}=$/.test(String.fromCharCode(...bytes.subarray(0, 256)))
  );
}

function isNullWord(bytes: Uint8Array): boolean {
  return bytes.length === 4 && NULL_WORD.every((letter, at) => ((bytes[at] ?? 0) & 0xdf) === letter);
}
