// What the session holds under names of its own, for statements that refer to it: prepared statements, whichever way they
// were prepared, and cursors. Follows what PostgreSQL confirmed, not what was asked for.

import type { Grammar, ParsedStatement, SessionEffect, SessionNames, StatementFacts } from "#core/sql";
import { utf8Decode, utf8Encode } from "#core/bytes";
import type { Portal, PreparedState, PreparedStatement } from "#core/wire";
import { runsBodies } from "./meaning.ts";

/** Rows and bytes that a cursor or portal has given, and rows that it has changed, over all fetches. */
export interface Returned {
  rows: number;
  bytes: number;
  changed: number;
  /** It ran before, so that its command tag tells of more than was done last. */
  begun: boolean;
  /** Somebody has approved it: fetching on needs no further approval. */
  approved: boolean;
}

export function nothingReturned(): Returned {
  return { rows: 0, bytes: 0, changed: 0, begun: false, approved: false };
}

interface Cursor {
  readonly facts: StatementFacts;
  readonly hold: boolean;
  readonly returned: Returned;
  /** Of the names that it was opened under. */
  readonly generation: number;
}

export class Names implements SessionNames {
  readonly #grammar: Grammar;
  readonly #state: PreparedState;
  readonly #trees = new WeakMap<PreparedStatement, ParsedStatement>();
  readonly #portals = new WeakMap<Portal, Cursor>();
  readonly #cursors = new Map<string, Cursor>();
  /** What SQL's PREPARE has made: the text is that of the PREPARE. */
  readonly #bySql = new WeakSet<PreparedStatement>();
  readonly #meanings = new WeakMap<PreparedStatement, StatementFacts>();
  #generation = 0;

  constructor(grammar: Grammar, state: PreparedState) {
    this.#grammar = grammar;
    this.#state = state;
  }

  prepared(name: string): ParsedStatement | null {
    const statement = this.#state.statement(name);
    return statement === null ? null : this.tree(statement);
  }

  /** Whether the name stands for what it seems to is only known when what is on its way was answered. */
  isUnsettled(kind: "statement" | "portal", name: string): boolean {
    return this.#state.isUnsettled(kind, name);
  }

  /** What it would have run when it was prepared; null where that is not known. */
  meaning(name: string): StatementFacts | null {
    const statement = this.#state.statement(name);
    return statement === null ? null : (this.#meanings.get(statement) ?? null);
  }

  meant(name: string, facts: StatementFacts): void {
    const statement = this.#state.statement(name);
    if (statement !== null) this.#meanings.set(statement, facts);
  }

  cursor(name: string): StatementFacts | null {
    const cursor = this.open(name);
    if (cursor === null) return null;
    const { facts, generation } = cursor;
    // Its own names are those of then; those in the bodies that it calls are looked up with every fetch.
    if (generation === this.#generation || !runsBodies(facts)) return facts;
    return { ...facts, unknown: [...facts.unknown, { what: "cursor", detail: name, missing: null }] };
  }

  /** Names may mean something else than before. */
  moved(): void {
    this.#generation++;
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
    const bySql = this.#bySql.has(statement);
    if (bySql && !("PrepareStmt" in first.node)) return null;
    const inner = bySql && "PrepareStmt" in first.node ? first.node.PrepareStmt.query : first.node;
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
    const returned = this.#portals.get(portal)?.returned ?? nothingReturned();
    this.#portals.set(portal, { facts, hold: false, returned, generation: this.#generation });
  }

  /**
   * PostgreSQL confirmed a statement: what it left behind under a name. `text` is its own; `inner`: of a PREPARE, what it
   * has prepared.
   */
  confirmed(
    effects: readonly SessionEffect[],
    text: string,
    facts: StatementFacts,
    inner: StatementFacts | null,
  ): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "prepare":
          this.#prepared(effect.name, text, facts, inner);
          break;
        case "deallocate":
          if (effect.name === null) this.#state.deallocateAll();
          else this.#state.closeStatement(effect.name);
          break;
        case "declare_cursor":
          this.#cursors.set(effect.name, {
            facts,
            hold: effect.hold,
            returned: nothingReturned(),
            generation: this.#generation,
          });
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

  #prepared(name: string, text: string, facts: StatementFacts, inner: StatementFacts | null): void {
    // Inside of a body: whether it ran, and what it made of the name, is not known. None of that name is executed.
    if (facts.kind !== "prepare" || inner === null) {
      this.#state.closeStatement(name);
      return;
    }
    const statement = { name, text: utf8Encode(text), parameterTypes: [] };
    this.#state.parse(statement);
    this.#bySql.add(statement);
    this.#meanings.set(statement, inner);
  }

  /** Cursors end with their transaction, but for those WITH HOLD. */
  transactionEnded(): void {
    for (const [name, { hold }] of this.#cursors) if (!hold) this.#cursors.delete(name);
  }
}
