// Commands with a query inside: EXPLAIN, COPY, CREATE … AS, CREATE VIEW, REFRESH.

import type {
  CopyStmt,
  CreateTableAsStmt,
  ExplainStmt,
  Node,
  RangeVar,
  RefreshMatViewStmt,
  SelectStmt,
  VariableShowStmt,
  ViewStmt,
} from "@pgsql/types";
import type { RelationInfo, RelationKind } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import { placeOf, qualified, type AnalysisContext, type Behind, type QueryOutput } from "../context.ts";
import { behindCall, modifyRelation, readRelation } from "../expand/index.ts";
import { constantText, stringOf, strings } from "../query/names.ts";
import { visitLoosely } from "./loose.ts";
import {
  aside,
  changeNames,
  create,
  define,
  existing,
  isTemporary,
  optionsOf,
  rangeName,
  undecided,
} from "./names.ts";

export function computedColumn(name: string): OutputColumn {
  return { name, sources: [], verbatim: false };
}

/** defGetBoolean (define.c); what it would refuse counts as yes. */
function isOff(node: Node | undefined): boolean {
  if (node === undefined) return false;
  const text = stringOf(node) ?? ("Integer" in node ? String(node.Integer.ival ?? 0) : constantText(node));
  return text !== null && ["false", "off", "0"].includes(text.toLowerCase());
}

/** Written more than once, the last counts in PostgreSQL; here any that is on. */
export function isAnalyze({ options = [] }: ExplainStmt): boolean {
  return options.flatMap(optionsOf).some(({ defname, arg }) => defname === "analyze" && !isOff(arg));
}

export function visitExplain(context: AnalysisContext, statement: ExplainStmt): QueryOutput {
  const { query } = statement;
  const before = context.calls.length;
  const run = (): void => {
    // EXPLAIN DECLARE shows the query's plan and opens nothing (ExplainOneUtility, explain.c).
    const inner = query !== undefined && "DeclareCursorStmt" in query ? query.DeclareCursorStmt.query : query;
    if (inner !== undefined) context.visit(inner);
  };
  if (isAnalyze(statement)) {
    const writes = countWrites(context);
    run();
    // Its tag is EXPLAIN, without a count.
    if (countWrites(context) > writes) context.tagCounts = false;
  } else aside(context, run);
  return [planOf(context, before)];
}

/** Calls of immutable functions are replaced by what they give before a plan is shown: whatever they were declared to be. */
function planOf(context: AnalysisContext, before: number): OutputColumn {
  const folded = context.calls
    .slice(before)
    .filter(({ function: { schema, volatility } }) => schema !== "pg_catalog" && volatility === "immutable")
    .map((call) => behindCall(context, call.function));
  const opaque = folded.some((each) => each.opaque);
  const sources = folded.flatMap(({ places }) => places);
  return { ...computedColumn("QUERY PLAN"), sources, ...(opaque ? { opaque } : {}) };
}

export function countWrites({ accesses }: AnalysisContext): number {
  return accesses.filter(({ action }) => action !== "select" && action !== "lock").length;
}

export function visitShow(_context: AnalysisContext, { name = "" }: VariableShowStmt): QueryOutput {
  return name === "all" ? ["name", "setting", "description"].map(computedColumn) : [computedColumn(name)];
}

export function visitCopy(context: AnalysisContext, statement: CopyStmt): QueryOutput {
  const { relation, query, attlist, is_from, is_program, filename, whereClause } = statement;
  if (filename !== undefined) context.outside.add(is_program === true ? "program" : "server_file");
  if (query !== undefined) return context.visit(query);
  const found = relation === undefined ? null : existing(context, rangeName(relation));
  if (found === null) return null;
  const columns = attlist === undefined ? ["*"] : strings(attlist);
  if (is_from !== true) return copiedColumns(context, found, columns);
  modifyRelation(context, found, "insert", columns, true);
  visitLoosely(context, whereClause);
  return null;
}

