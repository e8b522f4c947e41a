// What a statement means, spelled shortly: for tests that compare whole answers.

import { analyse, type Catalog, type Grammar, type OutputColumn, type StatementFacts } from "#core/sql";
import { expect, test } from "vitest";
import { testGrammar } from "../../support/grammar.ts";
import { catalogOf } from "../../support/catalog.ts";

const grammar: Grammar = testGrammar();

/** What is left out is empty: no call, nothing unknown, no literal … `kinds` left out: a SELECT alone. */
export interface Expected {
  readonly accesses?: readonly string[];
  /** null: not known, or no rows. */
  readonly output?: readonly string[] | null;
  readonly calls?: readonly string[];
  readonly unknown?: readonly string[];
  readonly modifications?: readonly string[];
  readonly literals?: readonly string[];
  readonly kinds?: readonly string[];
  readonly tagCounts?: boolean;
}

/** A test named by the statement. */
export function holds(sql: string, expected: Expected): void {
  test(`${sql}`, () => {
    const facts = factsOf(sql);
    expect({
      accesses: unordered(accesses(facts)),
      output: output(facts),
      calls: unordered(calls(facts)),
      unknown: unordered(unknown(facts)),
      modifications: unordered(modifications(facts)),
      literals: literals(sql, facts),
      kinds: facts.kinds,
      tagCounts: facts.tagCounts,
    }).toEqual({
      output: [],
      literals: [],
      kinds: ["select"],
      tagCounts: true,
      ...expected,
      accesses: unordered(expected.accesses ?? []),
      calls: unordered(expected.calls ?? []),
      unknown: unordered(expected.unknown ?? []),
      modifications: unordered(expected.modifications ?? []),
    });
  });
}

function unordered(all: readonly string[]): readonly string[] {
  return [...new Set(all)].toSorted();
}

export function factsOf(sql: string, catalog: Catalog = SHOP): StatementFacts {
  const parsed = grammar.parse(sql);
  if (!parsed.ok) throw new Error(`${parsed.error.message}: ${sql}`);
  const [statement] = parsed.value;
  if (statement === undefined) throw new Error(`no statement: ${sql}`);
  const session = { prepared: () => null, cursor: () => null };
  const analysis = analyse(statement, { grammar, catalog, session });
  if (analysis.kind === "questions") throw new Error(`asks ${JSON.stringify(analysis.questions)}: ${sql}`);
  return analysis.facts;
}

/** `select orders(id, total)`, `view v > select orders(id)`, `update only parts(*)`. The schema public is left out. */
export function accesses({ accesses: all }: StatementFacts): readonly string[] {
  return all.map(({ relation, action, columns, via, descendants }) => {
    const way = via.map(({ kind, name }) => `${kind} ${short(name)} > `).join("");
    const below = descendants.length > 0 ? " and below" : "";
    return `${way}${action} ${short(`${relation.schema}.${relation.name}`)}(${columns.join(", ")})${below}`;
  });
}

/** `name = orders.id` as it is, `name ~ orders.id + orders.total` computed from them, `name` from none. */
export function output({ output: columns }: StatementFacts): readonly string[] | null {
  return columns?.map(spelled) ?? null;
}

function spelled({ name, sources, verbatim }: OutputColumn): string {
  const from = places(sources);
  return sources.length === 0 ? name : `${name} ${verbatim ? "=" : "~"} ${from}`;
}

function places(sources: OutputColumn["sources"]): string {
  return sources
    .map(({ relation, column }) => short(`${relation.schema}.${relation.name}.${column}`))
    .toSorted()
    .join(" + ");
}

export function calls({ calls: all }: StatementFacts): readonly string[] {
  return all.map(({ function: { schema, name }, constants }) => {
    const shown = constants.map((constant) => constant ?? "?").join(", ");
    return `${schema === "pg_catalog" ? name : short(`${schema}.${name}`)}(${shown})`;
  });
}

export function unknown({ unknown: all }: StatementFacts): readonly string[] {
  return all.map(({ what, detail, missing }) =>
    missing === null ? `${what} ${detail}` : `${missing.sqlstate} ${missing.message} @${missing.position}`,
  );
}

export function modifications({ modifications: all }: StatementFacts): readonly string[] {
  return all.map(({ action, relation, bounded }) => `${action} ${relation.name} ${bounded}`);
}

/** The literal's text up to the next blank, bracket or comma, and what it meets. */
export function literals(sql: string, { literals: all }: StatementFacts): readonly string[] {
  const bytes = new TextEncoder().encode(sql);
  return all.map(({ offsetBytes, columns }) => {
    const text = new TextDecoder().decode(bytes.subarray(offsetBytes));
    const [literal = ""] = /^('[^']*'|[^\s,)\]]+)/.exec(text) ?? [];
    const met = places(columns);
    return met === "" ? literal : `${literal} -> ${met}`;
  });
}

function short(name: string): string {
  return name.replace(/^public\./, "");
}

export const SHOP: Catalog = catalogOf(
  {
    "public.people": ["id int4", "name", "ssn", "email", "boss int4"],
    "public.orders": ["id int4", "person int4", "total numeric", "note"],
    "public.items": ["order_id int4", "person int4", "sku", "price numeric"],
    "public.parts": { columns: ["id int4", "region", "amount numeric"], descendants: [] },
    "public.Odd Name": ["Id int4", "select", "naïve"],
    "audit.log": ["id int8", "at timestamptz", "what"],
    "public.docs": ["id int4", "body jsonb", "page xml", "owner people", "tags"],
    "public.adults": {
      columns: ["id int4", "label", "ssn"],
      viewDefinition:
        "SELECT people.id, people.name || people.email AS label, people.ssn FROM people WHERE boss > 0",
    },
    "public.shadow": ["a int4"],
    "pg_temp.shadow": ["b int4"],
    "public.priced": ["id int4", "cost money2"],
  },
  {
    functions: {
      "public.full_name": { leastArguments: 1, mostArguments: 1, language: "c" },
      "public.wipe": { leastArguments: 0, mostArguments: 0, volatility: "volatile", language: "c" },
      "public.over": [
        { leastArguments: 1, mostArguments: 1, arguments: "integer", language: "c" },
        { leastArguments: 2, mostArguments: 2, arguments: "integer, integer", language: "c" },
      ],
      "public.same": { leastArguments: 2, mostArguments: 2, language: "c" },
      "public.pairs": {
        leastArguments: 1,
        mostArguments: 1,
        outputColumns: ["a", "b"],
        returnTypeOid: 2249,
        language: "c",
      },
      "public.anything": { returnTypeOid: 2249, leastArguments: 0, mostArguments: 1, language: "c" },
      "public.checked": { oid: 90_001, leastArguments: 1, mostArguments: 1, language: "c" },
      "audit.note": { leastArguments: 1, mostArguments: 1, volatility: "volatile", language: "c" },
    },
    operators: { "<=>": "public.same" },
    types: { "public.money2": { kind: "domain", functionOids: [90_001] } },
    noFunctions: ["gone", "nope", "first"],
  },
);
