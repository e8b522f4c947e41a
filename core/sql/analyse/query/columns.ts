// Column references: `c`, `t.c`, `s.t.c`, whole rows, stars and the functional notation, as parse_expr.c's
// transformColumnRef and parse_target.c's ExpandColumnRefStar read them.

import type { ColumnRef } from "@pgsql/types";
import type { Name } from "../../catalog/catalog.ts";
import { functionsOfRow } from "./calls.ts";
import { missing } from "./missing.ts";
import { strings, written } from "./names.ts";
import type { Place } from "./reading.ts";
import { columnsOf, itemOf, levels, type Item } from "./scope.ts";
import {
  computed,
  either,
  type NamedValue,
  NOTHING,
  rowOf,
  type Columns,
  UNKNOWN_SHAPE,
  type Value,
} from "./value.ts";

export function isStar({ fields = [] }: ColumnRef): boolean {
  const last = fields.at(-1);
  return last !== undefined && "A_Star" in last;
}

/** The value of a reference; what it shows is read. */
export function referTo(at: Place, reference: ColumnRef): Value {
  if (isStar(reference)) return rowOf(expandStar(at, reference));
  const names = strings(reference.fields);
  const column = names.at(-1) ?? "";
  if (names.length < 2) return unqualified(at, column, reference.location);
  const relation: Name = { schema: names.at(-3) ?? null, name: names.at(-2) ?? "" };
  const item = itemOf(at.scope, relation);
  if (item === null) {
    const acting = ofActingRow(at, relation.name, names.length === 2 ? column : null);
    if (acting === null) missingEntry(at, relation, reference.location);
    return acting ?? NOTHING;
  }
  const found = columnsOf(item, column);
  if (found.length > 1) ambiguous(at, column, reference.location);
  if (found.length > 0) return at.reading.read(either(found));
  if (item.open === null)
    return functional(at, item, `${written(relation)}.${column}`, column, reference.location);
  // A column that is not known, or a function all the same.
  const called = at.reading.call(functionsOfRow(at, column) ?? [], [null], [item.open]);
  return at.reading.read(computed([item.open, called]));
}

function unqualified(at: Place, name: string, location: number | undefined): Value {
  const perhaps: Value[] = [];
  for (const { items } of levels(at.scope)) {
    const visible = items.filter(({ columnsVisible }) => columnsVisible);
    const found = visible.flatMap((item) => columnsOf(item, name));
    if (found.length > 1) ambiguous(at, name, location);
    const [only] = found;
    if (only !== undefined && found.length === 1 && perhaps.length === 0) return at.reading.read(only);
    // Columns that are not all known may hide it, or be it.
    for (const { open } of visible) if (open !== null) perhaps.push(open);
    perhaps.push(...found);
    if (found.length > 0) return at.reading.read(computed(perhaps));
  }
  const item = itemOf(at.scope, { schema: null, name });
  if (item !== null) return at.reading.read(computed([...perhaps, wholeRow(item)], wholeRow(item).shape));
  if (perhaps.length > 0) return at.reading.read(computed(perhaps));
  const acting = ofActingRow(at, name, "*");
  if (acting === null) missingColumn(at, name, location);
  return acting ?? NOTHING;
}

/** NEW and OLD of a rule or trigger: `new.column`, and the whole row where `column` is "*". */
function ofActingRow({ reading }: Place, name: string, column: string | null): Value | null {
  const { row } = reading.context;
  if (row === null || !reading.variables || column === null || (name !== "new" && name !== "old"))
    return null;
  const names = row.relation.columns
    .map((each) => each.name)
    .filter((each) => column === "*" || each === column);
  const columns = names.map((each): NamedValue => {
    row.used.add(each);
    const behind = { places: row.places(each), verbatim: true, opaque: false };
    const value: Value = { sources: [{ kind: "placed", behind }], verbatim: true, shape: UNKNOWN_SHAPE };
    return { name: each, value };
  });
  return column === "*" ? rowOf({ columns, open: null }) : (columns[0]?.value ?? null);
}

/** `t` where no column has that name: the row of it. */
export function wholeRow(item: Item): Value {
  if (item.entry !== null) item.entry.whole = true;
  return rowOf(item);
}

/** `t.f` where t has no column f: f(t), as in `row.full_name` (parse_func.c, ParseFuncOrColumn). */
function functional(
  at: Place,
  item: Item,
  detail: string,
  name: string,
  location: number | undefined,
): Value {
  const { reading } = at;
  const candidates = functionsOfRow(at, name);
  if (candidates === undefined) return NOTHING;
  if (candidates.length === 0) {
    if (!reading.variables)
      missing(reading.context, "column", detail, `column ${detail} does not exist`, location);
    return NOTHING;
  }
  const row = wholeRow(item);
  return reading.read(computed([row, reading.call(candidates, [null], [row])]));
}

/** `*` gives what is visible at this level, `t.*` the columns of t. All of them are read. */
export function expandStar(at: Place, reference: ColumnRef): Columns {
  const names = strings(reference.fields);
  const name = names.at(-1);
  if (name === undefined) return readAll(at, together(at.scope.items.filter((item) => item.columnsVisible)));
  const relation: Name = { schema: names.at(-2) ?? null, name };
  const item = itemOf(at.scope, relation);
  if (item !== null) return readAll(at, item);
  const acting = ofActingRow(at, relation.name, relation.schema === null ? "*" : null);
  if (acting?.shape.kind === "row") return { columns: acting.shape.columns, open: null };
  missingEntry(at, relation, reference.location);
  return { columns: [], open: NOTHING };
}

export function together(all: readonly Columns[]): Columns {
  const open = all.flatMap((each) => each.open ?? []);
  return {
    columns: all.flatMap(({ columns }) => columns),
    open: open.length > 0 ? computed(open) : null,
  };
}

function readAll({ reading }: Place, columns: Columns): Columns {
  for (const { value } of columns.columns) reading.read(value);
  if (columns.open !== null) reading.read(columns.open);
  return columns;
}

function ambiguous({ reading }: Place, name: string, location: number | undefined): void {
  const message = `column reference "${name}" is ambiguous`;
  missing(reading.context, "ambiguous_column", name, message, location);
}

function missingColumn({ reading }: Place, name: string, location: number | undefined): void {
  if (reading.variables) return;
  missing(reading.context, "column", name, `column "${name}" does not exist`, location);
}

function missingEntry({ reading, scope }: Place, relation: Name, location: number | undefined): void {
  if (reading.variables) return;
  // It is there, but bears another name or cannot be seen from here (errorMissingRTE).
  const hidden =
    reading.rangeNames.has(relation.name) ||
    levels(scope).some(({ items }) => items.some(({ name }) => name === relation.name));
  const message = `${hidden ? "invalid reference to" : "missing"} FROM-clause entry for table "${relation.name}"`;
  missing(reading.context, "from_entry", written(relation), message, location);
}
