// DO and CALL: code that runs now. CREATE FUNCTION and CREATE PROCEDURE: code that is only kept.

import type { CallStmt, CreateFunctionStmt, DefElem, DoStmt, ReturnStmt } from "@pgsql/types";
import type { FunctionInfo } from "../../catalog/catalog.ts";
import type { ColumnPlace, OutputColumn } from "../../facts/facts.ts";
import type { AnalysisContext, QueryOutput } from "../context.ts";
import { behindCall, bodyFlows, callFunction, writtenBy } from "../expand/index.ts";
import { visitExpression } from "../query/index.ts";
import { constantText, nameOf, stringOf, strings, written } from "../query/names.ts";
import { changeNames, elsewhere, optionsOf, undecided } from "./names.ts";
import { computedColumn, countWrites } from "./queries.ts";

const PLPGSQL = "plpgsql";

export function visitDo(context: AnalysisContext, { args = [] }: DoStmt): void {
  const options = args.flatMap(optionsOf);
  const language = textOf(options, "language") ?? PLPGSQL;
  const body = textOf(options, "as");
  // Whatever it does cannot be seen from outside: temporary tables, settings of a function inside.
  changeNames(context);
  if (language !== PLPGSQL || body === null) {
    context.cannotTell("body", `DO in language ${language}`);
    return;
  }
  // The parser has standard_conforming_strings on: a backslash in a plain literal is itself.
  const source = `DO LANGUAGE plpgsql '${body.replaceAll("'", "''")}'`;
  const parsed = context.surroundings.grammar.plpgsql(source);
  if (!parsed.ok) {
    context.cannotTell("body", "DO");
    return;
  }
  if (parsed.value.dynamic) context.cannotTell("body", "DO with EXECUTE");
  const writes = countWrites(context);
  const { variables } = context;
  context.variables = "possible";
  const visit = (): void => {
    for (const text of parsed.value.statements) visitText(context, text);
  };
  const opaque = parsed.value.dynamic;
  const run = (): void => {
    const before = context.accesses.length;
    undecided(context, visit);
    bodyFlows(context, before, opaque);
  };
  // One DO inside of another is another.
  elsewhere(context, { kind: "function", name: "DO" }, run, body);
  context.variables = variables;
  if (countWrites(context) > writes) context.tagCounts = false;
}

function visitText(context: AnalysisContext, text: string): void {
  const parsed = context.surroundings.grammar.parse(text);
  if (!parsed.ok) {
    context.cannotTell("body", "DO");
    return;
  }
  for (const { node } of parsed.value) context.visit(node);
}

export function visitCall(context: AnalysisContext, { funccall }: CallStmt): QueryOutput {
  const { args = [] } = funccall ?? {};
  const name = nameOf(funccall?.funcname);
  const found = context.functions(name);
  const literals = context.literals.length;
  const shown = args.map((arg) => visitExpression(context, arg));
  context.uncounted = null;
  changeNames(context);
  if (found === undefined) return null;
  const procedures = found.filter(({ kind }) => kind === "procedure");
  // A function is not for CALL: PostgreSQL refuses (ParseFuncOrColumn, 42809). Named here all the same.
  const candidates = procedures.length > 0 ? procedures : found;
  if (candidates.length === 0) {
    const message = `procedure ${written(name)} does not exist`;
    context.unknown.push({
      what: "function",
      detail: written(name),
      missing: { sqlstate: "42883", message, position: null },
    });
    return null;
  }
  const writes = countWrites(context);
  callFunction(
    context,
    candidates,
    args.map((arg) => constantText(arg)),
  );
  if (countWrites(context) > writes) context.tagCounts = false;
  meetBodies(context, literals, candidates);
  for (const { sources, opaque } of shown)
    if (sources.length > 0 || opaque === true) pass(context, candidates, sources, opaque === true);
  return outOf(context, candidates, shown);
}

/** Literals among the arguments may be compared with all that the body reads, and written where it writes. */
function meetBodies(context: AnalysisContext, start: number, candidates: readonly FunctionInfo[]): void {
  const behind = candidates.map((each) => behindCall(context, each));
  const opaque = behind.some((each) => each.opaque);
  const written = candidates.flatMap((each) => writtenBy(context, each));
  const met = [...behind.flatMap(({ places }) => places), ...written];
  for (const [index, { columns, ...literal }] of context.literals.slice(start).entries())
    context.literals[start + index] = {
      ...literal,
      columns: [...columns, ...met],
      ...(opaque ? { opaque } : {}),
    };
  for (const [number, known] of context.parameters)
    context.parameters.set(number, {
      ...known,
      places: [...known.places, ...met],
      opaque: known.opaque || opaque,
    });
}

/** What the arguments show is the procedure's to keep. */
function pass(
  context: AnalysisContext,
  candidates: readonly FunctionInfo[],
  from: readonly ColumnPlace[],
  opaque: boolean,
): void {
  const told = { from, ...(opaque ? { opaque } : {}), via: context.via };
  for (const called of candidates) {
    context.passed.push({ function: called, ...told });
    for (const to of writtenBy(context, called)) context.flows.push({ ...told, to, verbatim: false });
  }
}

/** OUT and INOUT parameters come back as one row (ExecuteCallStmt). */
function outOf(
  context: AnalysisContext,
  candidates: readonly FunctionInfo[],
  shown: readonly OutputColumn[],
): QueryOutput {
  const given = [...shown, ...candidates.map((each) => behindCall(context, each))].map((each) =>
    "places" in each ? { sources: each.places, opaque: each.opaque } : each,
  );
  const opaque = given.some((each) => each.opaque === true);
  const sources = given.flatMap((each) => each.sources);
  const column = (name: string): OutputColumn => ({
    ...computedColumn(name),
    sources,
    ...(opaque ? { opaque } : {}),
  });
  const [first, ...others] = candidates.map(({ outputColumns }) => outputColumns);
  if (first === undefined) return null;
  if (others.every((other) => other.join("\0") === first.join("\0")))
    return first.length === 0 ? null : first.map(column);
  context.uncounted = column("");
  return null;
}

/** The body is not read before it runs: PostgreSQL itself does not hold it to anything but its grammar. */
export function visitCreateFunction(context: AnalysisContext, { options = [] }: CreateFunctionStmt): void {
  const language = textOf(options.flatMap(optionsOf), "language")?.toLowerCase();
  // AS 'library', 'symbol'
  if (language === "c") context.outside.add("library");
  changeNames(context);
}

/** RETURN expression: the body of a function in standard SQL. */
export function visitReturn(context: AnalysisContext, { returnval }: ReturnStmt): void {
  if (returnval !== undefined) visitExpression(context, returnval);
}

function textOf(options: readonly DefElem[], name: string): string | null {
  const { arg } = options.find(({ defname }) => defname === name) ?? {};
  if (arg === undefined) return null;
  return "List" in arg ? (strings(arg.List.items)[0] ?? null) : stringOf(arg);
}
