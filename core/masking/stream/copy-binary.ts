// Tuples of COPY's binary format ("Binary Format" in the manual's COPY): a signature with flags and an extension, tuples of
// sized fields, a count of -1 at the end. Pure.

import type { CopyRows } from "./copy-out.ts";
import type { ValueChange } from "./column-masks.ts";
import type { Replacement } from "./splice.ts";

const SIGNATURE = Uint8Array.of(0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00);
const HEADER_BYTES = SIGNATURE.length + 8;
/** Longer ones are not waited for: PostgreSQL writes none. */
const MAX_EXTENSION_BYTES = 1024;
const TRAILER = -1;
const NULL_LENGTH = -1;

type Part = "header" | "tuples" | "ended";

export class BinaryRows implements CopyRows {
  readonly sized = true;
  readonly #changes: readonly (ValueChange | null)[];
  #part: Part = "header";
  /** Of the tuple that end() is in: the place of the next length word from its start, and the fields left. */
  #next = 0;
  #left = 0;

  constructor(changes: readonly (ValueChange | null)[]) {
    this.#changes = changes;
  }

  /** A fault ends at the end of what is there, and is told by replace(). */
  end(bytes: Uint8Array, start: number, seen: number): number {
    if (this.#part === "header") return this.#endOfHeader(bytes, start);
    if (this.#part === "ended") return bytes.length;
    if (seen <= start || this.#next === 0) {
      if (start + 2 > bytes.length) return -1;
      this.#next = 2;
      this.#left = Math.max(i16(bytes, start), 0);
    }
    for (; this.#left > 0; this.#left--) {
      const at = start + this.#next;
      if (at + 4 > bytes.length) return -1;
      this.#next += 4 + Math.max(i32(bytes, at), 0);
    }
    const end = start + this.#next;
    if (end > bytes.length) return -1;
    this.#next = 0;
    return end;
  }

  replace(bytes: Uint8Array, start: number, end: number, into: Replacement[]): boolean {
    if (this.#part === "ended") return false;
    if (this.#part === "header") {
      this.#part = "tuples";
      // Bits 16 to 31 say that a reader who does not know them must give up; bit 16 was OIDs, until PostgreSQL 11.
      return (
        end - start >= HEADER_BYTES &&
        SIGNATURE.every((byte, at) => bytes[start + at] === byte) &&
        i32(bytes, start + SIGNATURE.length) >>> 16 === 0
      );
    }
    const count = i16(bytes, start);
    if (count === TRAILER) {
      this.#part = "ended";
      return end - start === 2;
    }
    if (count !== this.#changes.length) return false;
    let at = start + 2;
    for (const change of this.#changes) {
      const length = i32(bytes, at);
      const stop = at + 4 + Math.max(length, 0);
      if (length < NULL_LENGTH || stop > end) return false;
      if (change !== null) {
        const value = length === NULL_LENGTH ? null : bytes.subarray(at + 4, stop);
        into.push({ start: at, end: stop, value: change(value) });
      }
      at = stop;
    }
    return at === end;
  }

  #endOfHeader(bytes: Uint8Array, start: number): number {
    if (start + HEADER_BYTES > bytes.length) return -1;
    const extension = i32(bytes, start + SIGNATURE.length + 4);
    const valid = extension >= 0 && extension <= MAX_EXTENSION_BYTES;
    // Too short for a header: replace() refuses it.
    if (!valid) return start + 1;
    const end = start + HEADER_BYTES + extension;
    return end > bytes.length ? -1 : end;
  }
}

function i16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0);
}

function i32(bytes: Uint8Array, at: number): number {
  return (i16(bytes, at) << 16) | (i16(bytes, at + 2) & 0xffff);
}
