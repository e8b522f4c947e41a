// A PostgreSQL client that understands as little as possible: sends frames or raw bytes over TCP and gives back the exact
// bytes that came, so that two ways to a database can be compared byte by byte. Not a driver: it reads headers, and
// start-up and SCRAM (node-postgres's, so that no code of the gateway answers) only so that it can reach PostgreSQL directly too.

import { connect, type Socket } from "node:net";
import sasl from "pg/lib/crypto/sasl.js";
import {
  type BackendMessage,
  decodeBackend,
  encodeFrontend,
  encodeStartup,
  type Frame,
  FrameReader,
  type FrontendMessage,
  PROTOCOL_3_0,
  type ProtocolVersion,
} from "#core/wire";

export const READY = "Z".charCodeAt(0);
const AUTHENTICATION = "R".charCodeAt(0);
const ERROR = "E".charCodeAt(0);

/** A test that waits longer than this has found a bug: say where it stood. */
const PATIENCE_MS = 20_000;

export interface WireOptions {
  readonly protocol?: ProtocolVersion;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface BackendKey {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

/** Answers one AuthenticationSASL message after the other. */
function scram(password: string): (message: BackendMessage) => Promise<FrontendMessage | null> {
  let session = sasl.startSession(["SCRAM-SHA-256"]);
  const text = (data: Uint8Array): string => Buffer.from(data).toString();
  return async (message) => {
    switch (message.kind) {
      case "authentication_sasl":
        session = sasl.startSession(message.mechanisms);
        return {
          kind: "sasl_initial_response",
          mechanism: session.mechanism,
          data: Buffer.from(session.response),
        };
      case "authentication_sasl_continue":
        await sasl.continueSession(session, password, text(message.data));
        return { kind: "sasl_response", data: Buffer.from(session.response) };
      case "authentication_sasl_final":
        sasl.finalizeSession(session, text(message.data));
        return null;
      default:
        return null;
    }
  };
}

export class WireClient {
  readonly #socket: Socket;
  readonly #reader = new FrameReader("backend", { maxFrameBytes: 512 * 1024 * 1024 });
  /** Frames that came and nobody asked for yet. */
  #frames: Frame[] = [];
  #closed = false;
  #wake: (() => void) | null = null;
  /** The bytes of the start-up, from the first to its ReadyForQuery. */
  startup: readonly Frame[] = [];
  key: BackendKey = { processId: 0, secretKey: new Uint8Array(0) };

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      // A copy: the reader gives out views, and they are kept.
      this.#reader.push(Uint8Array.from(chunk));
      for (;;) {
        const next = this.#reader.next();
        if (!next.ok) throw new Error(`no backend message: ${next.error.detail}`);
        if (next.value === null) break;
        this.#frames.push(next.value);
      }
      this.#wake?.();
    });
    const over = (): void => {
      this.#closed = true;
      this.#wake?.();
    };
    socket.on("close", over);
    socket.on("error", over);
  }

  /** `url` as dev.json has them: `postgres` through the shim, `upstream` directly. */
  static async connect(url: string, options: WireOptions = {}): Promise<WireClient> {
    const { hostname, port, username, password, pathname } = new URL(url);
    const client = new WireClient(connect({ host: hostname, port: Number(port) }));
    const parameters = new Map([
      ["user", decodeURIComponent(username)],
      ["database", decodeURIComponent(pathname.slice(1))],
      ["client_encoding", "UTF8"],
      ...Object.entries(options.parameters ?? {}),
    ]);
    client.raw(
      encodeStartup({ kind: "startup_message", protocol: options.protocol ?? PROTOCOL_3_0, parameters }),
    );
    const answer = scram(decodeURIComponent(password));
    const startup: Frame[] = [];
    for (;;) {
      const frame = await client.frame();
      if (frame === null) throw new Error("the connection was closed during start-up");
      startup.push(frame);
      const message = decodeBackend(frame);
      if (!message.ok) throw new Error(message.error.detail);
      if (frame.code === ERROR) throw new WireError(startup);
      if (frame.code === AUTHENTICATION) {
        const reply = await answer(message.value);
        if (reply !== null) client.raw(encodeFrontend(reply));
      }
      if (message.value.kind === "backend_key_data") {
        client.key = { processId: message.value.processId, secretKey: message.value.secretKey };
      }
      if (frame.code === READY) break;
    }
    client.startup = startup;
    return client;
  }

  get closed(): boolean {
    return this.#closed;
  }

  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** All in one write, as drivers pipeline. */
  send(...messages: readonly (FrontendMessage | Uint8Array)[]): void {
    this.raw(
      Buffer.concat(
        messages.map((message) => (message instanceof Uint8Array ? message : encodeFrontend(message))),
      ),
    );
  }

  /** The next frame; null when the connection is closed. */
  async frame(): Promise<Frame | null> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#closed) return null;
      const left = until - Date.now();
      if (left <= 0) throw new Error("PostgreSQL's answer did not come");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
  }

  /** Frames up to and with the `count`-th of this code, or to the end of the connection. */
  async until(code: number, count = 1): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let left = count; left > 0;) {
      const frame = await this.frame().catch((error: unknown) => {
        throw new Error(`${String(error)}; so far ${frames.map(letter).join("")}`);
      });
      if (frame === null) break;
      frames.push(frame);
      if (frame.code === code) left--;
    }
    return frames;
  }

  async ready(count = 1): Promise<Frame[]> {
    return this.until(READY, count);
  }

  /** One simple query, to its ReadyForQuery. */
  async query(text: string): Promise<Frame[]> {
    this.send(query(text));
    return this.ready();
  }

  /** Takes no more from the socket: a reader that stopped. */
  pause(): void {
    this.#socket.pause();
  }

  /** In good order. */
  async end(): Promise<void> {
    if (!this.#closed) this.send({ kind: "terminate" });
    while (!this.#closed) await new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
  }

  /** As a client that crashed. */
  destroy(): void {
    this.#socket.resetAndDestroy();
  }
}

/** A start-up that was refused. */
export class WireError extends Error {
  constructor(frames: readonly Frame[]) {
    super(frames.map(describe).join("; "));
  }
}

/** A connection of its own, as PostgreSQL's protocol has it. Resolves when the server closed it. */
export async function sendCancel(url: string, key: BackendKey): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(encodeStartup({ kind: "cancel_request", ...key }));
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.once("error", () => resolve());
  });
}

