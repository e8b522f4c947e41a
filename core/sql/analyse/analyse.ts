// A statement and what is known of its names -> its facts, or what has to be asked first. Pure.

import type { Question } from "../catalog/catalog.ts";
import type { StatementFacts } from "../facts/facts.ts";
import type { ParsedStatement } from "../grammar/grammar.ts";
import type { Surroundings } from "./context.ts";

export type Analysis =
  | { readonly kind: "facts"; readonly facts: StatementFacts }
  /** Ask these, then analyse anew. */
  | { readonly kind: "questions"; readonly questions: readonly Question[] };

export type Analyse = (statement: ParsedStatement, surroundings: Surroundings) => Analysis;
