// The client's side of a transcript: a bare TCP socket that keeps what it got, and the few messages a client starts with,
// written out by hand so that they owe nothing to the code under test.

import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

export const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");
export const GSSENC_REQUEST = Buffer.from("0000000804d21630", "hex");
/** Process id 7, secret key 9. */
export const CANCEL_REQUEST = Buffer.from("0000001004d2162e0000000700000009", "hex");
/** Protocol 3.0, user=ab. */
export const START_UP = Buffer.concat([Buffer.from("0000001100030000", "hex"), Buffer.from("user\0ab\0\0")]);
export const READY = Buffer.from("5a0000000549", "hex");

export class Client {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  static async dial(port: number): Promise<Client> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Client(socket);
  }

  /** Waits for that many bytes in all. */
  async has(bytes: number): Promise<Buffer> {
    while (this.received.length < bytes) await once(this.socket, "data");
    return this.received;
  }

  /** Everything until the other side ends. */
  async untilEnd(): Promise<Buffer> {
    if (!this.socket.readableEnded) await once(this.socket, "end");
    return this.received;
  }
}

/** The fields of an ErrorResponse, by type; throws if the bytes are anything else. */
export function errorFields(bytes: Buffer): Readonly<Record<string, string>> {
  if (bytes.toString("latin1", 0, 1) !== "E" || bytes.readInt32BE(1) !== bytes.length - 1) {
    throw new Error(`not one ErrorResponse: ${bytes.toString("latin1")}`);
  }
  const texts = bytes
    .toString("utf8", 5)
    .split("\0")
    .filter((text) => text !== "");
  return Object.fromEntries(texts.map((text) => [text.slice(0, 1), text.slice(1)]));
}
