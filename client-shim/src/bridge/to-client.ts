// Gateway -> client: binary messages as bytes of the TCP socket, acknowledged once the socket has taken them. A client that
// does not read gets no more than a window, and neither does this process.

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { MessageBoundary } from "./message-boundary.ts";
import { ReceiveWindow } from "./window.ts";

export class ToClient {
  readonly #client: Socket;
  readonly #gateway: WebSocket;
  readonly #window = new ReceiveWindow();
  readonly #boundary = new MessageBoundary();

  constructor(client: Socket, gateway: WebSocket) {
    this.#client = client;
    this.#gateway = gateway;
  }

  /** Whether a message of our own may follow what the client was given. */
  get atBoundary(): boolean {
    return this.#boundary.reached;
  }

  /** False if the gateway passed the window. */
  send(bytes: Buffer): boolean {
    if (!this.#window.received(bytes.length)) return false;
    this.#boundary.pass(bytes);
    this.#client.write(bytes, (failed) => {
      const due = failed ? null : this.#window.consumed(bytes.length);
      if (due !== null && this.#gateway.readyState === this.#gateway.OPEN)
        this.#gateway.send(JSON.stringify(due));
    });
    return true;
  }
}
