// A frame: one message of the wire, whole and unread, as it is forwarded. And how a message becomes one. Pure.

import { ByteReader, ByteWriter } from "#core/bytes";
import { err, ok, type Result } from "../result.ts";
import { malformed, type WireError } from "./error.ts";

export interface Frame {
  readonly code: number;
  /** All of it: the code byte, the length word, the body from {@link HEADER_BYTES} on. A view; not to be written. */
  readonly bytes: Uint8Array;
}

/** The code byte and the length word. */
export const HEADER_BYTES = 5;

/** A frame around what `writeBody` writes. `bodyBytes` is the expected size: exact saves copies, wrong does no harm. */
export function encodeFrame(
  code: number,
  bodyBytes: number,
  writeBody: (writer: ByteWriter) => void,
): Uint8Array {
  const writer = new ByteWriter(HEADER_BYTES + bodyBytes);
  writer.u8(code);
  writer.i32(0);
  writeBody(writer);
  writer.patch32(1, writer.length - 1);
  return writer.finish();
}

/** A frame without a body. */
export function encodeEmptyFrame(code: number): Uint8Array {
  return Uint8Array.of(code, 0, 0, 0, 4);
}

/**
 * Reads a body to its end, or says why not: a fault of the reader voids whatever `read` gave, so a reader of a message need
 * not stop at its first fault. `name` is the kind of message, for the error.
 */
export function readBody<T>(
  frame: Frame,
  name: string,
  read: (reader: ByteReader) => T | null,
): Result<T, WireError> {
  const reader = new ByteReader(frame.bytes);
  const fits = reader.u8() === frame.code && reader.u32() === frame.bytes.length - 1;
  if (!fits || reader.fault !== null) return err(malformed(name, "header does not fit the frame"));
  const message = read(reader);
  const fault = reader.finish();
  return fault === null && message !== null ? ok(message) : err(malformed(name, fault ?? "unreadable"));
}
