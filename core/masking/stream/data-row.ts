// DataRow frames: values of masked columns are replaced, everything else stays as it came. Pure.
// A row that does not fit its plan is a fault and gives nothing: the caller ends the statement.

import { HEADER_BYTES, type Frame } from "#core/wire";
import type { ColumnPlan } from "../plan.ts";
import type { KeyedHash } from "../values/codec.ts";
import { Arena } from "./arena.ts";
import { columnChanges, type Detect, type ValueChange } from "./column-masks.ts";
import { spliceFrame, type ByteSink, type Replacement } from "./splice.ts";

const NULL_LENGTH = -1;

export class RowMasker {
  readonly #changes: readonly (ValueChange | null)[];
  readonly #untouched: boolean;
  readonly #arena = new Arena();

  constructor(plans: readonly ColumnPlan[], keyed: KeyedHash, detect: Detect | null = null) {
    this.#changes = columnChanges(plans, keyed, detect);
    this.#untouched = this.#changes.every((change) => change === null);
  }

  /** false: the row does not fit the plan, and nothing of it was given out. */
  mask({ code, bytes }: Frame, sink: ByteSink): boolean {
    if (bytes.length < HEADER_BYTES + 2 || i16(bytes, HEADER_BYTES) !== this.#changes.length) return false;
    if (this.#untouched) {
      sink.add(bytes);
      return true;
    }
    const replacements = this.#replace(bytes);
    if (replacements === null) return false;
    spliceFrame(code, bytes, HEADER_BYTES, bytes.length, replacements, true, this.#arena, sink);
    return true;
  }

  /** null: not a row of this plan. */
  #replace(bytes: Uint8Array): readonly Replacement[] | null {
    const replacements: Replacement[] = [];
    let at = HEADER_BYTES + 2;
    for (const change of this.#changes) {
      if (at + 4 > bytes.length) return null;
      const length = i32(bytes, at);
      const end = at + 4 + Math.max(length, 0);
      if (length < NULL_LENGTH || end > bytes.length) return null;
      if (change !== null) {
        const value = length === NULL_LENGTH ? null : bytes.subarray(at + 4, end);
        const changed = change(value);
        // A detector that found nothing gives the value back.
        if (changed !== value) replacements.push({ start: at, end, value: changed });
      }
      at = end;
    }
    return at === bytes.length ? replacements : null;
  }
}

function i16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function i32(bytes: Uint8Array, at: number): number {
  return (i16(bytes, at) << 16) | i16(bytes, at + 2);
}
