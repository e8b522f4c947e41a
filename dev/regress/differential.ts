// One regression script against grammar, analysis and policy on one side and a real PostgreSQL on the other: a statement
// that a read-only policy would let pass must not try to write. Owns nothing; the caller has the sessions.

import {
  analyse,
  answers,
  CatalogCache,
  type Grammar,
  inquiry,
  KIND_CLASSES,
  type StatementFacts,
} from "#core/sql";
import type { Policy } from "#core/policy";
import type pg from "pg";

export interface Tally {
  statements: number;
  /** PostgreSQL itself runs them. */
  accepted: number;
  /** … and their facts have nothing unknown. */
  understood: number;
  /** … and a read-only policy lets them pass. */
  harmless: number;
  readonly crashes: string[];
  /** Called harmless, and PostgreSQL says that they write. */
  readonly misread: string[];
  /** PostgreSQL runs them, the grammar does not read them. */
  readonly unparsed: string[];
  /** What was unknown, by kind of thing. */
  readonly unknown: Map<string, number>;
}

export function newTally(): Tally {
  return {
    statements: 0,
    accepted: 0,
    understood: 0,
    harmless: 0,
    crashes: [],
    misread: [],
    unparsed: [],
    unknown: new Map(),
  };
}

/** 25006: read_only_sql_transaction. */
const WRITES = "25006";
/** Names come in waves: a view's tables are asked for when its definition is known. */
const MAX_ROUNDS = 40;

export interface Sides {
  readonly grammar: Grammar;
  readonly policy: Policy;
  readonly client: pg.Client;
}

export async function compare(
  statement: string,
  { grammar, policy, client }: Sides,
  tally: Tally,
): Promise<void> {
  tally.statements++;
  let facts: StatementFacts | null = null;
  let parsed = false;
  try {
    const read = grammar.parse(statement);
    parsed = read.ok;
    const [one] = read.ok ? read.value : [];
    if (one !== undefined) facts = await factsOf(one, grammar, client);
  } catch (error) {
    tally.crashes.push(`${String(error)}: ${statement.slice(0, 300)}`);
  }
  const harmless = facts !== null && policy.decide(facts, 0).decision.effect === "allow";
  const checked = harmless && facts !== null && isRead(facts);
  if (checked && (await writes(statement, client))) tally.misread.push(statement.slice(0, 500));
  const state = await run(client, statement);
  if (state !== null) return;
  tally.accepted++;
  if (!parsed) tally.unparsed.push(statement.slice(0, 300));
  if (facts === null) return;
  if (facts.unknown.length === 0) tally.understood++;
  for (const { what } of facts.unknown.slice(0, 1))
    tally.unknown.set(what, (tally.unknown.get(what) ?? 0) + 1);
  if (harmless) tally.harmless++;
}

/** Beside reading there are SET and BEGIN, which say themselves what they do to the next statement. */
function isRead({ kinds }: StatementFacts): boolean {
  return kinds.every((kind) => KIND_CLASSES[kind] === "read" || kind === "execute" || kind === "declare");
}

async function factsOf(
  statement: Parameters<typeof analyse>[0],
  grammar: Grammar,
  client: pg.Client,
): Promise<StatementFacts | null> {
  const catalog = new CatalogCache();
  const surroundings = { grammar, catalog, session: { prepared: () => null, cursor: () => null } };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const analysis = analyse(statement, surroundings);
    if (analysis.kind === "facts") return analysis.facts;
    const { sql, parameter } = inquiry(analysis.questions);
    const rows = await client
      .query<[string | null]>({ text: sql, values: [parameter], rowMode: "array" })
      .then((result) => result.rows.map(([row]) => row))
      // A failed transaction answers nothing; the gateway knows its state without asking.
      .catch(() => null);
    if (rows === null) return null;
    const found = answers(analysis.questions, rows);
    if (!found.ok) throw new Error(found.error);
    for (const [index, question] of analysis.questions.entries()) {
      const answer = found.value[index];
      if (answer !== undefined) catalog.learn(question, answer, 0);
    }
  }
  throw new Error("asks without end");
}

/** In a read-only transaction or subtransaction that is rolled back. */
async function writes(statement: string, client: pg.Client): Promise<boolean> {
  const inside = (await run(client, "SAVEPOINT sluice_regress")) === null;
  if (!inside) await run(client, "BEGIN");
  await run(client, "SET LOCAL transaction_read_only = on");
  const state = await run(client, statement);
  await run(client, inside ? "ROLLBACK TO SAVEPOINT sluice_regress" : "ROLLBACK");
  if (inside) await run(client, "RELEASE SAVEPOINT sluice_regress");
  return state === WRITES;
}

/** SQLSTATE; null when it ran. */
async function run(client: pg.Client, statement: string): Promise<string | null> {
  try {
    await client.query(statement);
    return null;
  } catch (error) {
    return (error as { readonly code?: string }).code ?? "XX000";
  }
}
