// Query (F): the simple protocol, a string of any number of statements. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Query {
  readonly kind: "query";
  /** Without the terminator. Whether it is UTF-8 is for the reader to find out. */
  readonly text: Uint8Array;
}

export function readQuery(reader: ByteReader): Query {
  return { kind: "query", text: reader.terminated() };
}

export function encodeQuery(message: Query): Uint8Array {
  return encodeFrame(FRONTEND_CODES.query, message.text.length + 1, (writer) =>
    writer.terminated(message.text),
  );
}
