// A whole start-up packet to the message that its version word names. Pure.

import { ByteReader } from "#core/bytes";
import { err, ok, type Result } from "../../result.ts";
import { malformed, unsupportedProtocol, type WireError } from "../error.ts";
import { unpackVersion } from "../protocol-version.ts";
import { readCancelRequest } from "./cancel-request.ts";
import { SPECIAL_CODES } from "./codes.ts";
import { readGssencRequest } from "./gssenc-request.ts";
import type { StartupPacket } from "./packet.ts";
import { readSslRequest } from "./ssl-request.ts";
import { readStartupMessage } from "./startup-message.ts";

/** The one major version there is. */
const MAJOR = 3;

/** `bytes` is the whole packet with its length word. */
export function decodeStartup(bytes: Uint8Array): Result<StartupPacket, WireError> {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== bytes.length) return err(malformed("start-up", "length does not fit the packet"));
  const word = reader.u32();
  if (reader.fault !== null) return err(malformed("start-up", reader.fault));
  const packet = read(word, reader);
  if (packet === null) {
    const { major, minor } = unpackVersion(word);
    return err(unsupportedProtocol(major, minor));
  }
  const fault = reader.finish();
  return fault === null ? ok(packet) : err(malformed(packet.kind, fault));
}

function read(word: number, reader: ByteReader): StartupPacket | null {
  switch (word) {
    case SPECIAL_CODES.ssl_request:
      return readSslRequest();
    case SPECIAL_CODES.gssenc_request:
      return readGssencRequest();
    case SPECIAL_CODES.cancel_request:
      return readCancelRequest(reader);
    default: {
      const protocol = unpackVersion(word);
      return protocol.major === MAJOR ? readStartupMessage(reader, protocol) : null;
    }
  }
}
