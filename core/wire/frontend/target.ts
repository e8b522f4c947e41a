// What Describe and Close name: 'S', a prepared statement, or 'P', a portal. Pure.

import type { ByteReader, ByteWriter } from "#core/bytes";

export interface Target {
  readonly target: "S" | "P";
  /** "" is the unnamed one. */
  readonly name: string;
}

const STATEMENT = 0x53;
const PORTAL = 0x50;

export function readTarget(reader: ByteReader): Target {
  const code = reader.u8();
  if (code !== STATEMENT && code !== PORTAL) reader.fail("unknown target");
  return { target: code === PORTAL ? "P" : "S", name: reader.text() };
}

export function writeTarget(writer: ByteWriter, message: Target): void {
  writer.u8(message.target === "P" ? PORTAL : STATEMENT);
  writer.text(message.name);
}
