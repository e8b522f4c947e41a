// One TCP connection from accept to end, as a contents page: first packet, token, dial, then cancel or relay. The one place
// where a Refusal becomes bytes for the client and a line for whoever watches the shim.

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { Refusal, SQLSTATE, asRefusal } from "../refusal.ts";
import { forwardCancel } from "./cancel.ts";
import { dial } from "./dial.ts";
import { sayFarewell } from "./farewell.ts";
import { readFirstPacket } from "./first-packet.ts";
import { relay } from "./relay.ts";

export interface Route {
  /** The WebSocket of the target at the gateway. */
  readonly url: URL;
  readonly token: () => Promise<string>;
  readonly version: string;
  readonly report: (line: string) => void;
}

/** Resolves when both ends are closed. Aborting the signal, which is this connection's own, ends it at once. Never rejects. */
export async function serve(client: Socket, route: Route, signal: AbortSignal): Promise<void> {
  const closed = new Promise((resolve) => client.once("close", resolve));
  // `close` follows an error and is what everybody listens to.
  client.on("error", () => {});
  signal.addEventListener("abort", () => client.destroy());
  await converse(client, route, signal);
  await closed;
}

async function converse(client: Socket, route: Route, signal: AbortSignal): Promise<void> {
  const first = await readFirstPacket(client);
  if (first.kind === "gone") return void client.destroy();
  if (first.kind === "malformed") return refuse(client, route, MALFORMED);

  let gateway: WebSocket;
  try {
    gateway = await dial(route.url, await tokenUnlessAborted(route, signal), route.version, signal);
  } catch (fault) {
    // PostgreSQL does not answer a CancelRequest, not even with an error.
    return refuse(client, route, asRefusal(fault), first.kind !== "cancel");
  }
  signal.addEventListener("abort", () => gateway.terminate());

  if (first.kind === "cancel") await forwardCancel(client, gateway, first.bytes);
  else await relay(client, gateway, first.bytes);
}

/** A token may take minutes, where a person has to sign in; the end of the bridge does not wait for that. */
function tokenUnlessAborted(route: Route, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
    route.token().then(resolve, reject);
  });
}

const MALFORMED = new Refusal(
  SQLSTATE.protocolViolation,
  "this is not the start of a PostgreSQL connection",
  "Connect with a PostgreSQL client, without TLS on this stretch (sslmode=disable, sslnegotiation=postgres).",
);

function refuse(client: Socket, route: Route, refusal: Refusal, aloud = true): void {
  if (!client.destroyed) route.report(`${refusal.message}. ${refusal.hint}`);
  sayFarewell(client, aloud ? refusal : null);
}
