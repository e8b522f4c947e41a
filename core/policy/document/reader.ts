// Walks the tree of a YAML or JSON document and gathers what is wrong with it, each with its place in the text. Knows
// nothing of policies. Aliases are refused, so a tree is never larger than its text.

import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";
import type { Diagnostic, Position } from "./document.ts";

/** Said once for all: a document with hundreds of mistakes is the wrong file. */
const MAX_DIAGNOSTICS = 100;

/** A node and how to reach it. */
export interface Place {
  readonly node: unknown;
  readonly path: string;
  /** Where to point when there is no node: the key, or the map that should have it. */
  readonly at: Position;
}

export class DocumentReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly positions = new Map<string, Position>();
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  error(place: Place, message: string): void {
    this.#report(place, message, "error");
  }

  /** The values of a map by key; `known` names the keys that may stand there. null: it is no map. */
  map(place: Place, known: readonly string[]): ReadonlyMap<string, Place> | null {
    const entries = this.entries(place, `a map with ${orList(known)}`);
    if (entries === null) return null;
    for (const [key, value] of entries)
      if (!known.includes(key))
        this.error({ ...value, node: null }, `unknown key ${key}: ${suggest(key, known)}`);
    return entries;
  }

  /** Of a map with keys of the writer's choice, in order. */
  entries(place: Place, expected: string): ReadonlyMap<string, Place> | null {
    const { node, path } = place;
    if (!isMap(node)) {
      this.error(place, `write ${expected}, not ${describe(node)}`);
      return null;
    }
    const entries = new Map<string, Place>();
    for (const pair of node.items as readonly Pair[]) {
      const at = this.#at(pair.key, place.at);
      if (!isScalar(pair.key) || typeof pair.key.value !== "string") {
        this.error({ node: pair.key, path, at }, "write keys as plain text");
        continue;
      }
      const key = pair.key.value;
      const child = path === "" ? key : `${path}.${key}`;
      this.positions.set(child, at);
      entries.set(key, { node: pair.value, path: child, at });
    }
    return entries;
  }

  /** Items of a list; one scalar stands for a list of it where `scalar` says so. */
  items(place: Place, expected: string, scalar = true): readonly Place[] {
    const { node, path } = place;
    if (scalar && isScalar(node) && node.value !== null) return [place];
    if (!isSeq(node)) {
      this.error(place, `write ${expected}, not ${describe(node)}`);
      return [];
    }
    return node.items.map((item, index) => {
      const child = `${path}[${index}]`;
      const at = this.#at(item, place.at);
      this.positions.set(child, at);
      return { node: item, path: child, at };
    });
  }

  text(place: Place, expected: string): string | null {
    const value = this.scalar(place);
    if (typeof value === "string" && value !== "") return value;
    this.error(place, `write ${expected}, not ${describe(place.node)}`);
    return null;
  }

  boolean(place: Place): boolean | null {
    const value = this.scalar(place);
    if (typeof value === "boolean") return value;
    this.error(place, `write true or false, not ${describe(place.node)}`);
    return null;
  }

  oneOf<T extends string>(place: Place, words: readonly T[]): T | null {
    const value = this.scalar(place);
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const wrong = typeof value === "string" ? `: ${suggest(value, words)}` : `, not ${describe(place.node)}`;
    this.error(
      place,
      `${typeof value === "string" ? `unknown word ${clip(value)}` : `write ${orList(words)}`}${wrong}`,
    );
    return null;
  }

  /** undefined where it is no scalar. */
  scalar({ node }: Place): unknown {
    return isScalar(node) ? node.value : undefined;
  }

  #at(node: unknown, otherwise: Position): Position {
    const start = (node as Node | null)?.range?.[0];
    return start === undefined ? otherwise : this.position(start);
  }

  #report(place: Place, message: string, severity: Diagnostic["severity"]): void {
    if (this.diagnostics.length >= MAX_DIAGNOSTICS) return;
    const { line, column } = this.#at(place.node, place.at);
    this.diagnostics.push({ line, column, path: place.path, message, severity });
  }
}

function describe(node: unknown): string {
  if (node === null || node === undefined) return "nothing";
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  if (!isScalar(node)) return "an alias";
  if (node.value === null || node.value === "") return "nothing";
  return typeof node.value === "string"
    ? `the text ${clip(node.value)}`
    : `the ${typeof node.value} ${JSON.stringify(node.value)}`;
}

function clip(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

export function orList(words: readonly string[]): string {
  if (words.length > 24) return `${words.slice(0, 24).join(", ")} …`;
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** The nearest known word, or all of them. */
export function suggest(word: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, distance: distance(word.slice(0, 64).toLowerCase(), candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (near !== undefined && near.distance <= Math.floor(near.candidate.length / 3))
    return `did you mean ${near.candidate}?`;
  return `write ${orList(known)}`;
}

/** Levenshtein's, over two rows. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
