// Cuts a server's bytes into messages: the code of each, and the body of those few that somebody wants to read. Bodies of
// rows are counted and skipped, so that the reader costs little beside what it measures.

/** Authentication and ErrorResponse. */
const READ_BODIES: ReadonlySet<number> = new Set([0x52, 0x45]);
const HEADER_BYTES = 5;

export class MessageStream {
  readonly #onMessage: (code: number, body: Buffer) => void;
  readonly #onBytes: (bytes: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);
  #skip = 0;
  #skipped = 0;

  /**
   * `body` is empty for all but authentication and errors. `onBytes` gets every byte, those of a message before that message is
   * told of.
   */
  constructor(
    onMessage: (code: number, body: Buffer) => void,
    onBytes: (bytes: Buffer) => void = () => undefined,
  ) {
    this.#onMessage = onMessage;
    this.#onBytes = onBytes;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#skip > 0) {
        const skipping = Math.min(this.#skip, bytes.length);
        this.#skip -= skipping;
        this.#onBytes(bytes.subarray(0, skipping));
        bytes = bytes.subarray(skipping);
        if (this.#skip > 0) break;
        this.#onMessage(this.#skipped, EMPTY);
        continue;
      }
      if (bytes.length < HEADER_BYTES) break;
      const code = bytes.readUInt8(0);
      const length = bytes.readInt32BE(1) + 1;
      if (READ_BODIES.has(code)) {
        if (bytes.length < length) break;
        this.#onBytes(bytes.subarray(0, length));
        this.#onMessage(code, bytes.subarray(HEADER_BYTES, length));
        bytes = bytes.subarray(length);
      } else if (bytes.length >= length) {
        this.#onBytes(bytes.subarray(0, length));
        bytes = bytes.subarray(length);
        this.#onMessage(code, EMPTY);
      } else {
        this.#skipped = code;
        this.#skip = length - bytes.length;
        this.#onBytes(bytes);
        bytes = EMPTY;
        break;
      }
    }
    this.#rest = bytes;
  }
}

const EMPTY = Buffer.alloc(0);
