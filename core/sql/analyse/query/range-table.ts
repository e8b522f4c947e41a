// One relation in the range table of a statement, as PostgreSQL calls what FROM, INTO, UPDATE, USING name, and the columns of
// it that are read anywhere in the statement.

import type { RelationInfo } from "../../catalog/catalog.ts";
import { type Behind, placeOf } from "../context.ts";
import type { ColumnSource, NamedValue } from "./value.ts";

/** Columns that tables have beside their own (heap.c, SysAtt). */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  "ctid",
  "xmin",
  "cmin",
  "xmax",
  "cmax",
  "tableoid",
]);

export class RangeTableEntry {
  readonly info: RelationInfo;
  /** With what inherits from it: no ONLY. */
  readonly below: boolean;
  /** It is read even where no column is: a table in FROM is, the target of an INSERT is not. */
  readonly always: boolean;
  /** Rows are taken whole. */
  whole = false;
  readonly #sources = new Map<string, ColumnSource>();
  readonly #read = new Set<string>();
  #behind: ReadonlyMap<string, Behind> = new Map();

  constructor(info: RelationInfo, below: boolean, always: boolean) {
    this.info = info;
    this.below = below;
    this.always = always;
  }

  source(column: string): ColumnSource {
    const known = this.#sources.get(column);
    if (known !== undefined) return known;
    const source: ColumnSource = { kind: "column", entry: this, column };
    this.#sources.set(column, source);
    return source;
  }

  columns(): readonly NamedValue[] {
    return this.info.columns.map(({ name, typeOid }) => ({
      name,
      value: { sources: [this.source(name)], verbatim: true, shape: { kind: "type", oid: typeOid } },
    }));
  }

  get hasSystemColumns(): boolean {
    return this.info.kind !== "view" && this.info.kind !== "composite_type";
  }

  read(column: string): void {
    this.#read.add(column);
  }

  get isRead(): boolean {
    return this.always || this.whole || this.#read.size > 0;
  }

  get columnsRead(): readonly string[] {
    return this.whole ? ["*"] : [...this.#read].toSorted();
  }

  /** What stands behind its columns, as it turned out. */
  settle(behind: ReadonlyMap<string, Behind>): void {
    this.#behind = behind;
  }

  behind(column: string): Behind {
    const known = this.#behind.get(column);
    if (known !== undefined) return known;
    // A system column.
    return { places: [placeOf(this.info, column, this.below)], verbatim: true, opaque: false };
  }
}
