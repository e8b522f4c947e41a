// Where rewritten bytes are put one behind the other, so that whoever joins adjacent views sends many small rows as one.
// Pure. What was handed out is never written again.

/** Small enough that a held view of one row keeps little alive, large enough that a write is worth it. */
const BLOCK_BYTES = 65_536;
/** Below this a loop is cheaper than a call of set(). */
const SHORT_BYTES = 24;

export class Arena {
  #block = new Uint8Array(0);
  #used = 0;
  #start = 0;

  /** Room for `bytes` in one piece, from here on. */
  begin(bytes: number): void {
    if (this.#block.length - this.#used < bytes) {
      this.#block = new Uint8Array(Math.max(BLOCK_BYTES, bytes));
      this.#used = 0;
    }
    this.#start = this.#used;
  }

  u8(byte: number): void {
    this.#block[this.#used++] = byte;
  }

  i32(value: number): void {
    this.#put32(this.#used, value);
    this.#used += 4;
  }

  /** The bytes of `from` from `start` to `end`. */
  copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length < SHORT_BYTES) {
      for (let at = start; at < end; at++) this.#block[this.#used++] = from[at] ?? 0;
      return;
    }
    this.#block.set(from.subarray(start, end), this.#used);
    this.#used += length;
  }

  /** Overwrites four bytes at `offset` from the beginning of this piece. */
  patch32(offset: number, value: number): void {
    this.#put32(this.#start + offset, value);
  }

  /** Bytes since the beginning. */
  get written(): number {
    return this.#used - this.#start;
  }

  /** What was written since the beginning. */
  end(): Uint8Array {
    return this.#block.subarray(this.#start, this.#used);
  }

  #put32(at: number, value: number): void {
    this.#block[at] = value >>> 24;
    this.#block[at + 1] = value >>> 16;
    this.#block[at + 2] = value >>> 8;
    this.#block[at + 3] = value;
  }
}
