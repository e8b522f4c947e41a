// A CancelRequest takes a connection of its own, here as in PostgreSQL: its bytes go first, the gateway closes when it has
// acted, and only then is the client's socket closed, which is what libpq waits for.
// https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { CLOSE_CODES } from "../contract.ts";
import { sayFarewell } from "./farewell.ts";

/** A gateway that does not close has still got the request. */
const CANCEL_MS = 10_000;

/** A client that leaves early still has its request delivered. */
export function forwardCancel(client: Socket, gateway: WebSocket, request: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => gateway.close(CLOSE_CODES.sessionEnded), CANCEL_MS);
    gateway.on("error", () => {});
    gateway.once("close", () => {
      clearTimeout(impatience);
      sayFarewell(client, null);
      resolve();
    });
    gateway.send(request, { binary: true });
    gateway.resume();
  });
}
