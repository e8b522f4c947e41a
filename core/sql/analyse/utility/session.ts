// What the session holds: transactions, prepared statements, cursors, channels, DISCARD.

import type {
  ClosePortalStmt,
  DeallocateStmt,
  DeclareCursorStmt,
  DiscardMode,
  DiscardStmt,
  ExecuteStmt,
  FetchStmt,
  ListenStmt,
  ParamRef,
  PrepareStmt,
  TransactionStmt,
  TransactionStmtKind,
  UnlistenStmt,
} from "@pgsql/types";
import type { SessionEffect } from "../../facts/facts.ts";
import type { StatementKind } from "../../facts/kinds.ts";
import type { AnalysisContext, Behind, QueryOutput } from "../context.ts";
import { visitExpression } from "../query/index.ts";
import { aside, changeNames, elsewhere } from "./names.ts";
import { setSetting, visitModes } from "./settings.ts";

type TransactionCommand = Extract<SessionEffect, { readonly kind: "transaction" }>["command"];

const TRANSACTION = {
  TRANS_STMT_BEGIN: { kind: "begin", command: "begin" },
  TRANS_STMT_START: { kind: "begin", command: "begin" },
  TRANS_STMT_COMMIT: { kind: "commit", command: "commit" },
  TRANS_STMT_ROLLBACK: { kind: "rollback", command: "rollback" },
  TRANS_STMT_SAVEPOINT: { kind: "savepoint", command: "savepoint" },
  TRANS_STMT_RELEASE: { kind: "release_savepoint", command: "release" },
  TRANS_STMT_ROLLBACK_TO: { kind: "rollback_to_savepoint", command: "rollback_to" },
  TRANS_STMT_PREPARE: { kind: "prepare_transaction", command: "prepare_transaction" },
  TRANS_STMT_COMMIT_PREPARED: { kind: "commit_prepared", command: "commit_prepared" },
  TRANS_STMT_ROLLBACK_PREPARED: { kind: "rollback_prepared", command: "rollback_prepared" },
} as const satisfies Record<
  TransactionStmtKind,
  { readonly kind: StatementKind; readonly command: TransactionCommand }
>;

/** parsenodes.h */
const CURSOR_OPT_HOLD = 0x20;

export function transactionKind({ kind = "TRANS_STMT_BEGIN" }: TransactionStmt): StatementKind {
  return TRANSACTION[kind].kind;
}

export function visitTransaction(context: AnalysisContext, statement: TransactionStmt): void {
  const { kind = "TRANS_STMT_BEGIN", savepoint_name, gid, chain = false } = statement;
  visitModes(context, statement);
  context.effects.push({
    kind: "transaction",
    command: TRANSACTION[kind].command,
    name: savepoint_name ?? gid ?? null,
    chain,
  });
}

/** What is inside is known, but runs with EXECUTE alone. */
export function visitPrepare(context: AnalysisContext, { name = "", query }: PrepareStmt): QueryOutput {
  let output: QueryOutput = null;
  if (query !== undefined) aside(context, () => (output = context.visit(query)));
  context.effects.push({ kind: "prepare", name });
  return output;
}

export function visitExecute(context: AnalysisContext, { name = "", params = [] }: ExecuteStmt): QueryOutput {
  const literals = params.map((param) => {
    const before = context.literals.length;
    visitExpression(context, param);
    return { start: before, end: context.literals.length, numbers: parametersIn(param) };
  });
  const prepared = context.surroundings.session.prepared(name);
  if (prepared === null) {
    context.unknown.push({
      what: "prepared_statement",
      detail: name,
      missing: {
        sqlstate: "26000",
        message: `prepared statement "${name}" does not exist`,
        position: null,
      },
    });
    return null;
  }
  let output: QueryOutput = null;
  const { parameters } = context;
  context.parameters = new Map();
  elsewhere(context, { kind: "prepared", name }, () => (output = context.visit(prepared.node)));
  // What stands among the arguments meets what its parameter meets: literals, and parameters of the EXECUTE's own.
  const inner = context.parameters;
  context.parameters = parameters;
  for (const [index, { start, end, numbers }] of literals.entries()) {
    const met = inner.get(index + 1);
    meetToo(context, start, end, met);
    for (const number of met === undefined ? [] : numbers) {
      const { places = [], opaque = false } = parameters.get(number) ?? {};
      parameters.set(number, {
        places: [...places, ...(met?.places ?? [])],
        verbatim: false,
        opaque: opaque || met?.opaque === true,
      });
    }
  }
  return output;
}

