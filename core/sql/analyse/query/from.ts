// FROM: its items from left to right, joins, and what each may see (parse_clause.c, transformFromClauseItem).

import type { JoinExpr, Node, RangeSubselect, RangeTableSample, RangeVar } from "@pgsql/types";
import { useOperator } from "./calls.ts";
import { together } from "./columns.ts";
import { fromFunction } from "./from-function.ts";
import { fromJsonTable, fromXmlTable } from "./from-document.ts";
import { aliased, itemDefaults, relationItem } from "./items.ts";
import { nameOf, strings } from "./names.ts";
import { predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { commonTable, type Item } from "./scope.ts";
import { either, NOTHING, type Columns, type NamedValue } from "./value.ts";
import { condition, each, member } from "./walk.ts";

/** What a part of FROM brings: its items, and its columns as a join takes them. */
interface Part extends Columns {
  readonly items: readonly Item[];
}

/** `at` is the query's own place, without its FROM; gives it with it. `before`: a target that stands before FROM's items. */
export function withFrom(at: Place, from: readonly Node[] | undefined, before: readonly Item[] = []): Place {
  const items: Item[] = [];
  for (const node of from ?? []) items.push(...part(at, node, items.slice()).items);
  return { reading: at.reading, scope: { ...at.scope, items: [...before, ...items] } };
}

/** `beside`: the items to the left, which LATERAL sees. */
function part(at: Place, node: Node, beside: readonly Item[]): Part {
  const lateral: Place = { reading: at.reading, scope: { ...at.scope, items: beside } };
  if ("RangeVar" in node) return whole(namedItem(at, node.RangeVar));
  if ("RangeSubselect" in node) return whole(subselect(at, node.RangeSubselect, beside));
  if ("JoinExpr" in node) return join(at, node.JoinExpr, beside);
  if ("RangeFunction" in node) return whole(fromFunction(lateral, node.RangeFunction));
  if ("RangeTableFunc" in node) return whole(fromXmlTable(lateral, node.RangeTableFunc));
  if ("JsonTable" in node) return whole(fromJsonTable(lateral, node.JsonTable));
  if ("RangeTableSample" in node) return sample(at, lateral, node.RangeTableSample, beside);
  at.reading.context.cannotTell("statement", `FROM ${member(node)?.type ?? ""}`);
  return { items: [], columns: [], open: NOTHING };
}

function whole(item: Item): Part {
  return { items: [item], columns: item.columns, open: item.open };
}

/** A WITH query or a relation. */
function namedItem(at: Place, range: RangeVar): Item {
  const name = range.relname ?? "";
  const table = range.schemaname === undefined ? commonTable(at.scope, name) : null;
  if (table === null) return relationItem(at, range, true);
  return aliased({ ...itemDefaults(name), ...table.columns() }, range.alias);
}

function subselect(at: Place, { lateral, subquery, alias }: RangeSubselect, beside: readonly Item[]): Item {
  const { reading, scope } = at;
  // Without LATERAL it sees what the query around sees from outside, and nothing of FROM.
  const outer = lateral === true ? { ...scope, items: beside } : scope.outer;
  const inside: Place = { reading, scope: { items: [], outer, tables: scope.tables } };
  const before = reading.entries.length;
  const columns =
    subquery === undefined ? { columns: [], open: null } : reading.walks.query(inside, subquery);
  return aliased({ ...itemDefaults(null), ...columns, locks: reading.entries.slice(before) }, alias);
}

function sample(at: Place, lateral: Place, range: RangeTableSample, beside: readonly Item[]): Part {
  const { relation, method, args, repeatable } = range;
  for (const value of each(lateral, [...(args ?? []), repeatable]))
    at.reading.predicate(value, "other", "rows");
  at.reading.call(at.reading.context.functions(nameOf(method)) ?? [], []);
  return relation === undefined ? { items: [], columns: [], open: null } : part(at, relation, beside);
}

function join(at: Place, expr: JoinExpr, beside: readonly Item[]): Part {
  const nothing: Part = { items: [], columns: [], open: null };
  const left = expr.larg === undefined ? nothing : part(at, expr.larg, beside);
  const right = expr.rarg === undefined ? nothing : part(at, expr.rarg, [...beside, ...left.items]);
  const below = [...left.items, ...right.items];
  const both: Place = { reading: at.reading, scope: { ...at.scope, items: below } };
  if (expr.quals !== undefined) condition(both, expr.quals);
  predicate(both, expr.quals, "on");
  const names = expr.isNatural === true ? inBoth(left, right) : strings(expr.usingClause);
  const merged = merge(at, names, left, right, expr.jointype === "JOIN_FULL");
  const rest = (side: Columns): readonly NamedValue[] =>
    side.columns.filter(({ name }) => !names.includes(name));
  const { open } = together([left, right]);
  const columns: Columns = { columns: [...merged, ...rest(left), ...rest(right)], open };
  const using = expr.join_using_alias?.aliasname;
  const usingItem: readonly Item[] =
    using === undefined ? [] : [{ ...itemDefaults(using), columns: merged, columnsVisible: false }];
  const joined = aliased({ ...itemDefaults(null), ...columns }, expr.alias);
  // An alias of the join hides what is joined.
  const seen = expr.alias === undefined ? below.map(withoutColumns) : [];
  return { items: [...seen, ...usingItem, joined], columns: joined.columns, open };
}

function withoutColumns(item: Item): Item {
  return { ...item, columnsVisible: false };
}

function inBoth(left: Columns, right: Columns): readonly string[] {
  const names = new Set(right.columns.map(({ name }) => name));
  return [...new Set(left.columns.map(({ name }) => name))].filter((name) => names.has(name));
}

/** Columns of USING and NATURAL: compared, so read, and equal, so each shows the other. */
function merge(
  at: Place,
  names: readonly string[],
  left: Columns,
  right: Columns,
  full: boolean,
): readonly NamedValue[] {
  const used = names.length > 0 ? useOperator(at, { schema: null, name: "=" }) : NOTHING;
  at.reading.predicate(used, "other", "using");
  return names.map((name) => {
    const sides = [left, right].flatMap(({ columns, open }) => {
      const found = columns.filter((column) => column.name === name).map(({ value }) => value);
      return found.length === 0 && open !== null ? [open] : found;
    });
    const value = either(sides.map((side) => at.reading.read(side)));
    at.reading.meet(value.sources);
    for (const side of sides) at.reading.predicate(side, side.verbatim ? "join" : "other", "using");
    return { name, value: full ? { ...value, verbatim: false } : value };
  });
}
