// The untyped packets that open a connection: a length word, a version word, the rest. Types only.

import type { CancelRequest } from "./cancel-request.ts";
import type { GssencRequest } from "./gssenc-request.ts";
import type { SslRequest } from "./ssl-request.ts";
import type { StartupMessage } from "./startup-message.ts";

export type StartupPacket = StartupMessage | SslRequest | GssencRequest | CancelRequest;
