// Functions in FROM: which columns they give (parse_relation.c, addRangeTableEntryForFunction).

import type { Node, RangeFunction } from "@pgsql/types";
import type { FunctionInfo } from "../../catalog/catalog.ts";
import { fitting, useType } from "./calls.ts";
import { aliased, itemDefaults } from "./items.ts";
import { columnName, nameOf } from "./names.ts";
import type { Place } from "./reading.ts";
import type { Item } from "./scope.ts";
import { fieldsOf, rowTypeOf, shapeOfType } from "./shapes.ts";
import { together } from "./columns.ts";
import { computed, SCALAR, UNKNOWN_SHAPE, type Columns, type NamedValue, type Value } from "./value.ts";

export function fromFunction(at: Place, range: RangeFunction): Item {
  const { functions = [], coldeflist = [], ordinality, alias } = range;
  const parts = functions.map((each): Columns => {
    const [node, definitions] = "List" in each ? (each.List.items ?? []) : [];
    const inline = definitions !== undefined && "List" in definitions ? (definitions.List.items ?? []) : [];
    if (node === undefined) return { columns: [], open: null };
    const single = functions.length === 1 ? (alias?.aliasname ?? null) : null;
    return columnsOfCall(at, node, coldeflist.length > 0 ? coldeflist : inline, single);
  });
  const all = together(parts);
  const number: NamedValue = { name: "ordinality", value: { sources: [], verbatim: false, shape: SCALAR } };
  const [first] = functions;
  const [node] = first !== undefined && "List" in first ? (first.List.items ?? []) : [];
  return aliased(
    {
      ...itemDefaults(columnName(node, () => null)),
      columns: ordinality === true ? [...all.columns, number] : all.columns,
      open: all.open,
    },
    alias,
  );
}

function columnsOfCall(at: Place, node: Node, definitions: readonly Node[], alias: string | null): Columns {
  const value = at.reading.walks.expression(at, node);
  at.reading.meet(value.sources);
  if (definitions.length > 0) return { columns: defined(at, definitions, value), open: null };
  const name = alias ?? columnName(node, () => null);
  const scalar: Columns = { columns: [{ name, value: computed([value], SCALAR) }], open: null };
  if (!("FuncCall" in node)) return scalar;
  const { funcname, args = [], func_variadic } = node.FuncCall;
  const found = at.reading.context.functions(nameOf(funcname)) ?? [];
  const candidates = func_variadic === true ? found : fitting(found, args.length);
  const results = candidates.map((candidate) => columnsOfFunction(at, candidate, value, name, args));
  const [first, ...others] = results;
  if (first === undefined) return { ...scalar, open: computed([value]) };
  const same = others.every((other) => spelled(other) === spelled(first));
  return same ? first : { columns: [], open: computed([value]) };
}

/** `AS (name type, …)`. */
function defined(at: Place, definitions: readonly Node[], value: Value): readonly NamedValue[] {
  return definitions.flatMap((definition) => {
    if (!("ColumnDef" in definition)) return [];
    const { colname = "", typeName } = definition.ColumnDef;
    const type = useType(at, typeName);
    return [
      { name: colname, value: computed([value], type === null ? UNKNOWN_SHAPE : shapeOfType(type.oid)) },
    ];
  });
}

function spelled({ columns, open }: Columns): string {
  return JSON.stringify([columns.map(({ name }) => name), open !== null]);
}

/** anyelement, anycompatible: what the arguments are. */
const POLYMORPHIC: ReadonlySet<number> = new Set([2283, 5077]);

function columnsOfFunction(
  { reading }: Place,
  { outputColumns, returnTypeOid }: FunctionInfo,
  value: Value,
  name: string,
  args: readonly Node[],
): Columns {
  const field = computed([value]);
  if (outputColumns.length > 0)
    return { columns: outputColumns.map((column) => ({ name: column, value: field })), open: null };
  const one: Columns = { columns: [{ name, value: field }], open: null };
  if (POLYMORPHIC.has(returnTypeOid)) {
    // Of unnest(array), the array's literal or cast says whether its elements are scalar.
    if (args.every(isScalarText)) return one;
    return value.shape.kind === "scalar" ? one : { columns: one.columns, open: field };
  }
  const row = rowTypeOf(reading.context, returnTypeOid);
  if (row === "scalar") return one;
  const fields = fieldsOf(reading.context, { ...value, shape: { kind: "type", oid: returnTypeOid } });
  if (row === null || fields === null || fields === "scalar") return { columns: [], open: field };
  return { columns: fields, open: null };
}

/** An array of a type of pg_catalog's that the grammar itself spells, of constants, or a parameter cast to such. */
function isScalarText(node: Node): boolean {
  if ("TypeCast" in node) {
    const [schema] = node.TypeCast.typeName?.names ?? [];
    return schema !== undefined && "String" in schema && schema.String.sval === "pg_catalog";
  }
  if ("A_ArrayExpr" in node)
    return (node.A_ArrayExpr.elements ?? []).every((each) => "A_Const" in each || isScalarText(each));
  return false;
}
