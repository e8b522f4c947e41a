// Knows whether the bytes passed to the client so far end between two messages, so that a message of our own could follow
// without being read as part of a row. Looks at types and lengths alone. Pure.
// https://www.postgresql.org/docs/18/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS

/** A type byte and a length, which counts itself. */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;

export class MessageBoundary {
  /** Bytes of the current message's header seen so far; its last four make the length. */
  #headerBytes = 0;
  #length = 0;
  #bodyBytesLeft = 0;
  /** A length that cannot be: no boundary will be found again. */
  #lost = false;

  get reached(): boolean {
    return !this.#lost && this.#headerBytes === 0 && this.#bodyBytesLeft === 0;
  }

  pass(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length && !this.#lost) {
      if (this.#bodyBytesLeft > 0) {
        const skipped = Math.min(this.#bodyBytesLeft, chunk.length - offset);
        this.#bodyBytesLeft -= skipped;
        offset += skipped;
      } else if (this.#headerBytes === 0 && chunk.length - offset >= HEADER_BYTES) {
        this.#begin(chunk.readUInt32BE(offset + 1));
        offset += HEADER_BYTES;
      } else {
        this.#headerByte(chunk.readUInt8(offset));
        offset += 1;
      }
    }
  }

  #headerByte(byte: number): void {
    if (this.#headerBytes > 0) this.#length = this.#length * 256 + byte;
    this.#headerBytes += 1;
    if (this.#headerBytes === HEADER_BYTES) this.#begin(this.#length);
  }

  #begin(length: number): void {
    this.#headerBytes = 0;
    this.#length = 0;
    this.#lost = length < LENGTH_BYTES;
    this.#bodyBytesLeft = Math.max(0, length - LENGTH_BYTES);
  }
}
