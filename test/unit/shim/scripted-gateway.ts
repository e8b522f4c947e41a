// A gateway by script: a real HTTP and WebSocket server on loopback that does what a test tells it, keeps flow control by its
// own arithmetic, and remembers what it saw. It knows no PostgreSQL.

import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { SUBPROTOCOL_FLOW, WINDOW_BYTES } from "../../../client-shim/src/contract.ts";

export interface HttpRefusal {
  readonly status: number;
  readonly body: string;
}

export class ScriptedSession extends EventEmitter {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly closed: Promise<number>;
  receivedBytes = 0;
  largestMessage = 0;
  /** Kept only as long as a test has use for it: the first bytes of a session. */
  received: Buffer = Buffer.alloc(0);
  #acknowledging = true;
  #acknowledgedToShim = 0;
  /** Largest number of bytes that the shim had under way without an acknowledgement. */
  mostUnacknowledgedByUs = 0;
  sentBytes = 0;
  acknowledgedByShim = 0;

  constructor(socket: WebSocket, request: IncomingMessage) {
    super();
    this.socket = socket;
    this.request = request;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      const bytes = Buffer.isBuffer(data)
        ? data
        : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
      if (isBinary) this.#take(bytes);
      else this.acknowledgedByShim = Number(JSON.parse(bytes.toString()).ack);
      this.emit("change");
    });
  }

  #take(bytes: Buffer): void {
    this.receivedBytes += bytes.length;
    this.largestMessage = Math.max(this.largestMessage, bytes.length);
    if (this.received.length < 4096) this.received = Buffer.concat([this.received, bytes]).subarray(0, 4096);
    this.mostUnacknowledgedByUs = Math.max(
      this.mostUnacknowledgedByUs,
      this.receivedBytes - this.#acknowledgedToShim,
    );
    if (this.#acknowledging) this.acknowledgeAll();
  }

  stopAcknowledging(): void {
    this.#acknowledging = false;
  }

  acknowledgeAll(): void {
    this.#acknowledgedToShim = this.receivedBytes;
    this.socket.send(JSON.stringify({ ack: this.receivedBytes }));
  }

  send(bytes: Buffer): void {
    this.sentBytes += bytes.length;
    this.socket.send(bytes);
  }

  /** As fast as the shim's acknowledgements allow, and never faster. */
  async sendWithinWindow(totalBytes: number, messageBytes = 64 * 1024): Promise<void> {
    const message = Buffer.alloc(messageBytes, 0x44);
    while (this.sentBytes < totalBytes) {
      const room = WINDOW_BYTES - (this.sentBytes - this.acknowledgedByShim);
      const bytes = Math.min(room, messageBytes, totalBytes - this.sentBytes);
      if (bytes === 0) await once(this, "change");
      else this.send(message.subarray(0, bytes));
    }
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this, "change");
  }
}

export class ScriptedGateway {
  readonly url: string;
  readonly requests: IncomingMessage[] = [];
  readonly #sessions: ScriptedSession[] = [];
  readonly #arrivals = new EventEmitter();
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(
    refusal: ((request: IncomingMessage) => HttpRefusal | null) | null = null,
  ): Promise<ScriptedGateway> {
    const server = createServer((_, response) => response.writeHead(426).end());
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: true,
      handleProtocols: () => SUBPROTOCOL_FLOW,
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const gateway = new ScriptedGateway(`http://127.0.0.1:${port}`, async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    server.on("upgrade", (request, socket, head) => {
      gateway.requests.push(request);
      const refused = refusal?.(request) ?? null;
      if (refused !== null) {
        const head = `HTTP/1.1 ${refused.status} No\r\ncontent-type: application/problem+json\r\nconnection: close\r\n`;
        socket.end(`${head}content-length: ${Buffer.byteLength(refused.body)}\r\n\r\n${refused.body}`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        gateway.#sessions.push(new ScriptedSession(webSocket, request));
        gateway.#arrivals.emit("session");
      });
    });
    return gateway;
  }

  /** The next session that no test has taken yet. */
  async session(): Promise<ScriptedSession> {
    for (;;) {
      const session = this.#sessions.shift();
      if (session !== undefined) return session;
      await once(this.#arrivals, "session");
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}
