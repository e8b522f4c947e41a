// StartupMessage: the version a client asks for and its parameters, of any 3.x; what to make of 3.1 or of an unknown
// `_pq_.` option is negotiation, and the session's to decide. Pure.
// Stricter than PostgreSQL in two points: a name may come once only, because the last one wins there and a check of the
// first would be void, and both have to be UTF-8, because nothing has yet said what else they were.

import type { ByteReader } from "#core/bytes";
import { packVersion, type ProtocolVersion } from "../protocol-version.ts";
import { encodePacket } from "./encode-packet.ts";

export interface StartupMessage {
  readonly kind: "startup_message";
  readonly protocol: ProtocolVersion;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The version word has been read. */
export function readStartupMessage(reader: ByteReader, protocol: ProtocolVersion): StartupMessage {
  const parameters = new Map<string, string>();
  for (let name = reader.utf8(); name !== ""; name = reader.utf8()) {
    if (parameters.has(name)) reader.fail("duplicate parameter");
    parameters.set(name, reader.utf8());
  }
  return { kind: "startup_message", protocol, parameters };
}

export function encodeStartupMessage(message: StartupMessage): Uint8Array {
  return encodePacket(packVersion(message.protocol), (writer) => {
    for (const [name, value] of message.parameters) {
      if (name === "") throw new RangeError("an empty parameter name would end the list");
      writer.text(name);
      writer.text(value);
    }
    writer.u8(0);
  });
}
