// One step into something that stands behind a name. What is found there belongs to another text: its literals are not the
// statement's, what is missing there is no error that PostgreSQL would surely answer, and its unknowns say where they are.
// Visiting the same thing twice on the same path finds nothing new, and the whole expansion has a bound.

import type { Access, OutputColumn, Predicate, Unknown, Via } from "../../facts/facts.ts";
import type { AnalysisContext } from "../context.ts";

/**
 * Paths through views, functions and triggers multiply, and each is walked anew for every round of questions: this many steps
 * for one statement, then it is not understood.
 */
export const MAX_STEPS = 512;

interface Expansion {
  /** Paths that were taken. */
  readonly taken: Set<string>;
  /** What a function's body turned out to be, by oid. */
  readonly examined: Map<number, boolean>;
  /** What a function's body reads and writes, on all paths, by oid. */
  readonly bodies: Map<number, Set<Access>>;
  /** What a body in SQL gives, by oid: its last statement's columns, and what decides on its rows. */
  readonly results: Map<number, Result>;
  /** A name may mean something else while the statement still runs: bodies are planned when they are reached. */
  namesMove: boolean;
}

export interface Result {
  readonly columns: readonly OutputColumn[];
  readonly deciding: readonly Predicate[];
}

const expansions = new WeakMap<AnalysisContext, Expansion>();

export function expansionOf(context: AnalysisContext): Expansion {
  const known = expansions.get(context);
  if (known !== undefined) return known;
  const created: Expansion = {
    taken: new Set(),
    examined: new Map(),
    bodies: new Map(),
    results: new Map(),
    namesMove: false,
  };
  expansions.set(context, created);
  return created;
}

export interface Step {
  readonly via: Via;
  /** What else tells it apart from others of its name. */
  readonly identity?: string | number;
  readonly variables: AnalysisContext["variables"];
}

export function inside(context: AnalysisContext, step: Step, visit: () => void): void {
  const { taken } = expansionOf(context);
  const path = JSON.stringify([...context.path, step.via.kind, step.via.name, step.identity]);
  if (taken.has(path)) return;
  if (taken.size >= MAX_STEPS) {
    if (!context.unknown.some(({ what }) => what === "depth")) context.cannotTell("depth", step.via.name);
    return;
  }
  taken.add(path);
  const { variables } = context;
  const literals = context.literals.length;
  const unknown = context.unknown.length;
  context.variables = step.variables;
  try {
    context.within(
      step.via,
      () => {
        visit();
        const found = context.unknown.splice(unknown);
        context.unknown.push(...found.map((one) => placed(one, context.via)));
      },
      step.identity,
    );
  } finally {
    context.variables = variables;
    context.literals.length = literals;
  }
}

function placed(unknown: Unknown, via: readonly Via[]): Unknown {
  return { ...unknown, missing: null, via: unknown.via ?? via };
}
