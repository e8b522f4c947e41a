// What the walk of one statement gathers before it can be told: the range table, the literals and whom they meet, the writes.
// `settle` tells it all to the context, once every reference is known. The only thing here that changes.

import type { Node, SelectStmt } from "@pgsql/types";
import * as expand from "../expand/index.ts";
import type { FunctionInfo, RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import type { AnalysisContext } from "../context.ts";
import { RangeTableEntry } from "./range-table.ts";
import type { Scope } from "./scope.ts";
import type { ColumnSource, Columns, LiteralSource, NamedValue, Source, Value } from "./value.ts";

/** The two walks that call one another, handed in so that their files need not import each other in a circle. */
export interface Walks {
  readonly expression: (at: Place, node: Node) => Value;
  readonly query: (at: Place, node: Node) => Columns;
  /** A set operation; says what its first arm gives before it walks the second. */
  readonly union: (at: Place, select: SelectStmt, first: (columns: Columns) => void) => Columns;
}

/** A place in the statement. */
export interface Place {
  readonly reading: Reading;
  readonly scope: Scope;
  readonly pinned?: Pinned;
}

/** Columns of a scope's only relation that have one value. */
export interface Pinned {
  readonly scope: Scope;
  readonly columns: ReadonlyMap<string, string>;
}

export class Reading {
  readonly context: AnalysisContext;
  readonly walks: Walks;
  /** Unresolved columns may be variables or parameters: a body's, or an expression's outside of any query. */
  readonly variables: boolean;
  /** Names of expression subqueries' only columns, for the names of the columns that they stand in. */
  readonly subqueryNames = new Map<Node, string>();
  /** Relations and their aliases anywhere in the statement, for the words of errors. */
  readonly rangeNames = new Set<string>();
  readonly #entries: RangeTableEntry[] = [];
  readonly #literals = new Map<number, Set<ColumnSource>>();
  readonly #meetings: (readonly Source[])[] = [];
  readonly #afterwards: (() => void)[] = [];
  readonly #done = new Set<string>();

  constructor(context: AnalysisContext, walks: Walks, variables: boolean) {
    this.context = context;
    this.walks = walks;
    this.variables = variables || context.variables === "possible";
  }

  get entries(): readonly RangeTableEntry[] {
    return this.#entries;
  }

  entry(info: RelationInfo, below: boolean, always: boolean): RangeTableEntry {
    const entry = new RangeTableEntry(info, below, always);
    this.#entries.push(entry);
    return entry;
  }

  /** A reference: what the value shows is read. */
  read(value: Value): Value {
    for (const source of value.sources) if (source.kind === "column") source.entry.read(source.column);
    return value;
  }

  /** null: inside of views and functions, where no text of the statement stands. */
  literal(location: number | undefined): LiteralSource | null {
    if (this.context.via.length > 0 || location === -1) return null;
    const offsetBytes = location ?? 0;
    this.#literals.set(offsetBytes, this.#literals.get(offsetBytes) ?? new Set());
    return { kind: "literal", offsetBytes };
  }

  /** What stands together in one expression: its literals meet its columns. */
  meet(sources: readonly Source[]): void {
    if (this.#literals.size > 0 && sources.length > 1) this.#meetings.push(sources);
  }

  /** The target column of an assignment meets what is assigned; it is not read by it. */
  assign(entry: RangeTableEntry | null, column: string, value: Value): void {
    if (entry !== null) this.meet([entry.source(column), ...value.sources]);
  }

  call(candidates: readonly FunctionInfo[], constants: readonly (string | null)[]): void {
    if (candidates.length === 0) return;
    // The same call a thousand times, as in VALUES, is told once.
    const key = `${candidates.map(({ oid }) => oid).join()} ${JSON.stringify(constants)}`;
    if (this.once(key)) expand.callFunction(this.context, candidates, constants);
  }

  callByOid(oid: number): void {
    const found = this.context.functionByOid(oid);
    if (found !== undefined && found !== null) this.call([found], []);
    if (found === null) this.context.cannotTell("function", `function ${oid}`);
  }

  once(key: string): boolean {
    if (this.#done.has(key)) return false;
    this.#done.add(key);
    return true;
  }

  /** To be told when everything that is read is known. */
  afterwards(tell: () => void): void {
    this.#afterwards.push(tell);
  }

  settle(): void {
    for (const entry of this.#entries) {
      if (!entry.isRead) continue;
      entry.settle(expand.readRelation(this.context, entry.info, entry.columnsRead, entry.below));
    }
    for (const tell of this.#afterwards) tell();
    this.#settleLiterals();
  }

  #settleLiterals(): void {
    for (const meeting of this.#meetings) {
      const columns: ColumnSource[] = [];
      const literals: LiteralSource[] = [];
      for (const source of leaves(meeting))
        if (source.kind === "column") columns.push(source);
        else literals.push(source);
      for (const { offsetBytes } of literals)
        for (const column of columns) this.#literals.get(offsetBytes)?.add(column);
    }
    for (const [offsetBytes, columns] of this.#literals)
      this.context.literals.push({ offsetBytes, columns: behind([...columns]) });
  }
}

export function outputOf({ name, value }: NamedValue): OutputColumn {
  const columns = leaves(value.sources).filter((source) => source.kind === "column");
  // What a view makes of its base columns is not told.
  const plain = columns.length > 0 && columns.every(({ entry }) => !entry.isView);
  return { name, sources: behind(columns), verbatim: value.verbatim && plain };
}

function leaves(sources: readonly Source[]): readonly (ColumnSource | LiteralSource)[] {
  const seen = new Set<Source>();
  const found: (ColumnSource | LiteralSource)[] = [];
  const waiting = [...sources];
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (source.kind === "later") waiting.push(...source.sources);
    else found.push(source);
  }
  return found.toReversed();
}

function behind(columns: readonly ColumnSource[]): OutputColumn["sources"] {
  const found = new Map<string, OutputColumn["sources"][number]>();
  for (const { entry, column } of columns)
    for (const source of entry.behind(column)) found.set(`${source.relation.oid} ${source.column}`, source);
  return [...found.values()];
}
