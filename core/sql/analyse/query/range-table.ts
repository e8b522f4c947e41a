// One relation in the range table of a statement, as PostgreSQL calls what FROM, INTO, UPDATE, USING name, and the columns of
// it that are read anywhere in the statement.

import type { RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import { ref } from "../context.ts";
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
  #behind: ReadonlyMap<string, OutputColumn["sources"]> = new Map();

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

  get isView(): boolean {
    return this.info.kind === "view" || this.info.kind === "materialized_view";
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

  /** Views: the base columns behind its own, as they turned out. */
  settle(behind: ReadonlyMap<string, OutputColumn["sources"]>): void {
    this.#behind = behind;
  }

  behind(column: string): OutputColumn["sources"] {
    return this.#behind.get(column) ?? [{ relation: ref(this.info), column }];
  }
}