/** COPY table TO copies the table alone, without what inherits from it, and leaves generated columns out. */
function copiedColumns(
  context: AnalysisContext,
  relation: RelationInfo,
  columns: readonly string[],
): readonly OutputColumn[] {
  const behind = readRelation(context, relation, columns, false);
  const copied =
    columns[0] === "*"
      ? relation.columns.filter(({ generated }) => !generated).map(({ name }) => name)
      : columns;
  return copied.map((name) => copiedColumn(name, behind.get(name) ?? columnAlone(relation, name)));
}

function columnAlone(relation: RelationInfo, name: string): Behind {
  return { places: [placeOf(relation, name, false)], verbatim: true, opaque: false };
}

function copiedColumn(name: string, { places, verbatim, opaque }: Behind): OutputColumn {
  return { name, sources: places, verbatim, ...(opaque ? { opaque } : {}) };
}

export function visitCreateTableAs(context: AnalysisContext, statement: CreateTableAsStmt): void {
  const { query, into, objtype } = statement;
  const output = query === undefined ? [] : context.visit(query);
  const kind = objtype === "OBJECT_MATVIEW" ? "materialized_view" : "table";
  if (into?.rel !== undefined) {
    create(context, rangeName(into.rel), kind, isTemporary(into.rel));
    const names = strings(into.colNames);
    const columns = output ?? (context.uncounted === null ? [] : [{ ...context.uncounted, name: "*" }]);
    if (into.skipData !== true)
      for (const [index, column] of columns.entries())
        fill(context, into.rel, kind, { ...column, name: names[index] ?? column.name });
  }
  changeNames(context);
}

/** Values go into a column of the relation that is made. */
function fill(
  context: AnalysisContext,
  range: RangeVar,
  kind: RelationKind,
  { name: column, sources: from, verbatim, opaque }: OutputColumn,
): void {
  if (from.length === 0 && opaque !== true) return;
  const { schema, name } = rangeName(range);
  const relation = { oid: 0, schema: isTemporary(range) ? "pg_temp" : (schema ?? ""), name, kind };
  const told = opaque === true ? { opaque } : {};
  context.flows.push({ from, to: { relation, column }, verbatim, ...told, via: context.via });
}

/** SELECT … INTO: the clause stands in the leftmost part of a set operation (transformOptionalSelectInto, analyze.c). */
export function intoClause({ intoClause: into, larg }: SelectStmt): SelectStmt["intoClause"] {
  return into ?? (larg === undefined ? undefined : intoClause(larg));
}

function withoutInto(statement: SelectStmt): SelectStmt {
  const { larg } = statement;
  const copy = larg === undefined ? { ...statement } : { ...statement, larg: withoutInto(larg) };
  delete copy.intoClause;
  return copy;
}

export function visitSelectInto(context: AnalysisContext, statement: SelectStmt): void {
  const into = intoClause(statement);
  visitCreateTableAs(context, {
    query: { SelectStmt: withoutInto(statement) },
    ...(into === undefined ? {} : { into }),
  });
}

/** What it reads counts: whoever may read the view reads that. It does not run now. */
export function visitView(context: AnalysisContext, { view, query }: ViewStmt): void {
  if (query !== undefined) aside(context, () => context.visit(query));
  if (view !== undefined) create(context, rangeName(view), "view", isTemporary(view));
  changeNames(context);
}

/** Runs the view's query with its owner's rights. */
export function visitRefresh(context: AnalysisContext, { relation, skipData }: RefreshMatViewStmt): void {
  const found = relation === undefined ? null : define(context, rangeName(relation));
  changeNames(context);
  if (found === null || skipData === true) return;
  const definition = found.viewDefinition ?? found.storedDefinition ?? null;
  const parsed = definition === null ? null : context.surroundings.grammar.parse(definition);
  if (parsed === null || !parsed.ok) {
    context.cannotTell("body", qualified(found));
    return;
  }
  undecided(context, () => {
    const literals = context.literals.length;
    context.within({ kind: "view", name: qualified(found) }, () => {
      for (const { node } of parsed.value) context.visit(node);
    });
    context.literals.length = literals;
  });
}
