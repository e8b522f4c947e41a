// SQL/JSON's functions and constructors. Only PostgreSQL's own code runs in them; casts to other types are told.

import type { JsonAggConstructor, JsonBehavior, JsonOutput, JsonValueExpr } from "@pgsql/types";
import { runType, useType } from "./calls.ts";
import { keying, straining } from "./failing.ts";
import { predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { window } from "./window.ts";
import { computed, rowOf, withoutLiterals, type Value } from "./value.ts";
import { condition, each, type Expressions } from "./walk.ts";

export function jsonValue(at: Place, value: JsonValueExpr | undefined): readonly Value[] {
  return each(at, [value?.raw_expr, value?.formatted_expr]);
}

export function behaviour(at: Place, behaviors: readonly (JsonBehavior | undefined)[]): readonly Value[] {
  return each(
    at,
    behaviors.map((behavior) => behavior?.expr),
  );
}

/** Gives what a cast to the type that RETURNING names shows beside the value. */
function output(at: Place, wanted: JsonOutput | undefined): Value {
  return runType(at.reading, useType(at, wanted?.typeName));
}

function aggregate(at: Place, constructor: JsonAggConstructor | undefined): readonly Value[] {
  if (constructor === undefined) return [];
  const cast = output(at, constructor.output);
  const filter = constructor.agg_filter === undefined ? [] : [condition(at, constructor.agg_filter)];
  predicate(at, constructor.agg_filter, "filter");
  const order = each(at, constructor.agg_order);
  for (const value of order) at.reading.predicate(value, "order", "aggregate");
  return [...order, ...filter, ...window(at, constructor.over), cast].map(withoutLiterals);
}

export const JSON_EXPRESSIONS = {
  JsonValueExpr: (at, value) => computed(jsonValue(at, value)),
  JsonArgument: (at, { val }) => computed(jsonValue(at, val)),
  JsonKeyValue: (at, { key, value }) => {
    const keys = each(at, [key]);
    keying(at, keys, false);
    return computed([...keys, ...jsonValue(at, value)]);
  },
  JsonIsPredicate: (at, { expr }) => computed(each(at, [expr])),
  JsonParseExpr: (at, { expr, output: wanted }) => {
    const values = jsonValue(at, expr);
    straining(at, values);
    return computed([...values, output(at, wanted)]);
  },
  JsonScalarExpr: (at, { expr, output: wanted }) => {
    return computed([...each(at, [expr]), output(at, wanted)]);
  },
  JsonSerializeExpr: (at, { expr, output: wanted }) => {
    return computed([...jsonValue(at, expr), output(at, wanted)]);
  },
  JsonObjectConstructor: (at, { exprs, output: wanted, unique }) => {
    const values = each(at, exprs);
    if (unique === true) straining(at, values);
    return computed([...values, output(at, wanted)]);
  },
  JsonArrayConstructor: (at, { exprs, output: wanted }) => {
    return computed([...each(at, exprs), output(at, wanted)]);
  },
  JsonArrayQueryConstructor: (at, { query, output: wanted }) => {
    const cast = output(at, wanted);
    if (query === undefined) return cast;
    const { reading, scope } = at;
    const inside: Place = { reading, scope: { items: [], outer: scope, tables: scope.tables } };
    return computed([rowOf(reading.walks.query(inside, query)), cast]);
  },
  JsonObjectAgg: (at, { constructor, arg, unique }) => {
    const keys = each(at, [arg?.key]);
    keying(at, keys, unique === true);
    return computed([...keys, ...jsonValue(at, arg?.value), ...aggregate(at, constructor)]);
  },
  JsonArrayAgg: (at, { constructor, arg }) =>
    computed([...jsonValue(at, arg), ...aggregate(at, constructor)]),
  JsonFuncExpr: (at, { context_item, pathspec, passing = [], output: wanted, on_empty, on_error }) => {
    const cast = output(at, wanted);
    const values = [...jsonValue(at, context_item), ...each(at, [pathspec, ...passing])];
    // Of itself it gives NULL or false where it cannot; else it fails, or computes what is to stand there.
    if (on_empty !== undefined || on_error !== undefined) straining(at, values);
    return computed([cast, ...values, ...behaviour(at, [on_empty, on_error])]);
  },
} as const satisfies Expressions;
