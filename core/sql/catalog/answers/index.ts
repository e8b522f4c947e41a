// The inquiry's rows -> an answer for each question, or an error: nothing is guessed, and no row may be missing. Pure.

import { type Result, err, ok } from "../../../result.ts";
import type { FunctionInfo, OperatorInfo, Question, RelationInfo, TypeInfo } from "../catalog.ts";
import { functionInfo, operator, type } from "./function.ts";
import { Malformed, list, text, tuple, whole } from "./reader.ts";
import { relation } from "./relation.ts";

export type Answer =
  | { readonly kind: "relation"; readonly value: RelationInfo | null }
  | { readonly kind: "functions"; readonly value: readonly FunctionInfo[] }
  | { readonly kind: "function"; readonly value: FunctionInfo | null }
  | { readonly kind: "operators"; readonly value: readonly OperatorInfo[] }
  | { readonly kind: "type"; readonly value: TypeInfo | null }
  /** PostgreSQL has it, but what it is cannot be known: the statement that needs it is to be refused. */
  | { readonly kind: "unanswerable"; readonly why: "too_large" | "shadowed_operator" };

/** `found`: the one text column of every row. Answers come in the order of the questions. */
export function answers(
  questions: readonly Question[],
  found: readonly (string | null)[],
): Result<readonly Answer[], string> {
  if (found.length !== questions.length) return err("another number of answers than of questions");
  const ordered = new Map<number, Answer>();
  try {
    for (const row of found) {
      const [line, value] = tuple(JSON.parse(text(row)) as unknown, 2);
      const place = whole(line) - 1;
      const question = questions[place];
      if (question === undefined || ordered.has(place)) return err("an answer to no question");
      ordered.set(place, answer(question, value));
    }
  } catch (thrown) {
    if (thrown instanceof Malformed) return err(`malformed answer: ${thrown.message} expected`);
    // JSON.parse's own message would show a part of the text.
    if (thrown instanceof SyntaxError) return err("malformed answer: not JSON");
    throw thrown;
  }
  return ok(questions.flatMap((_, place) => ordered.get(place) ?? []));
}

const UNANSWERABLE = { too_large: "too_large", shadowed_operator: "shadowed_operator" } as const;

function answer(question: Question, value: unknown): Answer {
  if (value === "too_large") return { kind: "unanswerable", why: UNANSWERABLE.too_large };
  const things = list(value);
  switch (question.kind) {
    case "relation":
    case "relation_oid":
      if (things[0] === "shadowed_operator")
        return { kind: "unanswerable", why: UNANSWERABLE.shadowed_operator };
      return { kind: "relation", value: oneAtMost(things.map(relation)) };
    case "functions":
      return { kind: "functions", value: things.map(functionInfo) };
    case "function_oid":
      return { kind: "function", value: oneAtMost(things.map(functionInfo)) };
    case "operators":
      return { kind: "operators", value: things.map(operator) };
    case "type":
    case "type_oid":
      return { kind: "type", value: oneAtMost(things.map(type)) };
  }
}

function oneAtMost<T>(things: readonly T[]): T | null {
  if (things.length > 1) throw new Malformed("one thing at most");
  return things[0] ?? null;
}