/** Parse, Bind and Execute of a statement without parameters, unnamed; a Sync is still to come. */
export function unnamedExecute(text: string): readonly FrontendMessage[] {
  return [
    { kind: "parse", statement: "", text: Buffer.from(text), parameterTypes: [] },
    { kind: "bind", portal: "", statement: "", parameterFormats: [], parameters: [], resultFormats: [] },
    { kind: "execute", portal: "", maxRows: 0 },
  ];
}

export function query(text: string): FrontendMessage {
  return { kind: "query", text: Buffer.from(text) };
}

export function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.map(({ bytes }) => bytes));
}

function letter({ code }: Frame): string {
  return String.fromCharCode(code);
}

/** A frame for a person: what a failing comparison prints. */
export function describe(frame: Frame): string {
  const message = decodeBackend(frame);
  if (!message.ok) return `${letter(frame)} malformed: ${message.error.detail}`;
  if (message.value.kind === "error_response" || message.value.kind === "notice_response") {
    return `${letter(frame)} ${JSON.stringify(Object.fromEntries(message.value.fields))}`;
  }
  const shown =
    frame.bytes.length > 200
      ? `… ${frame.bytes.length} bytes`
      : Buffer.from(frame.bytes.subarray(5)).toString("latin1");
  return `${letter(frame)} ${JSON.stringify(shown)}`;
}

export function errorFields(frames: readonly Frame[]): ReadonlyMap<string, string> {
  const frame = frames.find(({ code }) => code === ERROR);
  if (frame === undefined) return new Map();
  const message = decodeBackend(frame);
  return message.ok && message.value.kind === "error_response" ? message.value.fields : new Map();
}
