// How many statements a session has had, and how they ended: what approvers see of it in numbers. Counts each once, when it is
// settled first. Owns nothing else.

import type { SoFar } from "#core/approvals";
import type { Statement } from "./statement.ts";

export class Tally {
  readonly #counted = new WeakSet<Statement>();
  #soFar: SoFar = { statements: 0, refused: 0, held: 0, failed: 0 };

  get soFar(): SoFar {
    return this.#soFar;
  }

  count(statement: Statement): void {
    if (this.#counted.has(statement)) return;
    this.#counted.add(statement);
    const { statements, refused, held, failed } = this.#soFar;
    const { effect } = statement.decision;
    // What stands behind one that failed was decided on by nobody.
    const denied = effect === "deny" && !statement.undecided;
    this.#soFar = {
      statements: statements + 1,
      refused: refused + Number(denied),
      held: held + Number(effect === "approve"),
      failed: failed + Number(effect === "allow" && statement.error !== null),
    };
  }
}
