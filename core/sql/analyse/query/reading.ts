// What the walk of one statement gathers before it can be told: the range table, the literals and parameters and whom they
// meet, predicates, writes. `settle` tells it all to the context, once every reference is known. The only thing here that
// changes.

import type { Node, SelectStmt } from "@pgsql/types";
import * as expand from "../expand/index.ts";
import type { FunctionInfo, RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn, PredicatePlace, PredicateUse, Via } from "../../facts/facts.ts";
import type { AnalysisContext } from "../context.ts";
import { behind, opaquely } from "./behind.ts";
import { Given } from "./given.ts";
import { RangeTableEntry } from "./range-table.ts";
import type { Scope } from "./scope.ts";
import { tellFlow, tellPassed, tellPredicate } from "./telling.ts";
import {
  type CallSource,
  type Columns,
  type LiteralSource,
  type NamedValue,
  NOTHING,
  type ParameterSource,
  type Source,
  type Value,
} from "./value.ts";

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

const HELD: ReadonlySet<Via["kind"]> = new Set<Via["kind"]>(["prepared", "cursor"]);

export class Reading {
  readonly context: AnalysisContext;
  readonly walks: Walks;
  /** Unresolved columns may be variables or parameters: a body's, or an expression's outside of any query. */
  readonly variables: boolean;
  /** Names of expression subqueries' only columns, for the names of the columns that they stand in. */
  readonly subqueryNames = new Map<Node, string>();
  /** What expressions turned out to be, for what is made of them as predicates (predicates.ts). */
  readonly values = new Map<Node, Value>();
  /** … and the subqueries in them. */
  readonly subqueries = new Map<Node, Columns>();
  /** Relations and their aliases anywhere in the statement, for the words of errors. */
  readonly rangeNames = new Set<string>();
  readonly #entries: RangeTableEntry[] = [];
  readonly #given = new Given();
  readonly #afterwards: (() => void)[] = [];
  readonly #tellings: (() => void)[] = [];
  readonly #done = new Set<string>();
  readonly #calls = new Map<string, CallSource>();

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
    return this.#given.literal(location ?? 0);
  }

  /** null: inside of functions, where it is one of theirs. */
  parameter(number: number): ParameterSource | null {
    const { kind } = this.context.via.at(-1) ?? { kind: "prepared" };
    return kind === "prepared" ? this.#given.parameter(number) : null;
  }

  /** What stands together in one expression: its literals meet its columns. */
  meet(sources: readonly Source[]): void {
    this.#given.meet(sources);
  }

  /** The target column of an assignment meets what is assigned; it is not read by it. */
  assign(entry: RangeTableEntry | null, column: string, value: Value): void {
    if (entry === null) return;
    this.meet([entry.source(column), ...value.sources]);
    this.#tellings.push(() => tellFlow(this.context, entry, column, value));
  }

  /** Grouping by what is computed asks more than which values are equal: `card < 'm'` has but two. */
  predicate(value: Value, asked: PredicateUse, place: PredicatePlace): void {
    const use = (asked === "group" || asked === "distinct") && !value.verbatim ? "other" : asked;
    // What views and bodies compute is not the statement's own.
    const others = place === "value" && this.context.via.some(({ kind }) => !HELD.has(kind));
    if (value.sources.length > 0 && !others)
      this.#tellings.push(() => tellPredicate(this.context, value.sources, use, place));
  }

  /** Gives what the functions show beside what their arguments show. */
  call(
    candidates: readonly FunctionInfo[],
    constants: readonly (string | null)[],
    values: readonly Value[] = [],
  ): Value {
    if (candidates.length === 0) return NOTHING;
    const oids = candidates.map(({ oid }) => oid).join();
    // The same call a thousand times, as in VALUES, is told once.
    if (this.once(`${oids} ${JSON.stringify(constants)}`))
      expand.callFunction(this.context, candidates, constants);
    if (values.some(({ sources }) => sources.length > 0))
      this.#tellings.push(() => tellPassed(this.context, candidates, values));
    const source = this.#calls.get(oids) ?? { kind: "call", functions: candidates };
    this.#calls.set(oids, source);
    return { ...NOTHING, sources: [source] };
  }

  /**
   * What decides on how many rows a set has, beside arguments: all that a body in PL/pgSQL reads. Of one in SQL the conditions
   * alone, which are told as what they are.
   */
  rowsOf(candidates: readonly FunctionInfo[]): Value {
    const functions = candidates.filter(({ language }) => language !== "sql");
    return { ...NOTHING, sources: functions.length > 0 ? [{ kind: "call", functions }] : [] };
  }

  callByOid(oid: number): Value {
    const found = this.context.functionByOid(oid);
    if (found === null) this.context.cannotTell("function", `function ${oid}`);
    return found === undefined || found === null ? NOTHING : this.call([found], []);
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
      const { info, below } = entry;
      entry.settle(
        entry.isRead
          ? expand.readRelation(this.context, info, entry.columnsRead, below)
          : expand.behindRelation(this.context, info, below),
      );
    }
    for (const tell of this.#afterwards) tell();
    for (const tell of this.#tellings) tell();
    this.#given.settle(this.context);
  }

  output({ name, value }: NamedValue): OutputColumn {
    const shown = behind(this.context, value.sources);
    const { places: sources, verbatim } = shown;
    return { name, sources, verbatim: value.verbatim && verbatim, ...opaquely(shown) };
  }
}
