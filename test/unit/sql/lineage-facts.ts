// Facts for masking, of statements over lineage-world.ts on a real PostgreSQL, and spelled in short.

import { afterAll, beforeAll, expect, test } from "vitest";
import { analyse, type ColumnPlace, type OutputColumn, type StatementFacts, type Via } from "#core/sql";
import { CatalogCache } from "../../../core/sql/catalog/index.ts";
import { testGrammar } from "../../support/grammar.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type AskingSession, openSession } from "./catalog-session.ts";
import { WORLD } from "./lineage-world.ts";

const grammar = testGrammar();

/** Prepared statements and cursors by name, by their text. */
export interface Held {
  readonly prepared?: Readonly<Record<string, string>>;
  readonly cursors?: Readonly<Record<string, string>>;
}

export class Analyst {
  readonly #session: AskingSession;
  readonly #catalog = new CatalogCache();

  constructor(session: AskingSession) {
    this.#session = session;
  }

  /** Throws where the text is not one statement. */
  async factsOf(sql: string, held: Held = {}): Promise<StatementFacts> {
    const statement = parse(sql);
    const cursors = new Map<string, StatementFacts>();
    for (const [name, text] of Object.entries(held.cursors ?? {}))
      cursors.set(name, await this.factsOf(text));
    const names = {
      prepared: (name: string) => {
        const text = held.prepared?.[name];
        return text === undefined ? null : parse(text);
      },
      cursor: (name: string) => cursors.get(name) ?? null,
    };
    for (let round = 0; round < 12; round++) {
      const analysis = analyse(statement, { grammar, catalog: this.#catalog, session: names });
      if (analysis.kind === "facts") return analysis.facts;
      const found = await this.#session.ask(...analysis.questions);
      for (const [index, question] of analysis.questions.entries()) {
        const answer = found[index];
        if (answer !== undefined) this.#catalog.learn(question, answer, 0);
      }
    }
    throw new Error(`asks for ever: ${sql}`);
  }
}

function parse(sql: string): Parameters<typeof analyse>[0] {
  const parsed = grammar.parse(sql);
  const [statement, ...others] = parsed.ok ? parsed.value : [];
  if (statement === undefined || others.length > 0) throw new Error(`not parsed: ${sql}`);
  return statement;
}

export function spelled(facts: StatementFacts): Readonly<Record<string, readonly string[]>> {
  const { output, uncounted, parameters = [], flows = [], passed = [], predicates = [] } = facts;
  const all = {
    output: (output ?? []).map(outputColumn),
    uncounted: uncounted === undefined ? [] : [outputColumn(uncounted)],
    parameters: parameters.map(({ number, columns, opaque }) => `$${number} ${places(columns, opaque)}`),
    flows: flows.map(
      ({ from, to, verbatim, opaque, via }) =>
        `${way(via)}${to.relation.name}.${to.column} ${verbatim ? "=" : "~"} ${places(from, opaque)}`,
    ),
    passed: passed.map(
      ({ function: { name }, from, opaque, via }) => `${way(via)}${name}(${places(from, opaque)})`,
    ),
    predicates: predicates.map(
      ({ place, use, relation, column, via }) =>
        `${way(via)}${place} ${use} ${relation?.name ?? "?"}.${column}`,
    ),
  };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}

/** Text of each literal up to a blank or bracket, and what it meets. */
export function literals(sql: string, facts: StatementFacts): readonly string[] {
  const bytes = new TextEncoder().encode(sql);
  return facts.literals.map(({ offsetBytes, columns, opaque }) => {
    const text = new TextDecoder().decode(bytes.subarray(offsetBytes));
    return `${/^('[^']*'|[^\s,)\]]+)/.exec(text)?.[0] ?? ""} ${places(columns, opaque)}`;
  });
}

function way(via: readonly Via[]): string {
  return via.map(({ kind }) => `${kind} > `).join("");
}

function outputColumn({ name, sources, verbatim, opaque }: OutputColumn): string {
  return `${name} ${verbatim ? "=" : "~"} ${places(sources, opaque)}`;
}

function places(columns: readonly ColumnPlace[], opaque = false): string {
  const names = columns.map(({ relation, column, ancestors = [] }) => {
    const above =
      ancestors.length > 0 ? ` (of ${ancestors.map((name) => name.replace(/^.*\./, "")).join()})` : "";
    return `${relation.name}.${column}${above}`;
  });
  return [...new Set(names), ...(opaque ? ["?"] : [])].toSorted().join(" + ");
}

export type Expected = Readonly<Record<string, readonly string[]>>;

/** A PostgreSQL with the world, for the tests of a file; gives what makes a test, named by its statement. */
export function overWorld(
  more: readonly string[],
  held: Held = {},
): (sql: string, expected: Expected) => void {
  let server: TestPostgres;
  let session: AskingSession;
  let analyst: Analyst;
  beforeAll(async () => {
    server = await startPostgres({ sql: [...WORLD, "SET search_path = one", ...more] });
    session = await openSession(server.url);
    await session.client.query("SET search_path = one");
    analyst = new Analyst(session);
  }, 60_000);
  afterAll(async () => {
    await session.end();
    await server.stop();
  });
  return (sql, expected) => {
    test(`${sql}`, async () => {
      const facts = await analyst.factsOf(sql, held);
      expect(facts.unknown).toEqual([]);
      const met = literals(sql, facts);
      expect(unordered({ ...spelled(facts), ...(met.length > 0 ? { literals: met } : {}) })).toEqual(
        unordered(expected),
      );
    });
  };
}

/** Columns and literals stand in order, all else does not. */
function unordered(facts: Expected): Expected {
  const ordered = new Set(["output", "literals"]);
  return Object.fromEntries(
    Object.entries(facts).map(([key, list]) => [
      key,
      ordered.has(key) ? list : [...new Set(list)].toSorted(),
    ]),
  );
}
