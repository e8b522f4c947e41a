// Calling a function: the call itself for every candidate, and what its body reads, writes and calls where the body is text
// that can be read beforehand. PostgreSQL's own functions are judged by name and volatility.

import type { FunctionInfo } from "../../catalog/catalog.ts";
import { type AnalysisContext, qualified } from "../context.ts";
import { examineBody, functionVia, moveNames, movesNames } from "./body.ts";
import { expansionOf, inside } from "./inside.ts";

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
  const { examined } = expansionOf(context);
  const { definition, hasSettings, language, oid, supportOids } = candidate;
  const readable = definition !== null && !hasSettings && (language === "sql" || language === "plpgsql");
  if (!readable && candidate.kind !== "aggregate") return false;
  inside(context, { via: functionVia(qualified(candidate)), identity: oid, variables: "possible" }, () => {
    examined.set(oid, true);
    const whole = candidate.kind === "aggregate" || examineBody(context, definition ?? "", language);
    const supported = supportOids.map((support) => callSupport(context, support));
    examined.set(oid, whole && supported.every(Boolean));
  });
  return examined.get(oid) ?? false;
}

/** Of an aggregate: its transition, final and combine functions, whose calls count as any other. */
function callSupport(context: AnalysisContext, oid: number): boolean {
  const support = context.functionByOid(oid);
  if (support === null) context.cannotTell("function", String(oid));
  if (support === null || support === undefined) return false;
  callFunction(context, [support], []);
  return true;
}