/** Numbers of the parameters in an expression. */
function parametersIn(node: unknown): readonly number[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, inside]: [string, unknown]) =>
    key === "ParamRef" ? [numberOf(inside)] : parametersIn(inside),
  );
}

function numberOf(reference: unknown): number {
  const { number } = reference as ParamRef;
  return number ?? 0;
}

function meetToo(context: AnalysisContext, start: number, end: number, met: Behind | undefined): void {
  if (met === undefined) return;
  for (const [index, { columns, ...literal }] of context.literals.slice(start, end).entries())
    context.literals[start + index] = {
      ...literal,
      columns: [...columns, ...met.places],
      ...(met.opaque ? { opaque: true } : {}),
    };
}

export function visitDeallocate(context: AnalysisContext, { name, isall }: DeallocateStmt): void {
  context.effects.push({ kind: "deallocate", name: isall === true ? null : (name ?? null) });
}

/** Its output is the query's: what a FETCH from it gives. */
export function visitDeclare(context: AnalysisContext, statement: DeclareCursorStmt): QueryOutput {
  const { portalname = "", options = 0, query } = statement;
  const output = query === undefined ? null : context.visit(query);
  context.effects.push({
    kind: "declare_cursor",
    name: portalname,
    hold: (options & CURSOR_OPT_HOLD) !== 0,
  });
  return output;
}

/** The cursor's own facts hold again: it runs on with every fetch. */
export function visitFetch(
  context: AnalysisContext,
  { portalname = "", ismove = false }: FetchStmt,
): QueryOutput {
  const opened = context.surroundings.session.cursor(portalname);
  if (opened === null) {
    context.unknown.push({
      what: "cursor",
      detail: portalname,
      missing: { sqlstate: "34000", message: `cursor "${portalname}" does not exist`, position: null },
    });
    return null;
  }
  const way = [...context.via, { kind: "cursor", name: portalname } as const];
  for (const access of opened.accesses) context.accesses.push({ ...access, via: [...way, ...access.via] });
  for (const call of opened.calls) context.calls.push({ ...call, via: [...way, ...call.via] });
  for (const modification of opened.modifications)
    context.modifications.push({ ...modification, via: [...way, ...modification.via] });
  for (const outside of opened.outside) context.outside.add(outside);
  for (const kind of opened.kinds) if (kind !== "declare") context.kinds.add(kind);
  for (const predicate of opened.predicates ?? [])
    context.predicates.push({ ...predicate, via: [...way, ...predicate.via] });
  for (const passed of opened.passed ?? []) context.passed.push({ ...passed, via: [...way, ...passed.via] });
  for (const flow of opened.flows ?? []) context.flows.push({ ...flow, via: [...way, ...flow.via] });
  context.unknown.push(...opened.unknown);
  context.tagCounts &&= opened.tagCounts;
  if (ismove) return null;
  context.uncounted = opened.uncounted ?? null;
  return opened.output;
}

export function visitClose(context: AnalysisContext, { portalname }: ClosePortalStmt): void {
  context.effects.push({ kind: "close_cursor", name: portalname ?? null });
}

export function visitListen(context: AnalysisContext, { conditionname = "" }: ListenStmt): void {
  context.effects.push({ kind: "listen", name: conditionname });
}

export function visitUnlisten(context: AnalysisContext, { conditionname }: UnlistenStmt): void {
  context.effects.push({ kind: "unlisten", name: conditionname ?? null });
}

const DISCARDED = {
  DISCARD_ALL: "all",
  DISCARD_PLANS: "plans",
  DISCARD_SEQUENCES: "sequences",
  DISCARD_TEMP: "temporary",
} as const satisfies Record<DiscardMode, string>;

export function visitDiscard(context: AnalysisContext, { target = "DISCARD_ALL" }: DiscardStmt): void {
  const what = DISCARDED[target];
  context.effects.push({ kind: "discard", what });
  if (what === "all" || what === "temporary") changeNames(context);
  if (what !== "all") return;
  // DiscardAll (discard.c): SET SESSION AUTHORIZATION DEFAULT, which takes the role along, and RESET ALL, which spares both.
  for (const name of ["*", "session_authorization", "role"])
    setSetting(context, { name, value: null, constant: true, scope: "session" });
}
