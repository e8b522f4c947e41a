// What a list of sessions shows of each beside its counts: how many were refused or held, and when it was busy.

import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { oneOf } from "../records/filter.ts";
import { askAll, type Shard } from "../records/shards.ts";
import type { Activity } from "./items.ts";

const BUCKETS = 24;
/** Of each session: a page of 200 long ones stays within what D1 reads in a second. */
const MOST_STATEMENTS = 2_000;

type Row = {
  readonly id: string;
  readonly bucket: number;
  readonly statements: number;
  readonly refused: number;
  readonly held: number;
  readonly observed: number;
  readonly last: number;
};

/** In the order of `ids`; a session without statements is in it, one that does not exist as well, with none. */
export async function activityOf(
  all: readonly Shard[],
  ids: readonly string[],
  now: number,
): Promise<Activity[]> {
  const rows = (await askAll(all, (db) => rowsIn(db, ids, now))).flat();
  const bySession = Map.groupBy(rows, ({ id }) => id);
  return ids.map((id) => {
    const found = bySession.get(id) ?? [];
    const sum = (of: (row: Row) => number): number => found.reduce((total, row) => total + of(row), 0);
    const density = Array.from({ length: BUCKETS }, () => 0);
    for (const { bucket, statements } of found) density[bucket] = statements;
    return {
      id,
      refused: sum(({ refused }) => refused),
      held: sum(({ held }) => held),
      observed: sum(({ observed }) => observed),
      complete: found.every(({ last }) => last <= MOST_STATEMENTS),
      density,
    };
  });
}

function rowsIn(db: D1Database, ids: readonly string[], now: number): Promise<Row[]> {
  // D1 binds every number as a real: the bucket is cut to a whole one.
  return drizzle(db).all<Row>(sql`
    select one.id, min(${BUCKETS - 1}, max(0, cast((of.started_at - one.started_at) * ${BUCKETS}
        / max(1, coalesce(one.ended_at, ${now}) - one.started_at) as integer))) as bucket,
      count(*) as statements, max(of.seq) as last,
      count(*) filter (where of.effect = 'deny') as refused,
      count(*) filter (where of.effect = 'approve') as held,
      count(*) filter (where of.effect = 'observe') as observed
    from sessions one cross join statements of
      on of.session_id = one.id and of.seq <= ${MOST_STATEMENTS + 1}
    where one.id in ${oneOf(ids)}
    group by 1, 2`);
}
