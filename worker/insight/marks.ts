// The marks of a session's timeline: of each statement just enough to draw it and name it, so that a session of ten thousand is
// one answer of a megabyte. Reads the small columns of `statements`, and of its text the beginning.

import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { writeCursor } from "../records/cursor.ts";
import type { SessionRecord } from "../records/store.ts";
import type { Mark, Marks } from "./items.ts";

/** A line of a list has no room for more. */
const TEXT_CHARACTERS = 120;
const DEFAULT_MARKS = 10_000;

type Row = {
  readonly seq: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly effect: Mark["effect"] | null;
  readonly state: Mark["outcome"];
  readonly writes: 0 | 1;
  readonly rows: number;
  readonly text: string | null;
};

export async function marksOf(
  db: D1Database,
  session: SessionRecord,
  afterSeq: number,
  limit: number | null,
): Promise<Marks> {
  const most = limit ?? DEFAULT_MARKS;
  const rows = await drizzle(db).all<Row>(sql`
    select seq, started_at, ended_at, effect, state, rows,
      coalesce(relations like '%"write %' or relations like '%"define %', 0) as writes,
      substr(statement, 1, ${TEXT_CHARACTERS}) as text
    from statements where session_id = ${session.id} and seq > ${afterSeq} order by seq limit ${most + 1}`);
  const shown = rows.slice(0, most);
  const last = shown.at(-1);
  return {
    state: session.endedAt === null ? "live" : "ended",
    data: shown.map((row) => mark(row, session.startedAt)),
    next_cursor: rows.length > most && last !== undefined ? writeCursor([last.seq]) : null,
  };
}

function mark(row: Row, sessionStart: number): Mark {
  const startedAt = row.started_at ?? sessionStart;
  return {
    seq: row.seq,
    at_ms: Math.max(0, startedAt - sessionStart),
    duration_ms: row.ended_at === null ? null : Math.max(0, row.ended_at - startedAt),
    effect: row.effect ?? "allow",
    outcome: row.state,
    writes: row.writes === 1,
    rows: row.rows,
    text: (row.text ?? "").replaceAll(/\s+/g, " ").trim().toWellFormed(),
  };
}
