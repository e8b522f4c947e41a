// A bounded reader over one view: big-endian integers, counts, strings, values. Pure; never reads past the view's end
// and never throws. The first fault sticks: later reads give zeros and empty views, so a decoder is a straight line
// of reads, and asks `finish()` once whether they all held.
// What it hands out are views of the same memory, not copies.

import { textDecode } from "./text.ts";
import { utf8Decode } from "./utf8.ts";

const EMPTY = new Uint8Array(0);

export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset: number;
  #fault: string | null = null;

  /** Starts at `offset`, counted from the view's own start. */
  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#offset = Math.min(offset, bytes.length);
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Why the reading failed, or null. Never holds values. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Marks the reading as failed; the first fault is the one kept. */
  fail(fault: string): void {
    this.#fault ??= fault;
    this.#offset = this.#bytes.length;
  }

  /** The fault of the whole reading, if any; bytes left over are one. */
  finish(): string | null {
    if (this.remaining > 0) this.fail("trailing bytes");
    return this.#fault;
  }

  u8(): number {
    const at = this.#advance(1);
    return at < 0 ? 0 : this.#at(at);
  }

  u16(): number {
    const at = this.#advance(2);
    return at < 0 ? 0 : (this.#at(at) << 8) | this.#at(at + 1);
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  i32(): number {
    const at = this.#advance(4);
    if (at < 0) return 0;
    return (this.#at(at) << 24) | (this.#at(at + 1) << 16) | (this.#at(at + 2) << 8) | this.#at(at + 3);
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  /**
   * An unsigned 16-bit count of things that take at least `minimumBytes` each. A count that the rest cannot hold fails here
   * and is 0, so that no loop and no array is ever sized by a number nobody has paid for in bytes.
   */
  count16(minimumBytes: number): number {
    return this.#bounded(this.u16(), minimumBytes);
  }

  /** The same with a signed 32-bit count. */
  count32(minimumBytes: number): number {
    return this.#bounded(this.i32(), minimumBytes);
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + length);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** A value behind a signed 32-bit length, where -1 is null. */
  value(): Uint8Array | null {
    const length = this.i32();
    if (length === -1) return null;
    if (length < 0) this.fail("negative length");
    return this.take(length);
  }

  /** A view of the bytes before the next zero byte, which is consumed. */
  terminated(): Uint8Array {
    const end = this.#bytes.indexOf(0, this.#offset);
    if (end < 0) {
      this.fail("missing terminator");
      return EMPTY;
    }
    const bytes = this.#bytes.subarray(this.#offset, end);
    this.#offset = end + 1;
    return bytes;
  }

  /** A zero-terminated string, lossless for any bytes: see text.ts. */
  text(): string {
    return textDecode(this.terminated());
  }

  /** A zero-terminated string that has to be UTF-8. */
  utf8(): string {
    const text = utf8Decode(this.terminated());
    if (text === null) this.fail("not UTF-8");
    return text ?? "";
  }

  #bounded(count: number, minimumBytes: number): number {
    if (count < 0) this.fail("negative count");
    else if (count * minimumBytes > this.remaining) this.fail("count past the end");
    return this.#fault === null ? count : 0;
  }

  /** Where the next `length` bytes start, or -1 when they are not there. */
  #advance(length: number): number {
    if (length < 0 || length > this.remaining || this.#fault !== null) {
      this.fail("cut short");
      return -1;
    }
    const at = this.#offset;
    this.#offset += length;
    return at;
  }

  #at(offset: number): number {
    return this.#bytes[offset] ?? 0;
  }
}
