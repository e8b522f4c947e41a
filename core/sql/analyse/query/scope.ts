// What names mean at a place of a query: the items of FROM, level by level, and the WITH queries in reach. Immutable: a
// subquery's scope is a new one that points to its outer one (PostgreSQL's ParseState and its parent).

import type { Name } from "../../catalog/catalog.ts";
import type { CommonTable } from "./cte.ts";
import { SYSTEM_COLUMNS, type RangeTableEntry } from "./range-table.ts";
import { SCALAR, type Columns, type Value } from "./value.ts";

/** ParseNamespaceItem. */
export interface Item extends Columns {
  /** null: a join without alias. */
  readonly name: string | null;
  /** A relation, not a subquery, function or join. */
  readonly entry: RangeTableEntry | null;
  /** What FOR UPDATE of it locks: itself, or what its subquery names. */
  readonly locks: readonly RangeTableEntry[];
  /** Its own qualified name may be written before a column: it has no alias. */
  readonly qualified: Name | null;
  readonly namesVisible: boolean;
  readonly columnsVisible: boolean;
}

export interface CommonTables {
  readonly table: CommonTable;
  readonly next: CommonTables | null;
}

export interface Scope {
  readonly items: readonly Item[];
  readonly outer: Scope | null;
  readonly tables: CommonTables | null;
  /** WINDOW: what each name's ordering and partitions show. */
  readonly windows?: ReadonlyMap<string, Value>;
}

export const EMPTY_SCOPE: Scope = { items: [], outer: null, tables: null };

export function levels(scope: Scope): readonly Scope[] {
  const found: Scope[] = [];
  for (let level: Scope | null = scope; level !== null; level = level.outer) found.push(level);
  return found;
}

/** WITH queries hide tables of the same name, unless those are named with their schema. */
export function commonTable(scope: Scope, name: string): CommonTable | null {
  for (let at = scope.tables; at !== null; at = at.next) if (at.table.name === name) return at.table;
  return null;
}

/** The item of that name: refnameNamespaceItem. */
export function itemOf(scope: Scope, name: Name): Item | null {
  for (const { items } of levels(scope)) {
    const found = items.find((item) => item.namesVisible && matches(item, name));
    if (found !== undefined) return found;
  }
  return null;
}

function matches(item: Item, { schema, name }: Name): boolean {
  if (schema === null) return item.name === name;
  if (item.qualified === null || item.qualified.name !== name) return false;
  // As written, or as it turned out to be.
  return item.qualified.schema === schema || item.entry?.info.schema === schema;
}

/** Columns of that name of an item. More than one: PostgreSQL calls the name ambiguous. */
export function columnsOf(item: Item, name: string): readonly Value[] {
  const found = item.columns.filter((column) => column.name === name).map(({ value }) => value);
  if (found.length > 0 || item.entry?.hasSystemColumns !== true || !SYSTEM_COLUMNS.has(name)) return found;
  return [{ sources: [item.entry.source(name)], verbatim: true, shape: SCALAR }];
}
