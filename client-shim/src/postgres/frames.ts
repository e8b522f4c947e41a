// PostgreSQL's messages, of either side, cut out of bytes that come in any pieces ("Message Formats": a type, a length that
// counts itself, a body). Bounded by what PostgreSQL itself makes. Knows no meaning.

export interface Frame {
  readonly code: string;
  /** Without type and length. A view. */
  readonly body: Buffer;
}

/** PostgreSQL's own limit (MaxAllocSize). */
const MAX_BYTES = 0x3fff_ffff;
const HEADER_BYTES = 5;

/** The bytes are no messages of PostgreSQL's. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

export class FrameCutter {
  #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.#bytes += chunk.length;
  }

  /** Bytes of a message that has not ended. */
  get rest(): number {
    return this.#bytes;
  }

  /** null: more bytes are needed. */
  next(): Frame | null {
    if (this.#bytes < HEADER_BYTES) return null;
    const header = this.#front(HEADER_BYTES);
    const bytes = 1 + header.readUInt32BE(1);
    if (bytes < HEADER_BYTES || bytes > MAX_BYTES)
      throw new ProtocolError("a message of an impossible length");
    if (this.#bytes < bytes) return null;
    const whole = this.#front(bytes).subarray(0, bytes);
    this.#chunks[0] = (this.#chunks[0] ?? whole).subarray(bytes);
    this.#bytes -= bytes;
    if (this.#chunks[0].length === 0) this.#chunks.shift();
    return { code: String.fromCharCode(whole[0] ?? 0), body: whole.subarray(HEADER_BYTES) };
  }

  /** A first chunk of that many bytes at least; they are there. */
  #front(bytes: number): Buffer {
    let [first] = this.#chunks;
    if (first === undefined || first.length < bytes) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    return first;
  }
}

/** The frames of bytes that come in pieces. Throws a ProtocolError where they end inside of one. */
export async function* framesOf(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Frame> {
  const cutter = new FrameCutter();
  for await (const piece of pieces) {
    cutter.push(piece);
    for (let frame = cutter.next(); frame !== null; frame = cutter.next()) yield frame;
  }
  if (cutter.rest > 0) throw new ProtocolError("the bytes end inside of a message");
}
