// Bytes that came in pieces and leave in other pieces, in order. Pure: no I/O, no limit of its own.
//
// ALIASING. A pushed chunk is kept as a view and pieces are views of it where one chunk holds them, so whoever pushes gives
// the memory away: it must not be written again. Pieces are good for as long as they are held, and keep the memory
// of their chunk alive; a holder for the long term copies.
//
// COST. Each byte is copied at most twice: once into a block when its chunk was small and had to wait, and once into
// a piece that spans chunks. A sender of single bytes costs their memory twice, not one array object for each byte.

/** A chunk below this that has to wait is copied: an array object costs some 100 bytes whatever it holds. */
const SMALL_CHUNK_BYTES = 4096;

/** Small chunks are gathered in blocks of this size. */
const BLOCK_BYTES = 16_384;

/** Spent entries at the front are dropped in bulk: shifting the array for each would be quadratic. */
const SPENT_CHUNKS = 1024;

const SPENT = new Uint8Array(0);

export class ChunkQueue {
  #chunks: Uint8Array[] = [];
  #first = 0;
  /** Bytes of the first chunk that were taken. */
  #offset = 0;
  #length = 0;
  /** The block whose filled part is the last chunk, if that is one of ours. */
  #block: Uint8Array | null = null;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#length > 0 && chunk.length < SMALL_CHUNK_BYTES) {
      this.#gather(chunk);
    } else {
      this.#chunks.push(chunk);
      this.#block = null;
    }
    this.#length += chunk.length;
  }

  /** The byte at `index` from the front; 0 past the end. Cheap for the few bytes of a header. */
  at(index: number): number {
    let within = this.#offset + index;
    for (let i = this.#first; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i];
      if (chunk === undefined) break;
      if (within < chunk.length) return chunk[within] ?? 0;
      within -= chunk.length;
    }
    return 0;
  }

  /** The signed big-endian 32-bit integer at `index` from the front. */
  i32(index: number): number {
    return (
      (this.at(index) << 24) | (this.at(index + 1) << 16) | (this.at(index + 2) << 8) | this.at(index + 3)
    );
  }

  /** The next `length` bytes, which have to be there. A view, unless they span chunks. */
  take(length: number): Uint8Array {
    if (length > this.#length) throw new RangeError("more bytes taken than are waiting");
    const chunk = this.#chunks[this.#first];
    if (chunk !== undefined && this.#offset + length <= chunk.length) {
      const piece = chunk.subarray(this.#offset, this.#offset + length);
      this.#skip(chunk, length);
      return piece;
    }
    return this.#assemble(length);
  }

  #assemble(length: number): Uint8Array {
    const piece = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) break;
      const part = chunk.subarray(this.#offset, this.#offset + length - filled);
      piece.set(part, filled);
      filled += part.length;
      this.#skip(chunk, part.length);
    }
    return piece;
  }

  #skip(chunk: Uint8Array, length: number): void {
    this.#length -= length;
    this.#offset += length;
    if (this.#offset < chunk.length) return;
    this.#offset = 0;
    this.#chunks[this.#first] = SPENT; // or its memory would live on
    this.#first++;
    if (this.#length === 0) {
      this.#chunks = [];
      this.#first = 0;
    } else if (this.#first >= SPENT_CHUNKS) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** Appends behind what the last block holds. Bytes that were handed out are never written again. */
  #gather(chunk: Uint8Array): void {
    const last = this.#chunks.length - 1;
    const filled = this.#block === null ? BLOCK_BYTES : (this.#chunks[last]?.length ?? 0);
    if (this.#block !== null && filled + chunk.length <= BLOCK_BYTES) {
      this.#block.set(chunk, filled);
      this.#chunks[last] = this.#block.subarray(0, filled + chunk.length);
      return;
    }
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#block.set(chunk);
    this.#chunks.push(this.#block.subarray(0, chunk.length));
  }
}
