// Functions, operators and types by the names that stand in the statement: every candidate is called, the worst case counts.

import type { FuncCall, Node, TypeName } from "@pgsql/types";
import type { FunctionInfo, Name, TypeInfo } from "../../catalog/catalog.ts";
import { missing } from "./missing.ts";
import { constantText, nameOf, strings, written } from "./names.ts";
import { pinnedText } from "./pinned.ts";
import type { Place, Reading } from "./reading.ts";
import { computed, NOTHING, type Value } from "./value.ts";

/** The candidates of a name that take that many arguments; all where none does. */
export function fitting(candidates: readonly FunctionInfo[], count: number): readonly FunctionInfo[] {
  const found = candidates.filter(
    ({ leastArguments, mostArguments }) =>
      count >= leastArguments && (mostArguments === null || count <= mostArguments),
  );
  return found.length > 0 ? found : candidates;
}

export interface Called {
  /** undefined: not known yet; empty: there is none. */
  readonly candidates: readonly FunctionInfo[] | undefined;
  /** What they show beside their arguments. */
  readonly value: Value;
}

/** Tells the context of a call. The caller knows what else a name without function may mean: a cast, a field. */
export function callFunction(at: Place, call: FuncCall, values: readonly Value[]): Called {
  const { args = [], agg_order = [], agg_within_group } = call;
  const name = nameOf(call.funcname);
  const found = at.reading.context.functions(name);
  // f(x) may be a cast to a type f, unless a function takes x exactly as it is (func_get_detail).
  const cast = args.length === 1 && name.schema !== "pg_catalog" ? at.reading.context.type(name) : undefined;
  const value = cast === undefined || cast === null ? NOTHING : runType(at.reading, cast);
  if (found === undefined || found.length === 0) return { candidates: found, value };
  const count = args.length + (agg_within_group === true ? agg_order.length : 0);
  // f(VARIADIC array): the array stands for as many as it holds.
  const candidates = call.func_variadic === true ? found : fitting(found, count);
  // By name, arguments stand in any order: which is which is the function's to say.
  const named = args.some((arg) => "NamedArgExpr" in arg);
  const called = at.reading.call(
    candidates,
    args.map((arg) =>
      named || call.func_variadic === true ? null : (constantText(arg) ?? pinnedText(at, arg)),
    ),
    values,
  );
  return { candidates, value: computed([value, called]) };
}

/** What is an array by its looks goes to a function of arrays: unnest is one of tsvector as well. */
export function ofArrays(
  candidates: readonly FunctionInfo[],
  args: readonly Node[],
): readonly FunctionInfo[] {
  const [only, ...others] = args;
  if (candidates.length < 2 || only === undefined || others.length > 0 || !isArray(only)) return candidates;
  const found = candidates.filter((each) => {
    const [input = ""] = each.arguments.split(", OUT ");
    return input.includes("array") || input.includes("[]");
  });
  return found.length > 0 ? found : candidates;
}

function isArray(node: Node): boolean {
  if ("A_ArrayExpr" in node) return true;
  if ("TypeCast" in node) return (node.TypeCast.typeName?.arrayBounds ?? []).length > 0;
  return "SubLink" in node && node.SubLink.subLinkType === "ARRAY_SUBLINK";
}

/** Functions that `row.name` may call: those that take one argument. */
export function functionsOfRow({ reading }: Place, name: string): readonly FunctionInfo[] | undefined {
  // What is still asked may turn out to have a field of that name.
  if (reading.context.questions.length > 0) return undefined;
  const found = reading.context.functions({ schema: null, name });
  return found?.filter(
    ({ leastArguments, mostArguments }) =>
      leastArguments <= 1 && (mostArguments === null || mostArguments >= 1),
  );
}

export function missingFunction({ reading }: Place, call: FuncCall): void {
  const name = written(nameOf(call.funcname));
  const types = (call.args ?? []).map(typeNameOf).join(", ");
  missing(reading.context, "function", name, `function ${name}(${types}) does not exist`, call.location);
}

/** As far as it can be told from the argument alone. */
function typeNameOf(node: Node): string {
  if ("NamedArgExpr" in node)
    return `${node.NamedArgExpr.name ?? ""} => ${node.NamedArgExpr.arg === undefined ? "unknown" : typeNameOf(node.NamedArgExpr.arg)}`;
  if ("TypeCast" in node) {
    const name = strings(node.TypeCast.typeName?.names).at(-1) ?? "unknown";
    return SPELLED.get(name) ?? name;
  }
  if (!("A_Const" in node)) return "unknown";
  const { ival, fval, boolval } = node.A_Const;
  if (ival !== undefined) return "integer";
  if (fval !== undefined) return "numeric";
  return boolval === undefined ? "unknown" : "boolean";
}

/** format_type_be's spelling of what the grammar writes otherwise. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ["int2", "smallint"],
  ["int4", "integer"],
  ["int8", "bigint"],
  ["float4", "real"],
  ["float8", "double precision"],
  ["bool", "boolean"],
  ["varchar", "character varying"],
  ["bpchar", "character"],
  ["timestamptz", "timestamp with time zone"],
  ["timestamp", "timestamp without time zone"],
]);

/** Operators of PostgreSQL itself have no effects; the catalog gives the others. */
export function useOperator({ reading }: Place, name: Name): Value {
  const found = reading.context.operators(name) ?? [];
  return computed(found.map(({ functionOid }) => reading.callByOid(functionOid)));
}

/** null: there is none, or it is not known yet. Types of pg_catalog by their full name run nothing but PostgreSQL's own. */
export function useType({ reading }: Place, type: TypeName | undefined): TypeInfo | null {
  const name = nameOf(type?.names);
  if (type === undefined || name.name === "" || name.schema === "pg_catalog") return null;
  const found = reading.context.type(name);
  if (found === null)
    missing(reading.context, "type", written(name), `type "${written(name)}" does not exist`, type.location);
  if (found === undefined || found === null) return null;
  runType(reading, found);
  return found;
}

/** Gives what its functions show beside the value itself; null: none of its own. */
export function runType(reading: Reading, type: TypeInfo | null): Value {
  return computed((type?.functionOids ?? []).map((oid) => reading.callByOid(oid)));
}

/** Objects that initdb makes have smaller ones (transam.h, FirstNormalObjectId). */
const FIRST_NORMAL_OBJECT_ID = 16_384;

/** A value goes into a column of that type: its input, casts and domain checks run. */
export function assignToType(reading: Reading, oid: number): void {
  if (oid < FIRST_NORMAL_OBJECT_ID) return;
  const type = reading.context.typeByOid(oid);
  if (type !== undefined && type !== null) runType(reading, type);
  if (type === null) reading.context.cannotTell("type", `type ${oid}`);
}
