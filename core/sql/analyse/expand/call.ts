// Calling a function: the call itself for every candidate, and what its body reads, writes and calls where the body is text
// that can be read beforehand. PostgreSQL's own functions are judged by name and volatility.

import type { FunctionInfo, RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn, Predicate } from "../../facts/facts.ts";
import { type AnalysisContext, qualified, ref } from "../context.ts";
import { bodyFlows, readPlaces } from "./body-flows.ts";
import { examineBody, functionVia, moveNames, movesNames } from "./body.ts";
import { expansionOf, inside, type Result } from "./inside.ts";

/** Any of the candidates may be the one that runs: all of them count. `constants`: see facts' Call. */
export function callFunction(
  context: AnalysisContext,
  candidates: readonly FunctionInfo[],
  constants: readonly (string | null)[],
): void {
  for (const candidate of candidates) callOne(context, candidate, constants);
}

function callOne(
  context: AnalysisContext,
  candidate: FunctionInfo,
  constants: readonly (string | null)[],
): void {
  const read = candidate.schema !== "pg_catalog" && examine(context, candidate);
  const examined = read && !expansionOf(context).namesMove;
  if (!examined && mayWrite(candidate)) context.tagCounts = false;
  context.calls.push({ function: candidate, via: context.via, examined, constants });
  if (candidate.schema === "pg_catalog" && candidate.name === "set_config" && movesNames(constants[0]))
    moveNames(context);
}

/** Volatility is a promise that only C functions are held to here: a stable body may call what writes. */
function mayWrite({ schema, volatility, language }: FunctionInfo): boolean {
  if (schema === "pg_catalog") return false;
  return volatility === "volatile" || (language !== "c" && language !== "internal");
}

/** True: what it does stands in the facts. Inside of itself that is so as well: the outer call is being read. */
function examine(context: AnalysisContext, candidate: FunctionInfo): boolean {
  const { examined, bodies, results } = expansionOf(context);
  const { definition, hasSettings, language, oid, supportOids } = candidate;
  const readable = definition !== null && !hasSettings && (language === "sql" || language === "plpgsql");
  if (!readable && candidate.kind !== "aggregate") return false;
  const { row } = context;
  // A trigger's own function sees NEW and OLD, those that it calls do not.
  if (context.via.at(-1)?.kind !== "trigger") context.row = null;
  inside(context, { via: functionVia(qualified(candidate)), identity: oid, variables: "possible" }, () => {
    examined.set(oid, true);
    const before = context.accesses.length;
    const predicates = context.predicates.length;
    const { whole, output, decides } =
      candidate.kind === "aggregate"
        ? { whole: true, output: null, decides: false }
        : examineBody(context, definition ?? "", language, candidate.securityDefiner);
    const supported = supportOids.map((support) => callByOid(context, support));
    examined.set(oid, whole && supported.every(Boolean));
    const touched = bodies.get(oid) ?? new Set();
    for (const access of context.accesses.slice(before)) touched.add(access);
    bodies.set(oid, touched);
    if (whole && output !== null)
      results.set(oid, together(results.get(oid), output, context.predicates.slice(predicates)));
    // Values go through variables of PL/pgSQL unseen.
    if (language === "plpgsql") bodyFlows(context, before, !whole);
    if (decides)
      for (const place of readPlaces(context.accesses.slice(before)))
        context.predicates.push({ ...place, use: "other", place: "case", via: context.via });
  });
  context.row = row;
  return examined.get(oid) ?? false;
}

/** Functions that call one another are read on several paths, on each of them but for what is being read already. */
function together(
  before: Result | undefined,
  output: readonly OutputColumn[],
  deciding: readonly Predicate[],
): Result {
  if (before === undefined) return { columns: output, deciding };
  const columns = output.map((column, index): OutputColumn => {
    const other = before.columns[index];
    const opaque = column.opaque === true || other?.opaque === true;
    const sources = [...new Set([...column.sources, ...(other?.sources ?? [])])];
    return { name: column.name, sources, verbatim: false, opaque };
  });
  return { columns, deciding: [...new Set([...before.deciding, ...deciding])] };
}

/** False: not known, or not yet. */
export function callByOid(context: AnalysisContext, oid: number): boolean {
  const found = context.functionByOid(oid);
  if (found === null) context.cannotTell("function", `function ${oid}`);
  if (found === null || found === undefined) return false;
  callFunction(context, [found], []);
  return true;
}

/**
 * Functions in a relation's defaults, generated columns, checks, indexes and policies, which run as its rows are touched.
 * `writing`: what they read may be the default of any column, or decide on whether the row is taken.
 */
export function evaluateExpressions(
  context: AnalysisContext,
  relation: RelationInfo,
  writing: boolean,
): void {
  const { expressionFunctionOids = [] } = relation;
  if (expressionFunctionOids.length === 0) return;
  const via = { kind: "expression", name: qualified(relation) } as const;
  inside(context, { via, variables: "none" }, () => {
    const before = context.accesses.length;
    for (const oid of expressionFunctionOids) callByOid(context, oid);
    if (writing) flowToAny(context, relation, before);
  });
}

/** What was read since may be in any column of it; in which is not known. */
export function flowToAny(context: AnalysisContext, relation: RelationInfo, before: number): void {
  const from = readPlaces(context.accesses.slice(before));
  const to = { relation: ref(relation), column: "*" };
  if (from.length > 0) context.flows.push({ from, to, verbatim: false, via: context.via });
}
