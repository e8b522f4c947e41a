// Rows of COPY's text format (CopyAttributeOutText, commands/copyto.c): fields between delimiters, a backslash before what
// would be mistaken, a newline behind each row. A backslash and what follows are always a pair. Pure.

import { textEncode } from "#core/bytes";
import type { CopyRows } from "./copy-out.ts";
import type { CopyFormat } from "./copy-format.ts";
import type { ValueChange } from "./column-masks.ts";
import type { Replacement } from "./splice.ts";

const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
/** The one NULL that no value is ever written as. */
const PLAIN_NULL = "\\N";
/** Letters of escapes, and the bytes that they stand for. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);
const LETTERS: ReadonlyMap<number, number> = new Map([...ESCAPES].map(([letter, byte]) => [byte, letter]));

export class TextRows implements CopyRows {
  readonly sized = false;
  readonly #delimiter: number;
  readonly #null: Uint8Array;
  readonly #changes: readonly (ValueChange | null)[];
  #header: boolean;
  /** Between calls of end(): the last byte was the first half of a pair. */
  #half = false;
  /** Where the fields of the row that end() looks at end, counted from its start; the last one ends with the row. */
  readonly #stops: number[] = [];

  constructor(
    format: Extract<CopyFormat, { kind: "text" | "csv" }>,
    changes: readonly (ValueChange | null)[],
  ) {
    this.#delimiter = format.delimiter;
    this.#null = textEncode(format.nullText);
    this.#header = format.header;
    // NULL as 'alice': who asks so would learn of each row whether it holds alice. Then all of the column is NULL.
    const told = format.nullText !== PLAIN_NULL;
    this.#changes = told ? changes.map((change) => (change === null ? null : () => null)) : changes;
  }

  /** Looks at each byte once, for replace() too. */
  end(bytes: Uint8Array, start: number, seen: number): number {
    const goesOn = seen > start;
    const delimiter = this.#delimiter;
    let half = goesOn && this.#half;
    if (!goesOn) this.#stops.length = 0;
    for (let at = goesOn ? seen : start; at < bytes.length; at++) {
      const byte = bytes[at];
      if (half) half = false;
      else if (byte === BACKSLASH) half = true;
      else if (byte === delimiter) this.#stop(at - start);
      else if (byte === NEWLINE) {
        this.#half = false;
        return at + 1;
      }
    }
    this.#half = half;
    return -1;
  }

  /** One too many is enough to tell that the row does not fit. */
  #stop(at: number): void {
    if (this.#stops.length < this.#changes.length) this.#stops.push(at);
  }

  replace(bytes: Uint8Array, start: number, end: number, into: Replacement[]): boolean {
    if (this.#header) {
      this.#header = false;
      return true;
    }
    const last = end - 1;
    if (this.#changes.length === 0) return start === last;
    if (this.#stops.length !== this.#changes.length - 1) return false;
    let at = start;
    for (const [index, change] of this.#changes.entries()) {
      const stop = start + (this.#stops[index] ?? last - start);
      if (change !== null) {
        const field = bytes.subarray(at, stop);
        const changed = change(equal(field, this.#null) ? null : unescape(field));
        const value = changed === null ? this.#null : escape(changed, this.#delimiter);
        into.push({ start: at, end: stop, value });
      }
      at = stop + 1;
    }
    return true;
  }
}

function unescape(field: Uint8Array): Uint8Array {
  if (!field.includes(BACKSLASH)) return field;
  const value = new Uint8Array(field.length);
  let length = 0;
  for (let at = 0; at < field.length; at++) {
    let byte = field[at] ?? 0;
    if (byte === BACKSLASH) {
      byte = field[++at] ?? BACKSLASH;
      byte = ESCAPES.get(byte) ?? byte;
    }
    value[length++] = byte;
  }
  return value.subarray(0, length);
}

function escape(value: Uint8Array, delimiter: number): Uint8Array {
  let at = 0;
  while (at < value.length && !isSpecial(value[at] ?? 0, delimiter)) at++;
  if (at === value.length) return value;
  const out = new Uint8Array(2 * value.length);
  out.set(value.subarray(0, at));
  let length = at;
  for (; at < value.length; at++) {
    const byte = value[at] ?? 0;
    if (isSpecial(byte, delimiter)) out[length++] = BACKSLASH;
    out[length++] = byte === delimiter ? byte : (LETTERS.get(byte) ?? byte);
  }
  return out.subarray(0, length);
}

/** Escapes with letters are of control characters, \b to \r. */
function isSpecial(byte: number, delimiter: number): boolean {
  return byte === BACKSLASH || byte === delimiter || (byte >= 0x08 && byte <= 0x0d);
}

export function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
