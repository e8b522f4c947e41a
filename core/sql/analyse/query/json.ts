// SQL/JSON's functions and constructors. Only PostgreSQL's own code runs in them; casts to other types are told.

import type { JsonAggConstructor, JsonBehavior, JsonOutput, JsonValueExpr } from "@pgsql/types";
import { useType } from "./calls.ts";
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

function output(at: Place, wanted: JsonOutput | undefined): void {
  useType(at, wanted?.typeName);
}

function aggregate(at: Place, constructor: JsonAggConstructor | undefined): readonly Value[] {
  if (constructor === undefined) return [];
  output(at, constructor.output);
  const filter = constructor.agg_filter === undefined ? [] : [condition(at, constructor.agg_filter)];
  return [...each(at, constructor.agg_order), ...filter, ...window(at, constructor.over)].map(
    withoutLiterals,
  );
}

export const JSON_EXPRESSIONS = {
  JsonValueExpr: (at, value) => computed(jsonValue(at, value)),
  JsonArgument: (at, { val }) => computed(jsonValue(at, val)),
  JsonKeyValue: (at, { key, value }) => computed([...each(at, [key]), ...jsonValue(at, value)]),
  JsonIsPredicate: (at, { expr }) => computed(each(at, [expr])),
  JsonParseExpr: (at, { expr, output: wanted }) => {
    output(at, wanted);
    return computed(jsonValue(at, expr));
  },
  JsonScalarExpr: (at, { expr, output: wanted }) => {
    output(at, wanted);
    return computed(each(at, [expr]));
  },
  JsonSerializeExpr: (at, { expr, output: wanted }) => {
    output(at, wanted);
    return computed(jsonValue(at, expr));
  },
  JsonObjectConstructor: (at, { exprs, output: wanted }) => {
    output(at, wanted);
    return computed(each(at, exprs));
  },
  JsonArrayConstructor: (at, { exprs, output: wanted }) => {
    output(at, wanted);
    return computed(each(at, exprs));
  },
  JsonArrayQueryConstructor: (at, { query, output: wanted }) => {
    output(at, wanted);
    if (query === undefined) return computed([]);
    const { reading, scope } = at;
    const inside: Place = { reading, scope: { items: [], outer: scope, tables: scope.tables } };
    return computed([rowOf(reading.walks.query(inside, query))]);
  },
  JsonObjectAgg: (at, { constructor, arg }) =>
    computed([...each(at, [arg?.key]), ...jsonValue(at, arg?.value), ...aggregate(at, constructor)]),
  JsonArrayAgg: (at, { constructor, arg }) =>
    computed([...jsonValue(at, arg), ...aggregate(at, constructor)]),
  JsonFuncExpr: (at, { context_item, pathspec, passing = [], output: wanted, on_empty, on_error }) => {
    output(at, wanted);
    return computed([
      ...jsonValue(at, context_item),
      ...each(at, [pathspec, ...passing]),
      ...behaviour(at, [on_empty, on_error]),
    ]);
  },
} as const satisfies Expressions;
