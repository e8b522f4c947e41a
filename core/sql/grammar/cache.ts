// Trees by the text of their message, the longest unused forgotten first, bounded by an estimate of the bytes they hold.

import type { ParsedStatement } from "./grammar.ts";

interface Entry {
  readonly statements: readonly ParsedStatement[];
  readonly bytes: number;
}

/** A tree's objects take about this much for each byte of its JSON (measured in V8: 2 to 3). */
const TREE_BYTES_PER_JSON_BYTE = 3;

/** Key, map entry and statement objects. */
const ENTRY_BYTES = 400;

/** No single text may drive out most of the others. */
const MAX_SHARE = 1 / 8;

export class TreeCache {
  readonly #maxBytes: number;
  /** In order of use: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(text: string): readonly ParsedStatement[] | undefined {
    const entry = this.#entries.get(text);
    if (entry === undefined) return undefined;
    this.#entries.delete(text);
    this.#entries.set(text, entry);
    return entry.statements;
  }

  add(text: string, statements: readonly ParsedStatement[], jsonBytes: number): void {
    // Two bytes a character at worst, once for the key and once for the statements' own texts.
    const bytes = ENTRY_BYTES + 4 * text.length + TREE_BYTES_PER_JSON_BYTE * jsonBytes;
    if (bytes > this.#maxBytes * MAX_SHARE || this.#entries.has(text)) return;
    this.#entries.set(text, { statements, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
