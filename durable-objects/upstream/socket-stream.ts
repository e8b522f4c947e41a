// Owns the upstream socket: bytes in, bytes out, TLS by upgrade. Knows nothing of PostgreSQL.

import { UPSTREAM_LIMITS } from "./types.ts";

export class SocketStream {
  #socket: Socket;
  #reader: ReadableStreamBYOBReader;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #buffer: ArrayBuffer | null = null;
  #closed: Promise<void> | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = socket.readable.getReader({ mode: "byob" });
    this.#writer = socket.writable.getWriter();
    // Both reject when the connection breaks, as each read and write does; nobody else listens to them.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
    socket.closed.catch(() => {});
    socket.opened.catch(() => {});
  }

  get opened(): Promise<unknown> {
    return this.#socket.opened;
  }

  /**
   * The next bytes, which the caller may keep; null at the end, ours included. A BYOB read with a buffer of our size, because the default
   * reader's chunks are 4 KiB. The buffer is used again after a small read, and given away with a large one.
   */
  async read(): Promise<Uint8Array | null> {
    const buffer = this.#buffer ?? new ArrayBuffer(UPSTREAM_LIMITS.READ_BYTES);
    this.#buffer = null; // transferred by the read
    const { done, value } = await this.#reader.read(new Uint8Array(buffer)).catch((error: unknown) => {
      // workerd rejects a read that waits when its reader is cancelled; the Streams standard would end it.
      if (this.#closed !== null) return { done: true, value: undefined };
      throw error;
    });
    if (done || value === undefined) return null;
    if (value.length >= UPSTREAM_LIMITS.COPY_BELOW_BYTES) return value;
    const bytes = value.slice();
    if (value.buffer instanceof ArrayBuffer) this.#buffer = value.buffer;
    return bytes;
  }

  /** Started in the calling turn: the writable stream takes the bytes, and the output gate's lock, at once. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes);
  }

  /**
   * From here on all bytes are TLS. The expected host name is the one that was dialled: workerd takes it from connect(), and
   * logs or refuses the option expectedServerHostname (api/sockets.c++, Socket::startTls).
   */
  async startTls(): Promise<SocketStream> {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    const secured = new SocketStream(this.#socket.startTls());
    await secured.opened;
    return secured;
  }

  /** Writes the last bytes, waits for them for a bounded time, then closes. Never rejects. */
  close(last?: Uint8Array): Promise<void> {
    this.#closed ??= this.#close(last);
    return this.#closed;
  }

  async #drain(): Promise<void> {
    while ((await this.read().catch(() => null)) !== null);
  }

  async #close(last: Uint8Array | undefined): Promise<void> {
    if (last !== undefined) {
      // A server that is stuck writing to us sees neither a cancel nor these bytes, and workerd does not always close the
      // connection while it is: what it still has to say is taken and dropped, until it closes.
      await atMost(UPSTREAM_LIMITS.CLOSE_MS, Promise.allSettled([this.#writer.write(last), this.#drain()]));
    }
    // Aborting drops what a server that does not read left unsent; Socket.close() alone would wait for it.
    await atMost(UPSTREAM_LIMITS.CLOSE_MS, Promise.allSettled([this.#writer.abort(), this.#reader.cancel()]));
    await atMost(
      UPSTREAM_LIMITS.CLOSE_MS,
      this.#socket.close().catch(() => {}),
    );
  }
}

/** Waits for `work`, but not longer than this. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, timeout]);
  if (timer !== undefined) clearTimeout(timer);
}
