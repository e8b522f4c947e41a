// Every kind of expression, by a table. A kind that the table does not have is not understood.

import type { FuncCall, Node } from "@pgsql/types";
import { callFunction, missingFunction, ofArrays, runType, useOperator, useType } from "./calls.ts";
import { arguing, branching, casting, coalescing, straining } from "./failing.ts";
import { isStar, referTo } from "./columns.ts";
import { JSON_EXPRESSIONS } from "./json.ts";
import { nameOf } from "./names.ts";
import { select } from "./fields.ts";
import { operation } from "./operation.ts";
import { comparison, predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { fieldsOf, shapeOfCall, shapeOfCast } from "./shapes.ts";
import { subLink } from "./sublink.ts";
import { computed, NOTHING, SCALAR, UNKNOWN_SHAPE, withoutLiterals, type Value } from "./value.ts";
import { window } from "./window.ts";
import { condition, each, member, type Expressions } from "./walk.ts";

export function expression(at: Place, node: Node): Value {
  const found = member(node);
  // An absent element of a list, as in DISTINCT without ON.
  if (found === null) return NOTHING;
  const walk = EXPRESSIONS[found.type as keyof typeof EXPRESSIONS] as
    | ((at: Place, value: unknown, node: Node) => Value)
    | undefined;
  if (walk !== undefined && Object.hasOwn(EXPRESSIONS, found.type)) {
    const value = walk(at, found.value, node);
    at.reading.values.set(node, value);
    return value;
  }
  at.reading.context.cannotTell("statement", `expression ${found.type}`);
  return NOTHING;
}

const EXPRESSIONS = {
  A_Const: ({ reading }, constant) => {
    const literal = constant.isnull === true ? null : reading.literal(constant.location);
    return { sources: literal === null ? [] : [literal], verbatim: false, shape: SCALAR };
  },
  ColumnRef: referTo,
  ParamRef: ({ reading }, { number = 0 }) => {
    const parameter = reading.parameter(number);
    return parameter === null ? NOTHING : { ...NOTHING, sources: [parameter] };
  },
  A_Expr: operation,
  BoolExpr: (at, { args = [] }) => {
    const values = args.map((arg) => condition(at, arg));
    branching(at, args);
    return computed(values, SCALAR);
  },
  NullTest: (at, { arg }) => computed(each(at, [arg]), SCALAR),
  BooleanTest: (at, { arg }) => computed(each(at, [arg]), SCALAR),
  SubLink: subLink,
  FuncCall: functionCall,
  NamedArgExpr: (at, { arg }) => computed(each(at, [arg])),
  TypeCast: (at, { arg, typeName }) => {
    const type = useType(at, typeName);
    const values = each(at, [arg]);
    casting(at, values[0], typeName);
    return computed([...values, runType(at.reading, type)], shapeOfCast(typeName, type));
  },
  CollateClause: (at, { arg }) => computed(each(at, [arg]), SCALAR),
  CaseExpr: (at, { arg, args = [], defresult }) => {
    const tests = args.flatMap((each) => ("CaseWhen" in each ? [each.CaseWhen] : []));
    const used = arg === undefined ? [] : [useOperator(at, { schema: null, name: "=" })];
    const subject = [...each(at, [arg]), ...used];
    const conditions = tests.map(({ expr }) => computed([...subject, ...each(at, [expr])]));
    for (const { sources } of conditions) at.reading.meet(sources);
    for (const { expr } of tests)
      if (expr !== undefined)
        if (arg === undefined) predicate(at, expr, "case");
        else comparison(at, [arg], [expr], "equality", "case");
    const results = each(at, [...tests.map(({ result }) => result), defresult]);
    return computed([...conditions.map(withoutLiterals), ...results]);
  },
  CoalesceExpr: (at, { args = [] }) => {
    const values = each(at, args);
    coalescing(at, args, values);
    return computed(values);
  },
  MinMaxExpr: (at, { args }) => computed(each(at, args)),
  RowExpr: (at, { args = [] }) => {
    const values = each(at, args);
    const plain = !args.some((arg) => "ColumnRef" in arg && isStar(arg.ColumnRef));
    const columns = values.map((value, index) => ({ name: `f${index + 1}`, value }));
    return computed(values, plain ? { kind: "row", columns } : UNKNOWN_SHAPE);
  },
  A_ArrayExpr: (at, { elements = [] }) => {
    const values = each(at, elements);
    const scalar = values.every((value) => fieldsOf(at.reading.context, value) === "scalar");
    return computed(values, scalar ? SCALAR : UNKNOWN_SHAPE);
  },
  A_Indirection: select,
  List: (at, { items }) => computed(each(at, items)),
  SetToDefault: () => NOTHING,
  SQLValueFunction: () => ({ ...NOTHING, shape: SCALAR }),
  MergeSupportFunc: () => ({ ...NOTHING, shape: SCALAR }),
  CurrentOfExpr: () => NOTHING,
  GroupingFunc: (at, { args }) => withoutLiterals(computed(each(at, args), SCALAR)),
  GroupingSet: (at, { content }) => computed(each(at, content)),
  ResTarget: (at, { val }) => computed(each(at, [val])),
  SortBy: (at, { node, useOp = [] }) => {
    const used = useOp.length > 0 ? [useOperator(at, nameOf(useOp))] : [];
    return computed([...each(at, [node]), ...used]);
  },
  MultiAssignRef: (at, { source }) => computed(each(at, [source])),
  XmlExpr: (at, { args = [], named_args = [] }) => {
    const values = each(at, [...args, ...named_args]);
    straining(at, values);
    return computed(values, SCALAR);
  },
  XmlSerialize: (at, { expr, typeName }) => {
    const type = useType(at, typeName);
    const values = each(at, [expr]);
    straining(at, values);
    return computed([...values, runType(at.reading, type)], SCALAR);
  },
  ...JSON_EXPRESSIONS,
} as const satisfies Expressions;

function functionCall(at: Place, call: FuncCall): Value {
  const { args = [], agg_order = [], agg_filter, agg_distinct, over } = call;
  const values = each(at, args);
  const order = each(at, agg_order);
  const beside = [...(agg_filter === undefined ? [] : [condition(at, agg_filter)]), ...window(at, over)];
  const { candidates, value } = callFunction(at, call, values);
  const { reading } = at;
  if (candidates !== undefined) arguing(at, candidates, values);
  for (const each of order) reading.predicate(each, "order", "aggregate");
  if (agg_distinct === true) for (const each of values) reading.predicate(each, "distinct", "aggregate");
  if (agg_filter !== undefined) predicate(at, agg_filter, "filter");
  // As many rows as its arguments say, beside columns that show nothing of them.
  if (candidates?.some(({ returnsSet }) => returnsSet) === true)
    reading.predicate(computed([...values, reading.rowsOf(candidates)]), "other", "rows");
  const all = [...values, ...order, ...beside.map(withoutLiterals), value];
  if (candidates?.length === 0) return castOrField(at, call, values) ?? computed(all);
  return computed(all, shapeOfCall(at, ofArrays(candidates ?? [], args), [...values, value]));
}

/** `f(x)` without a function f: a field of x, or a cast to the type f (parse_func.c, func_get_detail). */
function castOrField(at: Place, call: FuncCall, values: readonly Value[]): Value | null {
  const [value, ...others] = values;
  const name = nameOf(call.funcname);
  if (value === undefined || others.length > 0) {
    missingFunction(at, call);
    return null;
  }
  const fields = fieldsOf(at.reading.context, value);
  if (fields !== "scalar" && fields !== null && name.schema === null) {
    const field = fields.find((each) => each.name === name.name);
    if (field !== undefined) return at.reading.read(field.value);
  }
  if (at.reading.context.type(name) === null) missingFunction(at, call);
  return null;
}
