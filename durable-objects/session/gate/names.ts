// What the session holds under names of its own, for statements that refer to it: prepared statements, whichever way they
// were prepared, and cursors. Follows what PostgreSQL confirmed, not what was asked for.

import type { Grammar, ParsedStatement, SessionEffect, SessionNames, StatementFacts } from "#core/sql";
import { utf8Decode, utf8Encode } from "#core/bytes";
import type { Portal, PreparedState, PreparedStatement } from "#core/wire";

/** Rows and bytes that a cursor or portal has given, over all fetches. */
export interface Returned {
  rows: number;
  bytes: number;
}

interface Cursor {
  readonly facts: StatementFacts;
  readonly hold: boolean;
  readonly returned: Returned;
}

export class Names implements SessionNames {
  readonly #grammar: Grammar;
  readonly #state: PreparedState;
  readonly #trees = new WeakMap<PreparedStatement, ParsedStatement>();
  readonly #portals = new WeakMap<Portal, Cursor>();
  readonly #cursors = new Map<string, Cursor>();

  constructor(grammar: Grammar, state: PreparedState) {
    this.#grammar = grammar;
    this.#state = state;
  }

  prepared(name: string): ParsedStatement | null {
    const statement = this.#state.statement(name);
    return statement === null ? null : this.tree(statement);
  }

  cursor(name: string): StatementFacts | null {
    return this.open(name)?.facts ?? null;
  }

  /** A cursor of DECLARE or a portal of Bind: they share one space of names. */
  open(name: string): Cursor | null {
    const portal = this.#state.portal(name);
    if (portal !== null) return this.#portals.get(portal) ?? null;
    return this.#cursors.get(name) ?? null;
  }

  /** What runs when it is executed: of SQL's PREPARE the statement inside. null where it cannot be told. */
  tree(statement: PreparedStatement): ParsedStatement | null {
    const known = this.#trees.get(statement);
    if (known !== undefined) return known;
    const text = utf8Decode(statement.text);
    const parsed = text === null ? null : this.#grammar.parse(text);
    const [first, second] = parsed?.ok === true ? parsed.value : [];
    if (first === undefined || second !== undefined) return null;
    const inner = "PrepareStmt" in first.node ? first.node.PrepareStmt.query : first.node;
    if (inner === undefined) return null;
    const tree = inner === first.node ? first : { ...first, node: inner };
    this.#trees.set(statement, tree);
    return tree;
  }

  /** What a portal was bound to run. */
  portal(portal: Portal): StatementFacts | null {
    return this.#portals.get(portal)?.facts ?? null;
  }

  bound(portal: Portal, facts: StatementFacts): void {
    this.#portals.set(portal, { facts, hold: false, returned: { rows: 0, bytes: 0 } });
  }

  /** PostgreSQL confirmed a statement: what it left behind under a name. `text` is its own. */
  confirmed(effects: readonly SessionEffect[], text: string, facts: StatementFacts): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "prepare":
          this.#state.parse({ name: effect.name, text: utf8Encode(text), parameterTypes: [] });
          break;
        case "deallocate":
          if (effect.name === null) this.#state.deallocateAll();
          else this.#state.closeStatement(effect.name);
          break;
        case "declare_cursor":
          this.#cursors.set(effect.name, { facts, hold: effect.hold, returned: { rows: 0, bytes: 0 } });
          break;
        case "close_cursor":
          if (effect.name === null) {
            this.#cursors.clear();
            this.#state.transactionEnded();
          } else {
            this.#cursors.delete(effect.name);
            this.#state.closePortal(effect.name);
          }
          break;
        case "discard":
          if (effect.what !== "all") break;
          this.#cursors.clear();
          this.#state.deallocateAll();
          this.#state.transactionEnded();
          break;
        default:
      }
    }
  }

  /** Cursors end with their transaction, but for those WITH HOLD. */
  transactionEnded(): void {
    for (const [name, { hold }] of this.#cursors) if (!hold) this.#cursors.delete(name);
  }
}
