// Parse (F): prepares one statement under a name. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { readOids, writeOids } from "../values.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Parse {
  readonly kind: "parse";
  /** "" is the unnamed one. */
  readonly statement: string;
  /** Without the terminator. Whether it is UTF-8 is for the reader to find out. */
  readonly text: Uint8Array;
  /** OIDs of the first parameters; 0 leaves one to the server. */
  readonly parameterTypes: readonly number[];
}

export function readParse(reader: ByteReader): Parse {
  return {
    kind: "parse",
    statement: reader.text(),
    text: reader.terminated(),
    parameterTypes: readOids(reader),
  };
}

export function encodeParse(message: Parse): Uint8Array {
  const bodyBytes = message.statement.length + message.text.length + 4 + 4 * message.parameterTypes.length;
  return encodeFrame(FRONTEND_CODES.parse, bodyBytes, (writer) => {
    writer.text(message.statement);
    writer.terminated(message.text);
    writeOids(writer, message.parameterTypes);
  });
}
