// Trees by the text of their message; what was not used for long is forgotten; bounded by an estimate of the bytes they hold.

import type { ParsedStatement } from "./grammar.ts";

interface Entry {
  readonly statements: readonly ParsedStatement[];
  readonly bytes: number;
}

/** A tree's objects take about this much for each byte of its JSON (measured in V8: 2 to 3). */
const TREE_BYTES_PER_JSON_BYTE = 3;

/** Key, map entry and statement objects. */
const ENTRY_BYTES = 400;

/** Of a generation: no single text may drive out most of the others. */
const MAX_SHARE = 1 / 4;

/** Two generations: taking from a Map and putting back at its end, for order of use, cost 10 µs with some thousand entries. */
export class TreeCache {
  readonly #generationBytes: number;
  #young = new Map<string, Entry>();
  #youngBytes = 0;
  #old = new Map<string, Entry>();
  #oldBytes = 0;

  constructor(maxBytes: number) {
    this.#generationBytes = maxBytes / 2;
  }

  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  get(text: string): readonly ParsedStatement[] | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young.statements;
    const entry = this.#old.get(text);
    if (entry === undefined) return undefined;
    this.#old.delete(text);
    this.#oldBytes -= entry.bytes;
    this.#put(text, entry);
    return entry.statements;
  }

  add(text: string, statements: readonly ParsedStatement[], jsonBytes: number): void {
    // Two bytes a character at worst, once for the key and once for the statements' own texts.
    const bytes = ENTRY_BYTES + 4 * text.length + TREE_BYTES_PER_JSON_BYTE * jsonBytes;
    if (bytes <= this.#generationBytes * MAX_SHARE && !this.#young.has(text) && !this.#old.has(text))
      this.#put(text, { statements, bytes });
  }

  #put(text: string, entry: Entry): void {
    if (this.#youngBytes + entry.bytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(text, entry);
    this.#youngBytes += entry.bytes;
  }
}
