// All statements of a session as CSV (RFC 4180), for people and their spreadsheets: one line each, in order, read a page at a
// time and written as it is read. Whoever needs every field takes JSON.

import { csvLine } from "#core/record";
import type { StatementItem } from "./items.ts";
import { presentStatement } from "./present.ts";
import { toStream } from "./result.ts";
import type { RecordStore } from "./store.ts";

export const LIST_FORMATS = ["json", "csv"] as const;

const PAGE_STATEMENTS = 50;

const COLUMNS = {
  seq: ({ seq }) => String(seq),
  started_at: ({ started_at }) => started_at,
  ended_at: ({ ended_at }) => ended_at,
  duration_ms: ({ duration_ms }) => (duration_ms === null ? null : String(duration_ms)),
  operation: ({ operation }) => operation,
  statement: ({ statement }) => statement,
  parameters: ({ parameters }) =>
    parameters.length === 0 ? null : JSON.stringify(parameters.map(({ value }) => value)),
  kinds: ({ kinds }) => kinds.join(" "),
  relations: ({ relations }) => relations.map(({ access, name }) => `${access} ${name}`).join("; "),
  decision: ({ decision }) => decision.effect,
  rule: ({ decision }) => decision.rule,
  policy_version: ({ decision }) => decision.policy_version,
  outcome: ({ outcome }) => outcome,
  command_tags: ({ command_tags }) => command_tags.join("; "),
  rows: ({ rows }) => String(rows),
  sqlstate: ({ error }) => error?.sqlstate ?? null,
  error: ({ error }) => error?.message ?? null,
  request_bytes: ({ request_bytes }) => String(request_bytes),
  response_bytes: ({ response_bytes }) => String(response_bytes),
} as const satisfies Record<string, (item: StatementItem) => string | null>;

export function statementsCsv(store: RecordStore, sessionId: string): Response {
  return new Response(toStream(lines(store, sessionId)), {
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": `attachment; filename="${sessionId}-statements.csv"`,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}

async function* lines(store: RecordStore, sessionId: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(csvLine(Object.keys(COLUMNS)));
  for (let after = 0; ;) {
    const { rows, more } = await store.statements(sessionId, after, PAGE_STATEMENTS);
    const items = rows.map(presentStatement);
    const text = items.map((item) => csvLine(Object.values(COLUMNS).map((column) => column(item)))).join("");
    yield encoder.encode(text);
    after = items.at(-1)?.seq ?? after;
    if (!more) return;
  }
}
