// A PostgreSQL client that does as little as one can: sends prepared bytes, counts what comes back up to ReadyForQuery. One
// object, one TCP connection. It knows which exchange each ReadyForQuery ends, which is what a crash test has to know.

import { createHash, type Hash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { MessageStream } from "./message-stream.ts";
import { Scram } from "./scram.ts";
import { copyData, copyDone, password, query, saslInitial, startup, terminate } from "./wire-messages.ts";

const AUTHENTICATION = 0x52;
const ERROR_RESPONSE = 0x45;
const READY_FOR_QUERY = 0x5a;
const COPY_IN_RESPONSE = 0x47;
const SCRAM_SHA_256 = "SCRAM-SHA-256";

export class ServerError extends Error {
  readonly sqlstate: string;

  constructor(sqlstate: string, message: string) {
    super(`${sqlstate}: ${message}`);
    this.sqlstate = sqlstate;
  }
}

/** The connection ended before the answer was there. */
export class ConnectionLost extends Error {}

/** Gets SHA-256 of all bytes of an answer, up to its ReadyForQuery, before the exchange is over; that of the start-up comes first. */
export type Witness = (sha256: string) => void;

interface Exchange {
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: Error) => void;
  readonly onCopyIn: (() => void) | null;
  readonly from: number;
  error: ServerError | null;
}

export class WireClient {
  readonly #socket: Socket;
  readonly #url: URL;
  readonly #exchanges: Exchange[] = [];
  readonly #witness: Witness | null;
  /** Of the answer that is coming. */
  #digest: Hash = createHash("sha256");
  #scram: Scram | null = null;
  #received = 0;
  #last: Error = new ConnectionLost("the connection was closed");

  private constructor(socket: Socket, url: URL, witness: Witness | null) {
    this.#socket = socket;
    this.#url = url;
    this.#witness = witness;
  }

  /** `url` is a connection string; settings are those of the start-up message. */
  static async connect(
    url: string,
    settings: Readonly<Record<string, string>> = {},
    witness: Witness | null = null,
  ): Promise<WireClient> {
    const address = new URL(url);
    const socket = connect({ host: address.hostname, port: Number(address.port), noDelay: true });
    const client = new WireClient(socket, address, witness);
    const user = decodeURIComponent(address.username);
    await client.#open(startup({ user, database: address.pathname.slice(1), ...settings }));
    return client;
  }

  get received(): number {
    return this.#received;
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Sends and resolves at the next ReadyForQuery that is its own, with the bytes received for it. Pipelines. */
  exchange(bytes: Buffer): Promise<number> {
    return this.#exchange(bytes, null);
  }

  /** COPY … FROM STDIN. */
  async copyIn(sql: string, chunks: Iterable<Buffer>): Promise<void> {
    const copying = Promise.withResolvers<void>();
    const done = this.#exchange(query(sql), copying.resolve);
    await Promise.race([copying.promise, done]);
    for (const chunk of chunks) {
      if (this.#socket.write(copyData(chunk))) continue;
      await Promise.race([new Promise((drained) => this.#socket.once("drain", drained)), done]);
    }
    this.#socket.write(copyDone());
    await done;
  }

  /** Says good-bye and resolves when the server has closed. */
  async end(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.end(terminate());
    await closed;
  }

  #exchange(bytes: Buffer, onCopyIn: (() => void) | null): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(this.#last);
      this.#exchanges.push({ resolve, reject, onCopyIn, from: this.#received, error: null });
      this.#socket.write(bytes);
    });
  }

  async #open(first: Buffer): Promise<void> {
    const stream =
      this.#witness === null
        ? new MessageStream((code, body) => this.#receive(code, body))
        : new MessageStream(
            (code, body) => this.#receive(code, body),
            (bytes) => this.#digest.update(bytes),
          );
    this.#socket.on("data", (chunk) => {
      this.#received += chunk.length;
      stream.push(chunk);
    });
    this.#socket.on("error", () => undefined);
    this.#socket.on("end", () => this.#socket.end());
    this.#socket.once("close", () => {
      for (const { reject, error } of this.#exchanges.splice(0)) reject(error ?? this.#last);
    });
    await this.exchange(first);
  }

  #receive(code: number, body: Buffer): void {
    const current = this.#exchanges[0];
    switch (code) {
      case READY_FOR_QUERY:
        this.#exchanges.shift();
        this.#testify();
        if (current === undefined) return;
        if (current.error === null) current.resolve(this.#received - current.from);
        else current.reject(current.error);
        return;
      case ERROR_RESPONSE: {
        const error = readError(body);
        if (error.fatal) this.#last = new ConnectionLost(error.error.message);
        else if (current !== undefined) current.error ??= error.error;
        return;
      }
      case AUTHENTICATION:
        return this.#authenticate(body);
      case COPY_IN_RESPONSE:
        current?.onCopyIn?.();
        return;
      default:
    }
  }

  #testify(): void {
    if (this.#witness === null) return;
    this.#witness(this.#digest.digest("hex"));
    this.#digest = createHash("sha256");
  }

  #authenticate(body: Buffer): void {
    const secret = decodeURIComponent(this.#url.password);
    switch (body.readInt32BE(0)) {
      case 3:
        this.#socket.write(password(Buffer.from(`${secret}\0`)));
        return;
      case 10:
        this.#scram = new Scram(secret);
        this.#socket.write(saslInitial(SCRAM_SHA_256, this.#scram.first));
        return;
      case 11:
        this.#socket.write(password(this.#scram?.final(body.toString("latin1", 4)) ?? Buffer.alloc(0)));
        return;
      default:
    }
  }
}

function readError(body: Buffer): { readonly fatal: boolean; readonly error: ServerError } {
  const fields = new Map<string, string>();
  for (const field of body.toString("utf8").split("\0")) fields.set(field.slice(0, 1), field.slice(1));
  const severity = fields.get("V") ?? "ERROR";
  return {
    fatal: severity === "FATAL" || severity === "PANIC",
    error: new ServerError(fields.get("C") ?? "", fields.get("M") ?? ""),
  };
}
