// A statement and what is known of its names -> its facts, or what has to be asked first. Pure. Here every node is sent to
// the room that knows it: queries to query/, all other commands to utility/.

import type { Node } from "@pgsql/types";
import type { Question } from "../catalog/catalog.ts";
import type { StatementFacts } from "../facts/facts.ts";
import type { StatementKind } from "../facts/kinds.ts";
import type { ParsedStatement } from "../grammar/grammar.ts";
import { AnalysisContext, type QueryOutput, type Surroundings } from "./context.ts";
import { visitQuery } from "./query/index.ts";
import { maskingFacts, withWritten } from "./flows.ts";
import { sorted } from "./sorted.ts";
import { doesNotExecute, isQuery, statementKind, visitUtility } from "./utility/index.ts";

export type Analysis =
  | { readonly kind: "facts"; readonly facts: StatementFacts }
  /** Ask these, then analyse anew. */
  | { readonly kind: "questions"; readonly questions: readonly Question[] };

export type Analyse = (statement: ParsedStatement, surroundings: Surroundings) => Analysis;

export function analyse({ node, text }: ParsedStatement, surroundings: Surroundings): Analysis {
  const context = new AnalysisContext(surroundings, dispatch, text);
  let output: QueryOutput = null;
  try {
    output = context.visit(node);
  } catch (thrown) {
    // JavaScript's stack is full: visitors recurse with the tree, and with what stands behind its names.
    if (!(thrown instanceof RangeError)) throw thrown;
    context.cannotTell("depth", "the statement");
  }
  const { questions } = context;
  if (questions.length > 0) return { kind: "questions", questions };
  const kind = statementKind(node);
  return { kind: "facts", facts: facts(context, kind, output, !doesNotExecute(node)) };
}

function dispatch(context: AnalysisContext, node: Node): QueryOutput {
  return isQuery(node) ? visitQuery(context, node) : visitUtility(context, node);
}

function facts(
  context: AnalysisContext,
  kind: StatementKind,
  output: QueryOutput,
  executes: boolean,
): StatementFacts {
  return {
    kind,
    kinds: [...context.kinds.add(kind)].toSorted(),
    accesses: sorted(context.accesses),
    calls: sorted(context.calls),
    modifications: sorted(context.modifications),
    settings: context.settings,
    effects: context.effects,
    outside: [...context.outside].toSorted(),
    tagCounts: context.tagCounts,
    executes,
    unknown: sorted(context.unknown),
    output: output === null ? null : withWritten(output, [...context.flows, ...context.returned]),
    ...(output === null && context.uncounted !== null ? { uncounted: context.uncounted } : {}),
    literals: context.literals,
    ...maskingFacts(context),
  };
}
