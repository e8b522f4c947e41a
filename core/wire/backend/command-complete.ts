// CommandComplete (B): a statement ended well. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface CommandComplete {
  readonly kind: "command_complete";
  /** As in "SELECT 3" or "INSERT 0 1". */
  readonly tag: string;
}

export function readCommandComplete(reader: ByteReader): CommandComplete {
  return { kind: "command_complete", tag: reader.text() };
}

export function encodeCommandComplete(message: CommandComplete): Uint8Array {
  return encodeFrame(BACKEND_CODES.command_complete, message.tag.length + 1, (writer) =>
    writer.text(message.tag),
  );
}
