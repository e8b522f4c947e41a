// What statements mean to a target's database, without running them: each is parsed and analysed, what analysis asks is
// asked of the catalog, in rounds for all statements together, until nothing is left to ask. Each statement stands alone, in
// a fresh session: what an earlier one would have created, set or prepared is not there.

import {
  analyse,
  answers,
  CatalogCache,
  inquiry,
  type Catalog,
  type Grammar,
  type ParsedStatement,
  type Question,
  type SessionNames,
  type StatementFacts,
  type SyntaxError,
} from "#core/sql";
import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Row } from "../upstream/index.ts";
import type { CatalogConnection } from "./connection.ts";
import {
  COLUMNS,
  FUNCTIONS,
  sampleOf,
  type StoredColumn,
  type StoredFunction,
  SURVEY_LIMITS,
  toColumn,
  toFunction,
} from "./survey.ts";

/** A text of an agent's: one message, any number of statements. */
export type Finding =
  | { readonly kind: "statements"; readonly statements: readonly StatementFacts[] }
  | { readonly kind: "syntax_error"; readonly error: SyntaxError }
  /** It asks for more than INSPECTION_LIMITS allow, or for what the catalog cannot tell. */
  | { readonly kind: "not_understood" };

export const INSPECTION_LIMITS = {
  /** Views in views and functions in functions take a round a level, and analysis ends at 32 levels. */
  ROUNDS: 100,
  /** Of one inquiry: a statement that names more is refused in a session too. */
  QUESTIONS: 2_000,
  /** Statements in one text. */
  STATEMENTS: 100,
  /** For all texts of a call. */
  TIME_MS: 15_000,
  /** What is known of names: that of a session is smaller, but it may forget and ask again. */
  CATALOG_BYTES: 32 * 1024 * 1024,
} as const satisfies Record<string, number>;

const NO_NAMES: SessionNames = { prepared: () => null, cursor: () => null };

export class Inspection {
  readonly #connection: CatalogConnection;
  readonly #grammar: Grammar;
  readonly #now: () => number;
  readonly #catalog = new CatalogCache(INSPECTION_LIMITS.CATALOG_BYTES);
  readonly #asked = new Set<string>();

  constructor(connection: CatalogConnection, grammar: Grammar, now: () => number) {
    this.#connection = connection;
    this.#grammar = grammar;
    this.#now = now;
  }

  /** What is known of names so far. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** A finding for each text, in order. */
  async examine(texts: readonly string[]): Promise<Result<readonly Finding[], Refusal>> {
    const until = this.#now() + INSPECTION_LIMITS.TIME_MS;
    const work = texts.map((text) => new Examination(text, this.#grammar));
    for (let round = 0; round < INSPECTION_LIMITS.ROUNDS && this.#now() < until; round++) {
      // What was asked and is open still has no answer, and never will.
      const questions = work
        .flatMap((each) => each.analyse(this.#catalog))
        .filter((each) => this.#isNew(each));
      if (questions.length === 0) break;
      const asked = await this.ask(questions);
      if (!asked.ok) return asked;
    }
    return ok(work.map(({ finding }) => finding));
  }

  /** Asks the database; the answers are in `catalog`. */
  async ask(questions: readonly Question[]): Promise<Result<null, Refusal>> {
    for (let from = 0; from < questions.length; from += INSPECTION_LIMITS.QUESTIONS) {
      const some = questions.slice(from, from + INSPECTION_LIMITS.QUESTIONS);
      const { sql, parameter } = inquiry(some);
      const rows = await this.#connection.ask(sql, parameter);
      if (!rows.ok) return rows;
      const found = answers(
        some,
        rows.value.map(([answer]) => answer ?? null),
      );
      if (!found.ok) return err(UNREADABLE);
      for (const [i, question] of some.entries()) {
        const answer = found.value[i];
        if (answer !== undefined) this.#catalog.learn(question, answer, this.#now());
      }
    }
    return ok(null);
  }

  /** Of all relations but PostgreSQL's own; one more than SURVEY_LIMITS says, where there are more. */
  async columns(): Promise<Result<readonly StoredColumn[], Refusal>> {
    const rows = await this.#connection.ask(COLUMNS, String(SURVEY_LIMITS.COLUMNS + 1));
    return rows.ok ? ok(rows.value.flatMap((row) => toColumn(row) ?? [])) : rows;
  }

  async functions(): Promise<Result<readonly StoredFunction[], Refusal>> {
    const rows = await this.#connection.ask(FUNCTIONS, String(SURVEY_LIMITS.FUNCTIONS));
    return rows.ok ? ok(rows.value.flatMap((row) => toFunction(row) ?? [])) : rows;
  }

  /** Some values, raw, as text: for whoever asks what is in them, never to be told. */
  async sample(
    schema: string,
    relation: string,
    columns: readonly string[],
  ): Promise<Result<readonly Row[], Refusal>> {
    const sql = sampleOf(schema, relation, columns);
    return this.#connection.ask(sql, String(SURVEY_LIMITS.SAMPLED_ROWS));
  }

  #isNew(question: Question): boolean {
    const key = JSON.stringify(question);
    if (this.#asked.has(key)) return false;
    this.#asked.add(key);
    return true;
  }
}

class Examination {
  readonly #grammar: Grammar;
  readonly #statements: readonly ParsedStatement[];
  readonly #facts: (StatementFacts | null)[];
  readonly #error: SyntaxError | null;

  constructor(text: string, grammar: Grammar) {
    const parsed = grammar.parse(text);
    this.#grammar = grammar;
    this.#error = parsed.ok ? null : parsed.error;
    this.#statements = parsed.ok ? parsed.value.slice(0, INSPECTION_LIMITS.STATEMENTS + 1) : [];
    this.#facts = this.#statements.map(() => null);
  }

  /** What has to be asked to go on; nothing where it is done. */
  analyse(catalog: Catalog): readonly Question[] {
    if (this.#statements.length > INSPECTION_LIMITS.STATEMENTS) return [];
    const surroundings = { grammar: this.#grammar, catalog, session: NO_NAMES };
    return this.#statements.flatMap((statement, i) => {
      if (this.#facts[i] !== null) return [];
      const analysis = analyse(statement, surroundings);
      if (analysis.kind === "questions") return analysis.questions;
      this.#facts[i] = analysis.facts;
      return [];
    });
  }

  get finding(): Finding {
    if (this.#error !== null) return { kind: "syntax_error", error: this.#error };
    const facts = this.#facts.filter((each) => each !== null);
    return facts.length === this.#facts.length
      ? { kind: "statements", statements: facts }
      : { kind: "not_understood" };
  }
}

const UNREADABLE: Refusal = {
  sqlstate: "58000",
  message: "the database's answer about its catalog cannot be read",
  hint: "Tell the gateway's admin.",
};
