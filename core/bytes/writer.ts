// Writes big-endian integers, strings and values into memory that grows. Pure.
// A value that does not fit its field is a fault of the caller, so it throws RangeError: silently cut it would shift the
// meaning of every byte behind it. The message never holds the value.

import { textEncode } from "./text.ts";

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** An exact `expectedBytes` saves the copies of growing; it bounds nothing. */
  constructor(expectedBytes = 64) {
    this.#bytes = new Uint8Array(expectedBytes);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    check(value, 0, 0xff);
    // First: it may put another buffer in the place of this one.
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    check(value, 0, 0xffff);
    this.#put16(value);
  }

  i16(value: number): void {
    check(value, -0x8000, 0x7fff);
    this.#put16(value);
  }

  u32(value: number): void {
    check(value, 0, 0xffffffff);
    this.#put32(this.#reserve(4), value);
  }

  i32(value: number): void {
    check(value, -0x80000000, 0x7fffffff);
    this.#put32(this.#reserve(4), value);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Behind a signed 32-bit length; null is the length -1. */
  value(value: Uint8Array | null): void {
    this.i32(value === null ? -1 : value.length);
    if (value !== null) this.bytes(value);
  }

  /** With a zero byte behind. A zero byte inside would end it early, and is refused. */
  terminated(bytes: Uint8Array): void {
    if (bytes.includes(0)) throw new RangeError("a zero-terminated string holds a zero byte");
    this.bytes(bytes);
    this.u8(0);
  }

  /** A string of {@link textEncode}, with a zero byte behind. */
  text(text: string): void {
    this.terminated(textEncode(text));
  }

  /** Overwrites four bytes that were written before. */
  patch32(offset: number, value: number): void {
    if (offset + 4 > this.#length) throw new RangeError("patch behind the end");
    this.#put32(offset, value);
  }

  /** What was written, as a view: write no more after this. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #put16(value: number): void {
    const at = this.#reserve(2);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  #put32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  #reserve(length: number): number {
    const at = this.#length;
    this.#length = at + length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

function check(value: number, minimum: number, maximum: number): void {
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(`an integer from ${minimum} to ${maximum} was expected`);
  }
}
