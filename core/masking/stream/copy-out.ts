// The data of a COPY … TO STDOUT, frame by frame: masked columns replaced, the rest as it came. PostgreSQL sends a row in each
// CopyData, but may cut anywhere: of a row that is cut the first part waits, up to a bound. A frame in gives at most a
// frame out. Pure. What does not read as the format says is a fault: nothing more is given, and the caller ends the COPY.

import { HEADER_BYTES, type Frame } from "#core/wire";
import type { ColumnPlan } from "../plan.ts";
import type { KeyedHash } from "../values/codec.ts";
import { Arena } from "./arena.ts";
import { columnChanges, type Detect } from "./column-masks.ts";
import { BinaryRows } from "./copy-binary.ts";
import { CsvRows } from "./copy-csv.ts";
import type { CopyFormat } from "./copy-format.ts";
import { TextRows } from "./copy-text.ts";
import { spliceFrame, type ByteSink, type Replacement } from "./splice.ts";

/** Reads one format. */
export interface CopyRows {
  /** Values have length words in this format. */
  readonly sized: boolean;
  /**
   * Where the row (or the stream's own header or trailer) that begins at `start` ends: behind its last byte. -1: more bytes
   * are needed. Bytes before `seen` were looked at by the last call.
   */
  end(bytes: Uint8Array, start: number, seen: number): number;
  /** What is replaced in it, into `into`. false: it is not a row of the plan. */
  replace(bytes: Uint8Array, start: number, end: number, into: Replacement[]): boolean;
}

export class CopyMasker {
  readonly #rows: CopyRows;
  readonly #arena = new Arena();
  readonly #maxRowBytes: number;
  /** The first part of a row, in memory that is larger than it. */
  #waiting = new Uint8Array(0);
  #waitingBytes = 0;
  #failed = false;

  constructor(
    format: CopyFormat,
    plans: readonly ColumnPlan[],
    keyed: KeyedHash,
    maxRowBytes: number,
    detect: Detect | null = null,
  ) {
    const changes = columnChanges(plans, keyed, detect);
    this.#maxRowBytes = maxRowBytes;
    this.#rows =
      format.kind === "binary"
        ? new BinaryRows(changes)
        : format.kind === "csv"
          ? new CsvRows(format, changes)
          : new TextRows(format, changes);
  }

  /** A CopyData frame. false: a fault, of this frame or of one before. */
  mask(frame: Frame, sink: ByteSink): boolean {
    const data = frame.bytes.subarray(HEADER_BYTES);
    const seen = this.#waitingBytes;
    const bytes = seen === 0 ? data : this.#append(data);
    const replacements: Replacement[] = [];
    let start = 0;
    let looked = seen;
    while (!this.#failed && start < bytes.length) {
      const end = this.#rows.end(bytes, start, looked);
      if (end < 0) break;
      if (!this.#rows.replace(bytes, start, end, replacements)) this.#failed = true;
      start = looked = end;
    }
    if (bytes.length - start > this.#maxRowBytes) this.#failed = true;
    if (this.#failed) return false;
    if (start > 0)
      spliceFrame(frame.code, bytes, 0, start, replacements, this.#rows.sized, this.#arena, sink);
    if (start > 0 || seen === 0) this.#keep(bytes.subarray(start));
    return true;
  }

  /** At CopyDone: whether the data ended with a row. */
  finish(): boolean {
    return !this.#failed && this.#waitingBytes === 0;
  }

  #append(data: Uint8Array): Uint8Array {
    const length = this.#waitingBytes + data.length;
    if (length > this.#waiting.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#waiting.subarray(0, this.#waitingBytes));
      this.#waiting = larger;
    }
    this.#waiting.set(data, this.#waitingBytes);
    this.#waitingBytes = length;
    return this.#waiting.subarray(0, length);
  }

  /** In memory of its own: what was given out may be a view of what waited. */
  #keep(rest: Uint8Array): void {
    this.#waiting = rest.length === 0 ? this.#waiting.subarray(0, 0) : rest.slice();
    this.#waitingBytes = rest.length;
  }
}
