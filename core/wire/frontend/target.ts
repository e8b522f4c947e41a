// What Describe and Close name: a prepared statement ('S') or a portal ('P'). Pure.

import type { ByteReader, ByteWriter } from "#core/bytes";

export interface Target {
  readonly target: "statement" | "portal";
  /** "" is the unnamed one. */
  readonly name: string;
}

const STATEMENT = 0x53;
const PORTAL = 0x50;

export function readTarget(reader: ByteReader): Target {
  const code = reader.u8();
  if (code !== STATEMENT && code !== PORTAL) reader.fail("unknown target");
  return { target: code === PORTAL ? "portal" : "statement", name: reader.text() };
}

export function writeTarget(writer: ByteWriter, message: Target): void {
  writer.u8(message.target === "portal" ? PORTAL : STATEMENT);
  writer.text(message.name);
}
