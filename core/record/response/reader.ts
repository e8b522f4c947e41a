// A recorded response, cut anywhere, to the messages in it. Pure; never throws. What cannot be read ends the reading with a
// fault, since behind it nothing has a meaning: a reader of the record is told, not shown a part as the whole.

import { decodeBackend, FrameReader, type BackendMessage } from "#core/wire";

/** The record holds what passed the gateway's own limits; PostgreSQL makes no larger message than this. */
const MAX_FRAME_BYTES = 1024 * 1024 * 1024;

export class ResponseReader {
  readonly #frames = new FrameReader("backend", { maxFrameBytes: MAX_FRAME_BYTES });
  #fault: string | null = null;

  /** The messages that `chunk` completes. The chunk must not be written again. */
  *push(chunk: Uint8Array): Generator<BackendMessage> {
    this.#frames.push(chunk);
    while (this.#fault === null) {
      const frame = this.#frames.next();
      if (frame.ok && frame.value === null) return;
      const message = frame.ok && frame.value !== null ? decodeBackend(frame.value) : frame;
      if (!message.ok) this.#fault = message.error.detail;
      else if (message.value !== null && "kind" in message.value) yield message.value;
    }
  }

  /** Why the whole of it could not be read, or null. To be asked after the last chunk. */
  fault(): string | null {
    return this.#fault ?? (this.#frames.bufferedBytes > 0 ? "the response ends inside a message" : null);
  }
}
