// Functions in FROM: which columns they give (parse_relation.c, addRangeTableEntryForFunction).

import type { Node, RangeFunction } from "@pgsql/types";
import type { FunctionInfo } from "../../catalog/catalog.ts";
import { fitting, ofArrays, runType, useType } from "./calls.ts";
import { aliased, itemDefaults } from "./items.ts";
import { columnName, nameOf } from "./names.ts";
import type { Place } from "./reading.ts";
import type { Item } from "./scope.ts";
import { fieldsOf, POLYMORPHIC, shapeOfType } from "./shapes.ts";
import { together } from "./columns.ts";
import type { ResultColumn } from "../expand/index.ts";
import {
  computed,
  SCALAR,
  type Source,
  UNKNOWN_SHAPE,
  type Columns,
  type NamedValue,
  type Value,
} from "./value.ts";

interface Call {
  readonly node: Node;
  readonly definitions: readonly Node[];
}

export function fromFunction(at: Place, range: RangeFunction): Item {
  const { functions = [], coldeflist = [], ordinality, alias } = range;
  const called = functions.flatMap((each): readonly Call[] => {
    const [node, definitions] = "List" in each ? (each.List.items ?? []) : [];
    const inline = definitions !== undefined && "List" in definitions ? (definitions.List.items ?? []) : [];
    if (node === undefined) return [];
    return separate(node).map((one) => ({
      node: one,
      definitions: coldeflist.length > 0 ? coldeflist : inline,
    }));
  });
  const single = called.length === 1 ? (alias?.aliasname ?? null) : null;
  const parts = called.map(({ node, definitions }) => columnsOfCall(at, node, definitions, single));
  const all = together(parts);
  const number: NamedValue = { name: "ordinality", value: { sources: [], verbatim: false, shape: SCALAR } };
  return aliased(
    {
      ...itemDefaults(columnName(called[0]?.node, () => null)),
      columns: ordinality === true ? [...all.columns, number] : all.columns,
      open: all.open,
    },
    alias,
  );
}

/** `unnest(a, b)` is `ROWS FROM (unnest(a), unnest(b))` (transformRangeFunction). */
function separate(node: Node): readonly Node[] {
  if (!("FuncCall" in node)) return [node];
  const { funcname, args = [], ...rest } = node.FuncCall;
  const { schema, name } = nameOf(funcname);
  if (schema !== null || name !== "unnest" || args.length < 2 || rest.func_variadic === true) return [node];
  const unnest = [{ String: { sval: "pg_catalog" } }, { String: { sval: "unnest" } }];
  return args.map((arg) => ({ FuncCall: { ...rest, funcname: unnest, args: [arg] } }));
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
  const candidates = func_variadic === true ? found : ofArrays(fitting(found, args.length), args);
  // An argument may be made by the same function, and shows all that it gives.
  const called = candidates.map(({ oid }) => oid).join();
  const nested = args.some((arg) => JSON.stringify(arg).includes('"FuncCall"'));
  const of = (index: number, count: number): Value =>
    nested ? computed([value]) : narrowed(value, called, { index, count });
  const results = candidates.map((candidate) => columnsOfFunction(at, candidate, value, name, of));
  const [first, ...others] = results;
  if (first === undefined) return { ...scalar, open: computed([value]) };
  const same = others.every((other) => spelled(other) === spelled(first));
  return same ? first : { columns: [], open: computed([value]) };
}

/** What one column of the result shows. */
function narrowed(value: Value, called: string, column: ResultColumn): Value {
  const sources = value.sources.map((source): Source =>
    source.kind === "call" && source.functions.map(({ oid }) => oid).join() === called
      ? { kind: "call", functions: source.functions, column }
      : source,
  );
  return { sources, verbatim: false, shape: UNKNOWN_SHAPE };
}

/** `AS (name type, …)`. */
function defined(at: Place, definitions: readonly Node[], value: Value): readonly NamedValue[] {
  return definitions.flatMap((definition) => {
    if (!("ColumnDef" in definition)) return [];
    const { colname = "", typeName } = definition.ColumnDef;
    const type = useType(at, typeName);
    const shape = type === null ? UNKNOWN_SHAPE : shapeOfType(type.oid);
    return [{ name: colname, value: computed([value, runType(at.reading, type)], shape) }];
  });
}

function spelled({ columns, open }: Columns): string {
  return JSON.stringify([columns.map(({ name }) => name), open !== null]);
}

function columnsOfFunction(
  { reading }: Place,
  { outputColumns, returnTypeOid }: FunctionInfo,
  value: Value,
  name: string,
  of: (index: number, count: number) => Value,
): Columns {
  const field = computed([value]);
  if (outputColumns.length > 0) {
    const columns = outputColumns.map((column, index) => ({
      name: column,
      value: of(index, outputColumns.length),
    }));
    return { columns, open: null };
  }
  // The call's own shape where it depends on its arguments.
  const shape = shapeOfType(returnTypeOid);
  const known = POLYMORPHIC.has(returnTypeOid) ? value.shape : shape;
  const fields = fieldsOf(reading.context, { ...field, shape: known });
  if (fields === "scalar") return { columns: [{ name, value: { ...field, shape: SCALAR } }], open: null };
  if (fields !== null) {
    const columns = fields.map((each, index) => ({
      name: each.name,
      value: { ...of(index, fields.length), shape: each.value.shape },
    }));
    return { columns, open: null };
  }
  return { columns: POLYMORPHIC.has(returnTypeOid) ? [{ name, value: field }] : [], open: field };
}
