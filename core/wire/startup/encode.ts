// A start-up packet to bytes. Pure.

import { encodeCancelRequest } from "./cancel-request.ts";
import { encodeGssencRequest } from "./gssenc-request.ts";
import type { StartupPacket } from "./packet.ts";
import { encodeSslRequest } from "./ssl-request.ts";
import { encodeStartupMessage } from "./startup-message.ts";

export function encodeStartup(packet: StartupPacket): Uint8Array {
  switch (packet.kind) {
    case "startup_message":
      return encodeStartupMessage(packet);
    case "ssl_request":
      return encodeSslRequest();
    case "gssenc_request":
      return encodeGssencRequest();
    case "cancel_request":
      return encodeCancelRequest(packet);
  }
}
