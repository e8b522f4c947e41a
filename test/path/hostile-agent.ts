// An agent without manners: any bytes and any text over the gateway's WebSocket, acknowledged or not, and the exact frames
// that come back. Reads headers only, and keeps every byte that it got.

import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { decodeBackend, encodeFrontend, encodeStartup, type Frame, FrameReader } from "#core/wire";
import { SUBPROTOCOL_FLOW } from "../../client-shim/src/contract.ts";

/** An answer that takes longer is a fault of the gateway. */
const PATIENCE_MS = 15_000;

export interface DialOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An upgrade that was refused. */
export interface RefusedUpgrade {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface WireFailure {
  readonly severity: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly hint: string;
}

export class HostileAgent {
  readonly #socket: WebSocket;
  readonly #reader = new FrameReader("backend", { maxFrameBytes: 256 * 1024 * 1024 });
  readonly #frames: Frame[] = [];
  #wake: (() => void) | null = null;
  /** Bytes before the first frame: the answers to SSLRequest and GSSENCRequest. */
  #answersAwaited = 0;
  answers = "";
  receivedBytes = 0;
  /** Everything received, while `keep` is set. */
  kept: Buffer[] = [];
  keep = false;
  texts: string[] = [];
  upgrade: IncomingMessage | null = null;
  closed: { readonly code: number; readonly reason: string } | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, binary) => {
      if (binary) this.#take(data);
      else this.texts.push(data.toString());
      this.#wake?.();
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake?.();
    });
    socket.on("error", () => undefined);
  }

  static async dial(url: string, options: DialOptions = {}): Promise<HostileAgent> {
    const dialled = await HostileAgent.attempt(url, options);
    if (dialled instanceof HostileAgent) return dialled;
    throw new Error(`refused with ${dialled.status}: ${dialled.body}`);
  }

  static attempt(url: string, options: DialOptions = {}): Promise<HostileAgent | RefusedUpgrade> {
    const { protocols = [], headers = {} } = options;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace(/^http/, "ws"), [...protocols], {
        headers,
        perMessageDeflate: false,
        maxPayload: 256 * 1024 * 1024,
      });
      const agent = new HostileAgent(socket);
      socket.once("upgrade", (response: IncomingMessage) => (agent.upgrade = response));
      socket.once("open", () => resolve(agent));
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response: IncomingMessage) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
    });
  }

  /** By Authorization header, through start-up, to the first ReadyForQuery. */
  static async open(gateway: string, target: string, token: string, name: string): Promise<HostileAgent> {
    const agent = await HostileAgent.dial(`${gateway}/v1/connect/${target}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    agent.send(startup({ user: "agent", database: target, application_name: name }));
    await agent.ready();
    return agent;
  }

  static async openFlow(gateway: string, target: string, token: string, name: string): Promise<HostileAgent> {
    const agent = await HostileAgent.dial(`${gateway}/v1/connect/${target}`, {
      protocols: [SUBPROTOCOL_FLOW],
      headers: { authorization: `Bearer ${token}` },
    });
    agent.send(startup({ user: "agent", database: target, application_name: name }));
    await agent.ready();
    return agent;
  }

  send(...parts: readonly Uint8Array[]): void {
    this.#socket.send(Buffer.concat(parts), { binary: true }, () => undefined);
  }

  text(text: string): void {
    this.#socket.send(text, { binary: false }, () => undefined);
  }

  query(text: string): void {
    this.send(encodeFrontend({ kind: "query", text: Buffer.from(text) }));
  }

  /** The next `count` single-byte answers to encryption requests are no frames. */
  expectAnswers(count: number): void {
    this.#answersAwaited += count;
  }

  /** Reads no more from the socket; what comes piles up on the way. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** In good order. */
  leave(): void {
    this.send(encodeFrontend({ kind: "terminate" }));
  }

  close(): void {
    this.#socket.close(1000);
  }

  /** As a process that was killed. */
  terminate(): void {
    this.#socket.terminate();
  }

  get openForWriting(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The next frame; null once the connection is closed. */
  async frame(patienceMs = PATIENCE_MS): Promise<Frame | null> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.closed !== null) return null;
      await this.#something(deadline - Date.now());
    }
  }

  /** Frames to the next ReadyForQuery, or to the end. */
  async ready(count = 1): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let left = count; left > 0;) {
      const frame = await this.frame();
      if (frame === null) throw new Error(`closed ${JSON.stringify(this.closed)}: ${letters(frames)}`);
      frames.push(frame);
      if (frame.code === 0x5a) left--;
    }
    return frames;
  }

  /** Everything to the close of the connection. */
  async toEnd(patienceMs = PATIENCE_MS): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (;;) {
      const frame = await this.frame(patienceMs);
      if (frame === null) return frames;
      frames.push(frame);
    }
  }

  async untilBytes(count: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.receivedBytes < count && this.closed === null) await this.#something(deadline - Date.now());
  }

  #take(data: Buffer): void {
    this.receivedBytes += data.length;
    if (this.keep) this.kept.push(data);
    let bytes = Uint8Array.from(data);
    if (this.#answersAwaited > 0) {
      const answers = Math.min(this.#answersAwaited, bytes.length);
      this.#answersAwaited -= answers;
      this.answers += Buffer.from(bytes.subarray(0, answers)).toString("latin1");
      bytes = bytes.slice(answers);
    }
    this.#reader.push(bytes);
    for (;;) {
      const next = this.#reader.next();
      if (!next.ok) throw new Error(`no backend message: ${next.error.detail}`);
      if (next.value === null) return;
      this.#frames.push(next.value);
    }
  }

  async #something(withinMs: number): Promise<void> {
    if (withinMs <= 0) throw new Error("nothing came");
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }
}

export function startup(
  parameters: Readonly<Record<string, string>>,
  protocol = { major: 3, minor: 0 },
): Uint8Array {
  return encodeStartup({
    kind: "startup_message",
    protocol,
    parameters: new Map(Object.entries(parameters)),
  });
}

export function password(token: string): Uint8Array {
  return frame("p", Buffer.from(`${token}\0`));
}

/** A frame of any kind and content. */
export function frame(code: string, body: Uint8Array = new Uint8Array(0), length = body.length + 4): Buffer {
  const header = Buffer.alloc(5);
  header.write(code, "latin1");
  header.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([header, body]);
}

export function letters(frames: readonly Frame[]): string {
  return frames.map(({ code }) => String.fromCharCode(code)).join("");
}

/** The last error among the frames. */
export function failureOf(frames: readonly Frame[]): WireFailure | null {
  const last = frames.findLast(({ code }) => code === 0x45);
  const message = last === undefined ? null : decodeBackend(last);
  if (message === null || !message.ok || message.value.kind !== "error_response") return null;
  const { fields } = message.value;
  return {
    severity: fields.get("V") ?? "",
    sqlstate: fields.get("C") ?? "",
    message: fields.get("M") ?? "",
    hint: fields.get("H") ?? "",
  };
}
