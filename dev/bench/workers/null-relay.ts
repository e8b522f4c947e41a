// The floor under the gateway: the same shim and sub-protocol, one object a connection, and an object that only relays. It
// authenticates nobody, decodes nothing, stores nothing: what it costs is what the platform costs. Loopback only.

import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import {
  ACKNOWLEDGE_EVERY_BYTES,
  type Acknowledgement,
  SUBPROTOCOL_FLOW,
  WINDOW_BYTES,
} from "../../../client-shim/src/contract.ts";

interface Env {
  readonly RELAYS: DurableObjectNamespace<NullRelay>;
  /** HOST:PORT of the database. */
  readonly DATABASE: string;
}

/** As the gateway reads (upstream/socket-stream.ts). */
const READ_BYTES = 128 * 1024;

export class NullRelay extends DurableObject<Env> {
  #sent = 0;
  #acknowledged = 0;
  #consumed = 0;
  #consumedAcknowledged = 0;
  #resume: (() => void) | null = null;

  override async fetch(): Promise<Response> {
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    server.binaryType = "arraybuffer";
    server.accept();
    const socket = connect(this.env.DATABASE);
    const writer = socket.writable.getWriter();
    server.addEventListener("message", ({ data }) => {
      if (typeof data === "string") return this.#acknowledge(data);
      const bytes = new Uint8Array(data as ArrayBuffer);
      writer.write(bytes).then(
        () => this.#consume(server, bytes.length),
        () => server.close(),
      );
    });
    server.addEventListener("close", () => void socket.close());
    void this.#relay(socket, server).catch(() => server.close());
    return new Response(null, {
      status: 101,
      webSocket: client,
      headers: { "sec-websocket-protocol": SUBPROTOCOL_FLOW },
    });
  }

  async #relay(socket: Socket, server: WebSocket): Promise<void> {
    const reader = socket.readable.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(READ_BYTES);
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) break;
      server.send(value);
      this.#sent += value.length;
      buffer = value.buffer as ArrayBuffer;
      while (this.#sent - this.#acknowledged > WINDOW_BYTES - READ_BYTES) {
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
      }
    }
    server.close();
  }

  #acknowledge(text: string): void {
    this.#acknowledged = (JSON.parse(text) as Acknowledgement).ack;
    this.#resume?.();
  }

  #consume(server: WebSocket, bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed - this.#consumedAcknowledged < ACKNOWLEDGE_EVERY_BYTES) return;
    this.#consumedAcknowledged = this.#consumed;
    server.send(JSON.stringify({ ack: this.#consumed } satisfies Acknowledgement));
  }
}

export default {
  fetch: (request: Request, env: Env) => env.RELAYS.get(env.RELAYS.newUniqueId()).fetch(request),
} satisfies ExportedHandler<Env>;
