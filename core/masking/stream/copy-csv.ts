// Rows of COPY's CSV format (CopyAttributeOutCSV, commands/copyto.c): a field is wholly between quotes or has none in it. The
// NULL text stands bare; a value that reads the same is quoted, so that the two differ. Pure.

import { textEncode } from "#core/bytes";
import type { CopyFormat } from "./copy-format.ts";
import type { CopyRows } from "./copy-out.ts";
import { equal } from "./copy-text.ts";
import type { ValueChange } from "./column-masks.ts";
import type { Replacement } from "./splice.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** `\.` on a line of its own ends the data for some readers. */
const END_OF_DATA = Uint8Array.of(0x5c, 0x2e);

interface Field {
  /** null: NULL. */
  readonly value: Uint8Array | null;
  readonly end: number;
}

export class CsvRows implements CopyRows {
  readonly sized = false;
  readonly #format: Extract<CopyFormat, { kind: "text" | "csv" }>;
  readonly #null: Uint8Array;
  readonly #changes: readonly (ValueChange | null)[];
  #header: boolean;
  /** Between calls of end(). */
  #inside = false;
  #half = false;

  constructor(
    format: Extract<CopyFormat, { kind: "text" | "csv" }>,
    changes: readonly (ValueChange | null)[],
  ) {
    this.#format = format;
    this.#null = textEncode(format.nullText);
    this.#header = format.header;
    this.#changes = changes;
  }

  end(bytes: Uint8Array, start: number, seen: number): number {
    const { quote, escape } = this.#format;
    let inside = seen > start && this.#inside;
    let half = seen > start && this.#half;
    for (let at = Math.max(start, seen); at < bytes.length; at++) {
      const byte = bytes[at];
      if (half) half = false;
      else if (inside && byte === escape && escape !== quote) half = true;
      // A doubled quote leaves and enters again.
      else if (byte === quote) inside = !inside;
      else if (byte === NEWLINE && !inside) return at + 1;
    }
    this.#inside = inside;
    this.#half = half;
    return -1;
  }

  replace(bytes: Uint8Array, start: number, end: number, into: Replacement[]): boolean {
    if (this.#header) {
      this.#header = false;
      return true;
    }
    const last = end - 1;
    if (this.#changes.length === 0) return start === last;
    let at = start;
    for (const [index, change] of this.#changes.entries()) {
      const field = this.#read(bytes, at, last);
      if (field === null) return false;
      if (change !== null) {
        const changed = change(field.value);
        const value = changed === null ? this.#null : this.#write(changed);
        into.push({ start: at, end: field.end, value });
      }
      const final = index === this.#changes.length - 1;
      if (final !== (field.end === last)) return false;
      at = field.end + 1;
    }
    return true;
  }

  #read(bytes: Uint8Array, from: number, last: number): Field | null {
    const { delimiter, quote, escape } = this.#format;
    if (bytes[from] !== quote || from >= last) {
      let end = from;
      for (; end < last && bytes[end] !== delimiter; end++) if (bytes[end] === quote) return null;
      const value = bytes.subarray(from, end);
      return { value: equal(value, this.#null) ? null : value, end };
    }
    const value = new Uint8Array(last - from);
    let length = 0;
    for (let at = from + 1; at < last; at++) {
      const byte = bytes[at] ?? 0;
      const next = bytes[at + 1];
      if (byte === escape && at + 1 < last && (next === quote || next === escape)) {
        value[length++] = next;
        at++;
      } else if (byte === quote) {
        const end = at + 1;
        const closed = end === last || bytes[end] === delimiter;
        return closed ? { value: value.subarray(0, length), end } : null;
      } else value[length++] = byte;
    }
    return null;
  }

  /** Whether the value was quoted does not matter: PostgreSQL quotes what is equal to the NULL text, which would tell. */
  #write(value: Uint8Array): Uint8Array {
    const { delimiter, quote, escape } = this.#format;
    const special = (byte: number): boolean =>
      byte === delimiter || byte === quote || byte === NEWLINE || byte === CARRIAGE_RETURN;
    const bare = !equal(value, this.#null) && !equal(value, END_OF_DATA) && !value.some(special);
    if (bare) return value;
    const out = new Uint8Array(2 * value.length + 2);
    let length = 0;
    out[length++] = quote;
    for (const byte of value) {
      if (byte === quote || byte === escape) out[length++] = escape;
      out[length++] = byte;
    }
    out[length++] = quote;
    return out.subarray(0, length);
  }
}
