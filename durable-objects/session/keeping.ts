// What of one statement's response is kept: its bytes, its digest, or its counts; and where it is cut off. Values only.

import { hexEncode, Sha256 } from "#core/bytes";
import { type RecordLevel, stricter } from "#core/policy";
import type { Outcome } from "#core/record";
import type { ByteRun } from "./byte-run.ts";

export class Keeping {
  #level: RecordLevel = "rows";
  #hash: Sha256 | null = null;
  /** Bytes went by that the hash does not have. */
  #gap = false;
  #bytes = 0;
  #stored = 0;

  get stores(): boolean {
    return this.#level === "rows";
  }

  get stored(): number {
    return this.#stored;
  }

  /** From here on no more than that; `tail`: what is stored and not written yet, which the hash does not have. */
  atMost(level: RecordLevel, tail: ByteRun): void {
    const before = this.#level;
    this.#level = stricter(before, level);
    if (before === "rows" && this.#level === "digest") for (const part of tail.parts) this.#take(part);
  }

  /** A frame is stored, in the tail. */
  keeps(bytes: number): void {
    this.#bytes += bytes;
    this.#stored += bytes;
  }

  /** What was in the tail is written; `hashes`: its digest may be asked for. */
  wrote(piece: Uint8Array, hashes: boolean): void {
    if (hashes) this.#take(piece);
    else this.#gap = true;
  }

  /** A frame is not stored. */
  passes(view: Uint8Array): void {
    this.#bytes += view.length;
    if (this.#level === "digest") this.#take(view);
    else this.#gap = true;
  }

  outcome(): Pick<Outcome, "recorded" | "digest" | "storedBytes"> {
    if (this.#level === "rows") return {};
    if (this.#stored > 0 && this.#stored === this.#bytes) return { recorded: "rows" };
    if (this.#stored > 0) return { recorded: "truncated", ...this.#digest(), storedBytes: this.#stored };
    return this.#level === "digest" ? { recorded: "digest", ...this.#digest() } : { recorded: "counts" };
  }

  /** None where a part is to be counted alone, and where the policy that asks for it came in the middle. */
  #digest(): Pick<Outcome, "digest"> {
    return this.#gap ? {} : { digest: hexEncode((this.#hash ?? new Sha256()).digest()) };
  }

  #take(bytes: Uint8Array): void {
    if (this.#gap) return;
    this.#hash ??= new Sha256();
    this.#hash.update(bytes);
  }
}
