// Facts for masking alone, put in order. What is written to a row that a rule or trigger sees goes on to where that writes it:
// told here as one flow from where it began. Pure.

import type { RelationRef } from "../catalog/catalog.ts";
import type { Flow, OutputColumn, ParameterPlace, Predicate, StatementFacts } from "../facts/facts.ts";
import type { AnalysisContext, Behind } from "./context.ts";
import { isProposed } from "./expand/index.ts";
import { sorted } from "./sorted.ts";

type MaskingFacts = Pick<StatementFacts, "parameters" | "flows" | "passed" | "predicates">;

/** Each absent where it is empty. */
export function maskingFacts(context: AnalysisContext): MaskingFacts {
  const parameters = [...context.parameters]
    .toSorted(([left], [right]) => left - right)
    .map(([number, met]) => parameterPlace(number, met));
  const flows = sorted(connected(context.flows));
  const passed = sorted(context.passed.map(withoutProposed).filter(isSomething));
  const predicates = withoutRepeated(sorted(context.predicates));
  return {
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(flows.length > 0 ? { flows } : {}),
    ...(passed.length > 0 ? { passed } : {}),
    ...(predicates.length > 0 ? { predicates } : {}),
  };
}

/** A condition is an expression as well: it need not be told as that beside. */
function withoutRepeated(predicates: readonly Predicate[]): readonly Predicate[] {
  const beside = (predicate: Predicate): string => JSON.stringify({ ...predicate, place: null });
  if (!predicates.some(({ place }) => place === "value")) return predicates;
  const told = new Set(predicates.filter(({ place }) => place !== "value").map(beside));
  return predicates.filter((one) => one.place !== "value" || !told.has(beside(one)));
}

function parameterPlace(number: number, { places, opaque }: Behind): ParameterPlace {
  return { number, columns: places, ...(opaque ? { opaque } : {}) };
}

type From = Pick<Flow, "from" | "opaque">;

/** How what the statement's author did not write comes to write. */
const OTHERS: ReadonlySet<string> = new Set(["rule", "trigger", "cascade", "expression"]);

/** RETURNING shows what the statement itself has just written. */
export function withWritten(
  columns: readonly OutputColumn[],
  flows: readonly Flow[],
): readonly OutputColumn[] {
  const stated = flows.filter(({ via }) => !via.some(({ kind }) => OTHERS.has(kind)));
  if (stated.length === 0) return columns;
  const into = byRelation(stated);
  return columns.map((column) => written(column, into));
}

function written(column: OutputColumn, into: Into): OutputColumn {
  const { from, verbatim, opaque } = reaching({ ...column, from: column.sources }, into);
  const sources = from.filter((place) => !isProposed(place));
  // What was written is the column's own new value, made of nothing else.
  const own = sources.length === column.sources.length && opaque !== true;
  return {
    ...column,
    sources,
    verbatim: own ? column.verbatim : verbatim,
    ...(opaque === true ? { opaque } : {}),
  };
}

/**
 * A flow from a column that something flows into is one from there as well. Triggers that set one another off come to the
 * same flow on many paths: each is followed once.
 */
function connected(flows: readonly Flow[]): readonly Flow[] {
  const shapes = new Map<string, Flow>();
  const shapeOf = flows.map((flow) => {
    const key = JSON.stringify({ ...flow, via: [] });
    const shape = shapes.get(key) ?? flow;
    shapes.set(key, shape);
    return shape;
  });
  const into = byRelation([...shapes.values()]);
  const reached = new Map<Flow, Flow>();
  for (const shape of shapes.values()) reached.set(shape, withoutProposed(reaching(shape, into)));
  return flows
    .map((flow, at) => ({ ...(reached.get(shapeOf[at] ?? flow) ?? flow), via: flow.via }))
    .filter(isSomething);
}

type Into = ReadonlyMap<string, readonly Flow[]>;

function byRelation(flows: readonly Flow[]): Into {
  const into = new Map<string, Flow[]>();
  for (const flow of flows) {
    const key = keyOf(flow.to.relation);
    const known = into.get(key);
    if (known === undefined) into.set(key, [flow]);
    else known.push(flow);
  }
  return into;
}

function reaching<T extends From & Pick<Flow, "verbatim">>(flow: T, into: Into): T {
  const seen = new Set<From>([flow]);
  const from = new Map(flow.from.map((place) => [JSON.stringify(place), place]));
  const waiting = [...flow.from];
  let opaque = flow.opaque === true;
  let verbatim = flow.verbatim;
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop())
    for (const before of into.get(keyOf(place.relation)) ?? []) {
      if (seen.has(before) || !isSame(place.column, before.to.column)) continue;
      seen.add(before);
      opaque ||= before.opaque === true;
      verbatim &&= before.verbatim;
      for (const each of before.from) {
        const key = JSON.stringify(each);
        if (from.has(key)) continue;
        from.set(key, each);
        waiting.push(each);
      }
    }
  return { ...flow, from: [...from.values()], verbatim, ...(opaque ? { opaque } : {}) };
}

function keyOf({ oid, schema, name }: RelationRef): string {
  return `${oid} ${schema}.${name}`;
}

function isSame(one: string, other: string): boolean {
  return one === other || one === "*" || other === "*";
}

function withoutProposed<T extends From>(told: T): T {
  return told.from.some(isProposed)
    ? { ...told, from: told.from.filter((place) => !isProposed(place)) }
    : told;
}

function isSomething({ from, opaque }: From): boolean {
  return from.length > 0 || opaque === true;
}
