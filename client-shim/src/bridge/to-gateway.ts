// Client -> gateway: bytes of the TCP socket as binary messages, never more of them than the window allows. When it is
// full the socket is not read, so the client's own TCP stack waits; what is held here is one chunk of that socket.

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { SendWindow } from "./window.ts";

/** Large enough to be cheap, small enough to share the line; also what Node reads from a socket at once. */
const MESSAGE_BYTES = 64 * 1024;

export class ToGateway {
  readonly #client: Socket;
  readonly #gateway: WebSocket;
  readonly #window = new SendWindow();
  /** Read from the client, not yet allowed out. The client is paused as long as there is any. */
  #held: Buffer | null = null;

  constructor(client: Socket, gateway: WebSocket) {
    this.#client = client;
    this.#gateway = gateway;
  }

  readonly send = (chunk: Buffer): void => {
    let rest = chunk;
    while (rest.length > 0) {
      const bytes = Math.min(rest.length, MESSAGE_BYTES, this.#window.room);
      if (bytes === 0) break;
      this.#gateway.send(rest.subarray(0, bytes), { binary: true });
      this.#window.sent(bytes);
      rest = rest.subarray(bytes);
    }
    this.#held = rest.length > 0 ? rest : null;
    if (this.#held === null) this.#client.resume();
    else this.#client.pause();
  };

  /** False if the gateway acknowledged what it cannot have got. */
  acknowledged(total: number): boolean {
    if (!this.#window.acknowledged(total)) return false;
    if (this.#held !== null) this.send(this.#held);
    return true;
  }
}
