// Literals and parameters of one statement, and the columns that they meet: what has to be hidden of its text and of what is
// bound to it when those columns are masked.

import type { AnalysisContext } from "../context.ts";
import { behind, given, leaves, opaquely } from "./behind.ts";
import { isGiven, type LiteralSource, type ParameterSource, type Source } from "./value.ts";

export class Given {
  readonly #literals = new Map<number, Set<Source>>();
  readonly #parameters = new Map<number, Set<Source>>();
  readonly #meetings: (readonly Source[])[] = [];

  literal(offsetBytes: number): LiteralSource {
    this.#literals.set(offsetBytes, this.#literals.get(offsetBytes) ?? new Set());
    return { kind: "literal", offsetBytes };
  }

  parameter(number: number): ParameterSource {
    this.#parameters.set(number, this.#parameters.get(number) ?? new Set());
    return { kind: "parameter", number };
  }

  meet(sources: readonly Source[]): void {
    const some = this.#literals.size > 0 || this.#parameters.size > 0;
    if (some && sources.length > 1) this.#meetings.push(sources);
  }

  settle(context: AnalysisContext): void {
    for (const meeting of this.#meetings) {
      const found = leaves(meeting);
      const columns = found.filter((source) => !isGiven(source));
      for (const one of given(found)) {
        const met =
          one.kind === "literal" ? this.#literals.get(one.offsetBytes) : this.#parameters.get(one.number);
        for (const column of columns) met?.add(column);
      }
    }
    for (const [offsetBytes, sources] of this.#literals) {
      const met = behind(context, [...sources]);
      context.literals.push({ offsetBytes, columns: met.places, ...opaquely(met) });
    }
    for (const [number, sources] of this.#parameters) {
      const before = context.parameters.get(number);
      const met = behind(context, [...sources]);
      const places = [...(before?.places ?? []), ...met.places];
      context.parameters.set(number, { ...met, places, opaque: met.opaque || before?.opaque === true });
    }
  }
}
