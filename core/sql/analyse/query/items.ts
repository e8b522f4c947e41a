// Items of FROM: relations, and the names that an alias gives to what it stands behind.

import type { Alias, RangeVar } from "@pgsql/types";
import { missing } from "./missing.ts";
import { strings, written } from "./names.ts";
import type { Place } from "./reading.ts";
import type { Item } from "./scope.ts";
import { columnAt, type Columns, NOTHING, type NamedValue } from "./value.ts";

/** A relation alone: what is written to is never a WITH query. */
export function relationItem(at: Place, range: RangeVar, always: boolean): Item {
  const { context } = at.reading;
  const name = { schema: range.schemaname ?? null, name: range.relname ?? "" };
  const info = context.relation(name);
  at.reading.rangeNames.add(name.name).add(range.alias?.aliasname ?? name.name);
  if (info === null) {
    const message = `relation "${written(name)}" does not exist`;
    missing(context, "relation", written(name), message, range.location);
  }
  const entry =
    info === undefined || info === null ? null : at.reading.entry(info, range.inh === true, always);
  const item: Item = {
    ...itemDefaults(name.name),
    entry,
    locks: entry === null ? [] : [entry],
    qualified: range.alias === undefined ? name : null,
    columns: entry?.columns() ?? [],
    open: entry === null ? NOTHING : null,
  };
  return aliased(item, range.alias);
}

export function itemDefaults(name: string | null): Item {
  return {
    name,
    entry: null,
    locks: [],
    qualified: null,
    namesVisible: name !== null,
    columnsVisible: true,
    columns: [],
    open: null,
  };
}

/** `AS name (columns…)`: the first columns get other names, the rest keep theirs. */
export function aliased(item: Item, alias: Alias | undefined): Item {
  if (alias === undefined) return item;
  return {
    ...item,
    name: alias.aliasname ?? "",
    namesVisible: true,
    columns: renamed(item, strings(alias.colnames)),
  };
}

export function renamed(all: Columns, names: readonly string[]): readonly NamedValue[] {
  const { columns, open } = all;
  if (names.length === 0) return columns;
  const kept = columns.map(({ name, value }, index) => ({ name: names[index] ?? name, value }));
  if (open === null) return kept;
  // Columns that are not known have the names that they are given.
  const given = names.map((name, index) => ({ name, value: columnAt(all, index) }));
  return [...given, ...columns.filter(({ name }) => !names.includes(name))];
}
