// How a client's socket is ended without losing the last bytes: a socket closed with unread input is reset, and a reset
// discards what the other side has not read yet, which would be the error message that matters.

import type { Socket } from "node:net";
import type { Refusal } from "../refusal.ts";
import { errorResponse } from "./error-response.ts";

/** How long a client may keep its side open after the end; it has nothing more to say that anyone hears. */
const LINGER_MS = 5_000;

/** Flushes, says the refusal if there is one, ends, and drops what the client still sends. */
export function sayFarewell(client: Socket, refusal: Refusal | null): void {
  if (client.destroyed || client.writableEnded) return;
  client.removeAllListeners("data").on("data", () => {});
  client.once("finish", () => {
    if (client.readableEnded) client.destroy();
    const linger = setTimeout(() => client.destroy(), LINGER_MS).unref();
    client.once("close", () => clearTimeout(linger));
  });
  client.once("end", () => {
    if (client.writableFinished) client.destroy();
  });
  if (refusal !== null) client.write(errorResponse(refusal));
  client.end();
  client.resume();
}
