// Looks for secrets in bytes, whatever was done to hide them from somebody who looks for the words: in upper or lower case,
// backwards, in pieces of six characters, in hexadecimal, base64 at any alignment, URL encoding, as numbers of characters, a
// character a row, and in PostgreSQL's binary formats. Pure.

import type { Marker } from "./secrets.ts";

/** So many characters of a secret text are no accident … */
const SLICE = 6;
const BASE64_SLICE = 8;
/** … but among megabytes of hashes, signatures and compressed bytes. */
export const SLICE_AMONG_HASHES = 10;
/** 2000-01-01, where PostgreSQL counts from. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

export class MarkerSearch {
  readonly #slice: number;
  readonly #base64: number;
  /** Forms that are shorter are not looked for. */
  readonly #least: number;

  /** `slice`: of how many characters the pieces are. */
  constructor(slice: number = SLICE) {
    this.#slice = slice;
    this.#base64 = Math.max(BASE64_SLICE, slice);
    this.#least = slice > SLICE ? slice - 1 : 0;
    this.#insensitive = new Forms(this.#least);
    this.#sensitive = new Forms(this.#least);
  }

  /** By length, then by text; in lower case, as what is searched is. */
  readonly #insensitive: Forms;
  /** As it is: base64 and bytes. */
  readonly #sensitive: Forms;

  add(name: string, marker: Marker): void {
    switch (marker.kind) {
      case "text":
        this.#addText(name, marker.hidden);
        break;
      case "integer":
        this.#addWords(name, String(marker.value));
        this.#insensitive.add(name, marker.value.toString(16));
        this.#sized(name, integer(4, marker.value));
        this.#sized(name, integer(8, marker.value));
        break;
      case "decimal": {
        const [whole = "", cents = ""] = marker.text.split(".");
        this.#addWords(name, whole);
        // Base 10,000: four digits a number.
        const digits = [whole.slice(0, 4), whole.slice(4), cents.padEnd(4, "0")].map(Number);
        this.#sensitive.add(name, latin(Buffer.concat(digits.map((one) => integer(2, one)))));
        break;
      }
      case "float": {
        this.#addWords(name, String(marker.value).slice(0, 10));
        const bytes = Buffer.alloc(8);
        bytes.writeDoubleBE(marker.value);
        this.#sized(name, bytes);
        break;
      }
      case "date": {
        const [year = "", month = "", day = ""] = marker.text.split("-");
        this.#addWords(name, marker.text);
        for (const form of [`${year}${month}${day}`, `${month}/${day}/${year}`, `${day}.${month}.${year}`])
          this.#insensitive.add(name, form);
        this.#sized(name, integer(4, (Date.parse(marker.text) - EPOCH_MS) / 86_400_000));
        break;
      }
      case "time":
        this.#addWords(name, marker.text);
        this.#insensitive.add(name, marker.text.slice(-6));
        break;
      case "uuid":
        for (const form of [marker.text, marker.text.replaceAll("-", "")]) this.#addWords(name, form);
        for (let at = 0; at + 16 <= 32; at += 2)
          this.#insensitive.add(name, marker.text.replaceAll("-", "").slice(at, at + 16));
        this.#sensitive.add(name, latin(Buffer.from(marker.text.replaceAll("-", ""), "hex")));
        break;
      case "inet":
        this.#addWords(name, marker.text);
        this.#sensitive.add(name, latin(Buffer.from([2, 32, 0, 4, ...marker.text.split(".").map(Number)])));
        break;
      case "macaddr":
        for (const form of [marker.text, marker.text.replaceAll(":", "")]) this.#addWords(name, form);
        this.#sized(name, Buffer.from(marker.text.replaceAll(":", ""), "hex"));
        break;
    }
  }

  /** Names of what is found, with where. */
  find(bytes: Uint8Array): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const text = latin(bytes);
    this.#sensitive.find(text, found);
    this.#insensitive.find(text.toLowerCase(), found);
    return found;
  }

  /** The same in values that belong together: cut by rows, columns or messages, or numbers of characters. */
  findIn(values: readonly string[]): ReadonlyMap<string, string> {
    const together = values.join("");
    const forms = [
      together,
      together.replaceAll(/[^\da-z]/gi, ""),
      characters(values),
      together.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    ];
    const found = new Map<string, string>();
    for (const form of new Set(forms))
      for (const [name, where] of this.find(Buffer.from(form, "latin1"))) found.set(name, where);
    return found;
  }

  #addText(name: string, hidden: string): void {
    for (const text of [hidden, reverse(hidden)]) {
      for (const slice of slices(text.toLowerCase(), this.#slice)) this.#insensitive.add(name, slice);
      const hex = latin(Buffer.from(text)).replaceAll(/[^]/g, (one) =>
        one.charCodeAt(0).toString(16).padStart(2, "0"),
      );
      for (let at = 0; at + 2 * this.#slice <= hex.length; at += 2)
        this.#insensitive.add(name, hex.slice(at, at + 2 * this.#slice));
    }
    for (const text of [hidden, hidden.toLowerCase(), hidden.toUpperCase()])
      for (const slice of base64(text, this.#base64)) this.#sensitive.add(name, slice);
  }

  /** A text that counts as a whole. */
  #addWords(name: string, text: string): void {
    this.#insensitive.add(name, text);
    this.#insensitive.add(name, reverse(text));
    this.#insensitive.add(name, Buffer.from(text).toString("hex"));
    for (const slice of base64(text, null)) this.#sensitive.add(name, slice);
  }

  /** As a value of a row: behind its length. */
  #sized(name: string, bytes: Buffer): void {
    this.#sensitive.add(name, latin(Buffer.concat([integer(4, bytes.length), bytes])));
  }
}

/** Texts that are looked for all at once. */
class Forms {
  /** By their first three characters: most places of what is searched need no more than a look at the number here. */
  readonly #begins = new Uint16Array(1 << 24);
  readonly #lists: { readonly form: string; readonly name: string }[][] = [[]];
  readonly #least: number;

  constructor(least: number) {
    this.#least = least;
  }

  add(name: string, form: string): void {
    if (form.length < this.#least) return;
    const at = key(form, 0);
    const known = this.#begins[at] ?? 0;
    if (known > 0) this.#lists[known]?.push({ form, name });
    else this.#begins[at] = this.#lists.push([{ form, name }]) - 1;
  }

  find(text: string, found: Map<string, string>): void {
    for (let at = 0; at + 3 <= text.length; at++) {
      const list = this.#begins[key(text, at)] ?? 0;
      if (list === 0) continue;
      for (const { form, name } of this.#lists[list] ?? [])
        if (!found.has(name) && text.startsWith(form, at)) found.set(name, around(text, at, form.length));
    }
  }
}

function key(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
}

function around(text: string, at: number, length: number): string {
  return text.slice(Math.max(0, at - 60), at + length + 40).replaceAll(/[^\x20-\x7e]/g, ".");
}

function slices(text: string, length: number): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) =>
    text.slice(at, at + length),
  );
}

/** In pieces, or whole. Behind 0, 1 or 2 other bytes, less the characters that hold bits of a neighbour. */
function base64(text: string, slice: number | null): readonly string[] {
  return [0, 1, 2].flatMap((skipped) => {
    const encoded = Buffer.concat([Buffer.alloc(skipped), Buffer.from(text)])
      .toString("base64")
      .replace(/=+$/, "");
    const own = encoded.slice(Math.ceil((skipped * 8) / 6), -1);
    return slice === null ? [own] : slices(own, slice);
  });
}

function reverse(text: string): string {
  return Array.from(text).toReversed().join("");
}

/** What numbers among the values say where they are those of characters. */
function characters(values: readonly string[]): string {
  const numbers = values.flatMap((value) => value.match(/\d+/g) ?? []).map(Number);
  return String.fromCharCode(...numbers.filter((one) => one > 32 && one < 127));
}

function integer(bytes: 2 | 4 | 8, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
  else buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
