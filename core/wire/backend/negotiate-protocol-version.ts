// NegotiateProtocolVersion (B): the server speaks less than the client asked for. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { packVersion, unpackVersion, type ProtocolVersion } from "../protocol-version.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface NegotiateProtocolVersion {
  readonly kind: "negotiate_protocol_version";
  /**
   * The newest version that the server speaks, of those up to the one asked for. PostgreSQL and libpq have the whole version word
   * here (3.2 is 0x00030002); a server that sends the minor number alone comes out with major 0.
   */
  readonly protocol: ProtocolVersion;
  /** Names of the `_pq_.` options that the server does not know. */
  readonly unrecognized: readonly string[];
}

export function readNegotiateProtocolVersion(reader: ByteReader): NegotiateProtocolVersion {
  const protocol = unpackVersion(reader.u32());
  const unrecognized: string[] = [];
  for (let left = reader.count32(1); left > 0; left--) unrecognized.push(reader.text());
  return { kind: "negotiate_protocol_version", protocol, unrecognized };
}

export function encodeNegotiateProtocolVersion(message: NegotiateProtocolVersion): Uint8Array {
  return encodeFrame(BACKEND_CODES.negotiate_protocol_version, 64, (writer) => {
    writer.u32(packVersion(message.protocol));
    writer.i32(message.unrecognized.length);
    for (const name of message.unrecognized) writer.text(name);
  });
}
