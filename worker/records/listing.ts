// The two lists that are searched: sessions, and statements of any session. From query parameters to a page; what is looked
// at is search.ts, what is shown present.ts.

import { drizzle } from "drizzle-orm/d1";
import { err, ok, type Result } from "../../core/result.ts";
import { parameterProblem, type Problem } from "../problem.ts";
import { writeCursor, type SearchPosition } from "./cursor.ts";
import type { StatementFilter } from "./filter.ts";
import type { SessionItem, StatementItem } from "./items.ts";
import { DEFAULT_LIMIT, type PARAMETERS } from "./parameters.ts";
import { presentSession, presentStatement } from "./present.ts";
import type { Query } from "./query.ts";
import { relationNames } from "./relation-names.ts";
import { afterStatement, RecordSearch } from "./search.ts";
import { RecordStore } from "./store.ts";

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

export async function listSessions(
  db: D1Database,
  query: Query<typeof PARAMETERS.listSessions>,
): Promise<Result<Page<SessionItem>, Problem>> {
  const filter = await statementFilter(db, query, null, null);
  if (!filter.ok) return filter;
  const { subject, target, from, to, cursor, limit } = query;
  const session = { sessionId: null, subject, target, startedFrom: from, startedTo: to, endedFrom: null };
  const search = new RecordSearch(db, session, filter.value);
  const { hits, next } = await search.sessions(cursor, limit ?? DEFAULT_LIMIT);
  const rows = await new RecordStore(db).sessions(hits.map(({ sessionId }) => sessionId));
  return ok(page(rows.map(presentSession), next));
}

export async function searchStatements(
  db: D1Database,
  query: Query<typeof PARAMETERS.searchStatements>,
): Promise<Result<Page<StatementItem>, Problem>> {
  const { subject, target, session_id: sessionId, from, to, cursor, limit } = query;
  const filter = await statementFilter(db, query, from, to);
  if (!filter.ok) return filter;
  const session = { sessionId, subject, target, startedFrom: null, startedTo: to, endedFrom: from };
  const search = new RecordSearch(db, session, filter.value);
  const { hits, next } = await search.statements(cursor, limit ?? DEFAULT_LIMIT);
  const shown = await new RecordStore(db).statementsAt(hits);
  const last = shown.at(-1);
  // Large ones make a page shorter: the next one begins behind the last that fitted.
  const behind = last !== undefined && shown.length < hits.length ? afterStatement(last.key) : next;
  return ok(
    page(
      shown.map(({ row }) => presentStatement(row)),
      behind,
    ),
  );
}

async function statementFilter(
  db: D1Database,
  query: Omit<StatementFilter, "from" | "to" | "relation"> & { readonly relation: string | null },
  from: number | null,
  to: number | null,
): Promise<Result<StatementFilter, Problem>> {
  const { relation, access, kind, decision, rule, text } = query;
  if (access !== null && relation === null) {
    return err(parameterProblem("access", "goes with relation: say which"));
  }
  const relations = relation === null ? null : await relationNames(drizzle(db), relation);
  return ok({ relation: relations, access, kind, decision, rule, text, from, to });
}

function page<Item>(data: readonly Item[], next: SearchPosition | null): Page<Item> {
  return { data, next_cursor: next === null ? null : writeCursor(next) };
}
