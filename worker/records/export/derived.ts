// What D1 holds beside the chain so that it can be listed and searched: columns made of intents and outcomes, counts of a
// session. An edit there would show an auditor something else than was recorded, and no hash would tell: each is made anew from
// what the chain covers, and compared.

import { intentHead, type Intent, type Outcome } from "#core/record";
import { facetRows, type FacetRow, statementRow } from "../../../durable-objects/ledger/index.ts";
import type { ExportSource, StatementColumns } from "./source.ts";

const FACETS_A_READ = 500;

/** Column of D1 -> member of what the ledger writes. */
const COLUMNS = {
  state: "state",
  started_at: "startedAt",
  operation: "operation",
  effect: "effect",
  rule: "rule",
  recorded: "recorded",
  ended_at: "endedAt",
  sqlstate: "sqlstate",
  rows: "rows",
  notices: "notices",
  response_bytes: "responseBytes",
  request_bytes: "requestBytes",
  command_tags: "commandTags",
  kinds: "kinds",
  relations: "relations",
  statement: "statement",
} as const;

const COUNTS = {
  statements: () => 1,
  failed: ({ state }) => Number(state === "failed"),
  unknown: ({ state }) => Number(state === "unknown"),
  rows: ({ rows }) => rows ?? 0,
  response_bytes: ({ responseBytes }) => responseBytes ?? 0,
  request_bytes: ({ requestBytes }) => requestBytes ?? 0,
  unrecorded: ({ recorded }) => Number(recorded === false),
} as const satisfies Record<string, (row: ReturnType<typeof statementRow>) => number>;

/** Of a session that has ended; its chain is verified already. */
export async function* derivedDifferences(source: ExportSource): AsyncGenerator<string> {
  const counts = new Map<string, number>();
  const facets = new Map<string, FacetRow>();
  for await (const row of source.statements()) {
    const expected = await expectedRow(source, row);
    const seq = String(row.seq);
    if (expected === null) yield `statement ${seq} cannot be read`;
    if (expected === null) continue;
    for (const [name, count] of Object.entries(COUNTS))
      counts.set(name, (counts.get(name) ?? 0) + count(expected));
    for (const row of facetRows([expected])) {
      const key = `${row[0]} ${row[1]}`;
      if (!facets.has(key)) facets.set(key, row);
    }
    for (const [column, member] of Object.entries(COLUMNS)) {
      if (!same(row[column], expected[member]))
        yield `column ${column} of statement ${seq} does not say what was recorded`;
    }
  }
  const session = (await source.session()) as Readonly<Record<string, unknown>> | null;
  for (const name of Object.keys(COUNTS)) {
    if (session?.[name] !== (counts.get(name) ?? 0))
      yield `the session's count of ${name} is not that of its statements`;
  }
  if (session?.["last_seen"] !== session?.["ended_at"]) yield "the session was not seen last when it ended";
  yield* missingFacets(source, [...facets.values()]);
}

/** What search finds the session by. One that is too many, or begins too early, hides nothing: the statements are looked at too. */
async function* missingFacets(source: ExportSource, facets: readonly FacetRow[]): AsyncGenerator<string> {
  for (let at = 0; at < facets.length; at += FACETS_A_READ) {
    const some = facets.slice(at, at + FACETS_A_READ);
    const found = await source.firstSeqs(some);
    for (const [i, [facet, , seq]] of some.entries()) {
      const first = found[i] ?? null;
      if (first === null)
        yield `search does not find the session by the ${facet} of statement ${String(seq)}`;
      else if (typeof first !== "number" || first > seq)
        yield `search begins behind statement ${String(seq)} for its ${facet}`;
    }
  }
}

async function expectedRow(
  source: ExportSource,
  { seq, revision, intent: text, outcome, tail }: StatementColumns,
): Promise<ReturnType<typeof statementRow> | null> {
  try {
    const intent = JSON.parse(text ?? (await source.largeIntent(seq))) as Intent;
    return statementRow(
      "",
      {
        seq,
        revision,
        intent: text === null ? null : intent,
        head: text === null ? intentHead(intent) : null,
        outcome: JSON.parse(outcome ?? "null") as Outcome | null,
        responseTail: tail,
      },
      [],
    );
  } catch {
    return null;
  }
}

/** As SQLite has it: a boolean is 0 or 1, a list is JSON. */
function same(stored: unknown, expected: unknown): boolean {
  if (typeof expected === "boolean") return stored === Number(expected);
  if (typeof expected !== "object" || expected === null) return stored === (expected ?? null);
  return stored === JSON.stringify(expected);
}
