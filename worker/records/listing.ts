// The two lists that are searched: sessions, and statements of any session. From query parameters to a page, over all shards; what
// is looked at in each is search.ts, how their pages become one merge.ts, what is shown present.ts.

import { drizzle } from "drizzle-orm/d1";
import { err, ok, type Result } from "../../core/result.ts";
import type { ShardEnv } from "../../durable-objects/shards/index.ts";
import { parameterProblem, type Problem } from "../problem.ts";
import { writeCursor } from "./cursor.ts";
import type { StatementFilter } from "./filter.ts";
import type { SessionItem, StatementItem } from "./items.ts";
import { DEFAULT_LIMIT, type PARAMETERS } from "./parameters.ts";
import { presentSession, presentStatement } from "./present.ts";
import type { Query } from "./query.ts";
import { type Found, type Hit, mergePages, type SearchPosition } from "./merge.ts";
import { relationNames } from "./relation-names.ts";
import { afterSession, afterStatement, RecordSearch } from "./search.ts";
import { askAll, type Shard, shards, wholeRecord } from "./shards.ts";
import { RecordStore, type StatementRecord } from "./store.ts";

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

export async function listSessions(
  all: readonly Shard[],
  query: Query<typeof PARAMETERS.listSessions>,
): Promise<Result<Page<SessionItem>, Problem>> {
  const filter = await statementFilter(all, query, null, null);
  if (!filter.ok) return filter;
  const { subject, target, from, to, cursor, limit } = query;
  const session = { sessionId: null, subject, target, startedFrom: from, startedTo: to, endedFrom: null };
  const most = limit ?? DEFAULT_LIMIT;
  const pages = await askAll(all, (db) => new RecordSearch(db, session, filter.value).sessions(cursor, most));
  const { hits, next } = mergePages(pages, most, afterSession);
  const read = await askAll(all, (db, i) => new RecordStore(db).sessions(idsOf(hits, i)));
  const byId = new Map(read.flat().map((row) => [row.id, row]));
  const rows = hits.flatMap(({ sessionId }) => byId.get(sessionId) ?? []);
  return ok(page(rows.map(presentSession), next));
}

/** All of them, or the one that is asked for by its name. */
export async function shardsAsked(
  env: ShardEnv,
  name: string | null,
): Promise<Result<readonly Shard[], Problem>> {
  if (name === null) return ok(await wholeRecord(env));
  const all = shards(env);
  const named = all.filter((shard) => shard.name === name);
  const known = all.map((shard) => shard.name).join(", ");
  return named.length === 0 ? err(parameterProblem("shard", `has to be one of ${known}`)) : ok(named);
}

/** `all`: the shards that may have what is asked for. */
export async function searchStatements(
  all: readonly Shard[],
  query: Query<typeof PARAMETERS.searchStatements>,
): Promise<Result<Page<StatementItem>, Problem>> {
  const { subject, target, session_id: sessionId, from, to, cursor, limit } = query;
  const filter = await statementFilter(all, query, from, to);
  if (!filter.ok) return filter;
  const session = { sessionId, subject, target, startedFrom: null, startedTo: to, endedFrom: from };
  const most = limit ?? DEFAULT_LIMIT;
  const pages = await askAll(all, (db) =>
    new RecordSearch(db, session, filter.value).statements(cursor, most),
  );
  const { hits, next } = mergePages(pages, most, afterStatement);
  const read = await askAll(all, (db, i) =>
    shownOf(
      db,
      hits.filter((hit) => hit.page === i),
    ),
  );
  const shown = mergePages(read, most, afterStatement);
  return ok(
    page(
      shown.hits.map(({ row }) => presentStatement(row)),
      shown.next ?? next,
    ),
  );
}

/** Large ones make a page shorter: the next one begins behind the last that fitted. */
async function shownOf(
  db: D1Database,
  hits: readonly Hit[],
): Promise<Found<Hit & { readonly row: StatementRecord }>> {
  if (hits.length === 0) return { hits: [], next: null };
  const shown = await new RecordStore(db).statementsAt(hits);
  const last = shown.at(-1);
  return {
    hits: shown.map(({ key, row }) => ({ ...key, row })),
    next: last !== undefined && shown.length < hits.length ? afterStatement(last.key) : null,
  };
}

function idsOf(
  hits: readonly { readonly sessionId: string; readonly page: number }[],
  shard: number,
): string[] {
  return hits.flatMap(({ sessionId, page }) => (page === shard ? [sessionId] : []));
}

async function statementFilter(
  all: readonly Shard[],
  query: Omit<StatementFilter, "from" | "to" | "relation"> & { readonly relation: string | null },
  from: number | null,
  to: number | null,
): Promise<Result<StatementFilter, Problem>> {
  const { relation, access, kind, decision, rule, text } = query;
  if (access !== null && relation === null) {
    return err(parameterProblem("access", "goes with relation: say which"));
  }
  const names = relation === null ? null : await askAll(all, (db) => relationNames(drizzle(db), relation));
  const relations = names === null ? null : [...new Set(names.flat())];
  return ok({ relation: relations, access, kind, decision, rule, text, from, to });
}

function page<Item>(data: readonly Item[], next: SearchPosition | null): Page<Item> {
  return { data, next_cursor: next === null ? null : writeCursor(next) };
}
