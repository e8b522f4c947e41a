// What may fail by the values that it is given, and what else is computed because of them: told as predicates in the place
// `value`. What of it is a comparison, predicates.ts tells.

import type { Node, TypeName } from "@pgsql/types";
import type { FunctionInfo } from "../../catalog/catalog.ts";
import { nameOf } from "./names.ts";
import { predicate, showsColumns } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { failsBy } from "./total.ts";
import type { Value } from "./value.ts";

/** A call: what each of its arguments may make it fail by. No candidates: it is a cast in the form of a call. */
export function arguing(
  { reading }: Place,
  candidates: readonly FunctionInfo[],
  values: readonly Value[],
): void {
  for (const [index, value] of values.entries()) {
    if (!showsColumns(value)) continue;
    const fails = candidates.length === 0 ? "value" : failsBy(candidates, index);
    if (fails !== null) reading.predicate(value, fails === "null" ? nullness(value) : "other", "value");
  }
}

/** What is computed from a column may be NULL where the column is not. */
function nullness({ verbatim }: Value): "equality" | "other" {
  return verbatim ? "equality" : "other";
}

/** Every value has a text; a name and a text of a length are cut to it. */
const TEXTS: ReadonlySet<string> = new Set(["text", "varchar", "bpchar", "name", "citext"]);

export function casting({ reading }: Place, value: Value | undefined, type: TypeName | undefined): void {
  if (value === undefined || !showsColumns(value)) return;
  const { schema, name } = nameOf(type?.names);
  const text = TEXTS.has(name) && (schema === null || schema === "pg_catalog" || name === "citext");
  if (!text || (type?.arrayBounds ?? []).length > 0) reading.predicate(value, "other", "value");
}

/** Values that may not be NULL, or not twice: keys of objects. */
export function keying({ reading }: Place, values: readonly Value[], unique: boolean): void {
  for (const value of values)
    if (showsColumns(value)) reading.predicate(value, unique ? "other" : nullness(value), "value");
}

/** Any of them may make it fail. */
export function straining({ reading }: Place, values: readonly Value[]): void {
  for (const value of values) if (showsColumns(value)) reading.predicate(value, "other", "value");
}

/** AND and OR leave out what the one before has decided. */
export function branching(at: Place, args: readonly Node[]): void {
  if (args.length > 1) for (const arg of args) predicate(at, arg, "value");
}

/** COALESCE goes on where one is NULL, to what may fail. */
export function coalescing({ reading }: Place, args: readonly Node[], values: readonly Value[]): void {
  for (const [index, value] of values.entries())
    if (showsColumns(value) && !args.slice(index + 1).every(isStill))
      reading.predicate(value, nullness(value), "value");
}

function isStill(node: Node): boolean {
  if ("TypeCast" in node) return node.TypeCast.arg !== undefined && "A_Const" in node.TypeCast.arg;
  return "A_Const" in node || "ParamRef" in node || "ColumnRef" in node || "SQLValueFunction" in node;
}
