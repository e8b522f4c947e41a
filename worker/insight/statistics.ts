// Statements of a period counted over time. What is looked at is bounded, newest sessions first: a period that holds more says
// so. What the gateway added stands in each outcome, in whole milliseconds; quantiles are of those, over what was counted.

import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
// Not by the room's door: that brings the grammar along.
import { KIND_CLASSES } from "../../core/sql/facts/kinds.ts";
import { oneOf } from "../records/filter.ts";
import { askAll, type Shard } from "../records/shards.ts";
import type { Statistics } from "./items.ts";

const BUCKETS = 48;
/** Half a second of D1's time, and some megabytes here. */
const MOST_STATEMENTS = 20_000;
const MOST_SESSIONS = 1_000;

export interface Period {
  readonly from: number;
  readonly to: number;
  readonly target: string | null;
}

type SessionRow = { readonly id: string; readonly started_at: number };
type Row = {
  readonly started_at: number;
  readonly first_byte_ms: number | null;
  readonly added_ms: number | null;
  readonly effect: string | null;
  readonly rule: string | null;
  readonly kinds: string | null;
  readonly rows: number;
};

export async function statisticsOf(all: readonly Shard[], period: Period): Promise<Statistics> {
  const counted = await askAll(all, (db) => lookedAt(db, period));
  // Where one of them was cut off the others are not shown alone.
  const since = Math.max(...counted.map((one) => one.since));
  const tally = new Tally(period);
  for (const { sessions, rows } of counted) {
    for (const session of sessions) tally.session(session.started_at);
    for (const row of rows) if (row.started_at >= since) tally.statement(row);
  }
  return tally.statistics(counted.every(({ complete }) => complete));
}

interface LookedAt {
  readonly sessions: readonly SessionRow[];
  readonly rows: readonly Row[];
  /** All statements of the period are there. */
  readonly complete: boolean;
  /** … and of those from here on all that were looked for, where they are too many. */
  readonly since: number;
}

async function lookedAt(db: D1Database, { from, to, target }: Period): Promise<LookedAt> {
  const database = drizzle(db);
  const sessions = await database.all<SessionRow>(sql`
    select id, started_at from sessions
    where started_at < ${to} and coalesce(ended_at, ${to}) >= ${from}
      ${target === null ? sql`` : sql`and target = ${target}`}
    order by started_at desc limit ${MOST_SESSIONS + 1}`);
  const rows = await database.all<Row>(sql`
    select started_at, effect, rule, kinds, rows,
      json_extract(outcome, '$.firstByteAt') - started_at - coalesce(json_extract(outcome, '$.heldMs'), 0)
        as first_byte_ms,
      json_extract(outcome, '$.addedMs') as added_ms
    from statements
    where session_id in ${oneOf(sessions.slice(0, MOST_SESSIONS).map(({ id }) => id))}
      and started_at >= ${from} and started_at < ${to}
    order by started_at desc limit ${MOST_STATEMENTS + 1}`);
  const shown = rows.slice(0, MOST_STATEMENTS);
  const cut = rows.length > MOST_STATEMENTS;
  return {
    sessions,
    rows: shown,
    complete: !cut && sessions.length <= MOST_SESSIONS,
    since: cut ? (shown.at(-1)?.started_at ?? from) : from,
  };
}

class Tally {
  readonly #from: number;
  readonly #to: number;
  readonly #width: number;
  #statements = 0;
  readonly #sessions = zeros();
  readonly #rows = zeros();
  readonly #held = zeros();
  readonly #byClass = new Map<string, number[]>();
  readonly #byRule = new Map<string, number[]>();
  readonly #firstBytes = lists();
  readonly #added = lists();

  constructor({ from, to }: Period) {
    this.#from = from;
    this.#to = to;
    this.#width = Math.max(1, Math.ceil((to - from) / BUCKETS));
  }

  session(startedAt: number): void {
    if (startedAt >= this.#from && startedAt < this.#to) add(this.#sessions, this.#bucket(startedAt), 1);
  }

  statement(row: Row): void {
    const bucket = this.#bucket(row.started_at);
    this.#statements++;
    add(this.#rows, bucket, row.rows);
    add(of(this.#byClass, classOf(row.kinds)), bucket, 1);
    if (row.effect === "approve") add(this.#held, bucket, 1);
    if (row.effect === "deny") add(of(this.#byRule, row.rule ?? ""), bucket, 1);
    if (row.first_byte_ms !== null && row.first_byte_ms >= 0)
      this.#firstBytes[bucket]?.push(row.first_byte_ms);
    if (row.added_ms !== null) this.#added[bucket]?.push(row.added_ms);
  }

  statistics(complete: boolean): Statistics {
    for (const values of [...this.#firstBytes, ...this.#added]) values.sort((a, b) => a - b);
    return {
      from: new Date(this.#from).toISOString(),
      to: new Date(this.#to).toISOString(),
      bucket_ms: this.#width,
      statements: this.#statements,
      complete,
      sessions: this.#sessions,
      rows: this.#rows,
      held: this.#held,
      by_class: Object.fromEntries(this.#byClass),
      refused_by_rule: Object.fromEntries(this.#byRule),
      first_byte_p50_ms: this.#firstBytes.map((values) => quantile(values, 0.5)),
      first_byte_p95_ms: this.#firstBytes.map((values) => quantile(values, 0.95)),
      added_p50_ms: this.#added.map((values) => quantile(values, 0.5)),
      added_p95_ms: this.#added.map((values) => quantile(values, 0.95)),
      added_mean_ms: this.#added.map(mean),
    };
  }

  #bucket(at: number): number {
    return Math.min(BUCKETS - 1, Math.max(0, Math.floor((at - this.#from) / this.#width)));
  }
}

const WORST_FIRST = ["ddl", "privileges", "write", "code", "maintenance", "read", "session", "transaction"];

/** The one that weighs most, of several. */
function classOf(kinds: string | null): string {
  const known: Readonly<Record<string, string>> = KIND_CLASSES;
  const names = kinds === null ? [] : (JSON.parse(kinds) as string[]);
  const classes = new Set(names.map((name) => known[name] ?? "other"));
  return WORST_FIRST.find((name) => classes.has(name)) ?? [...classes][0] ?? "not looked at";
}

/** Nearest rank; of values in order. */
function quantile(values: readonly number[], q: number): number | null {
  return values[Math.max(0, Math.ceil(values.length * q) - 1)] ?? null;
}

/** To a hundredth: one of many whole milliseconds says more than any of them. */
function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 100) / 100;
}

function lists(): number[][] {
  return Array.from({ length: BUCKETS }, () => []);
}

function zeros(): number[] {
  return Array.from({ length: BUCKETS }, () => 0);
}

function add(series: number[], bucket: number, n: number): void {
  series[bucket] = (series[bucket] ?? 0) + n;
}

function of(series: Map<string, number[]>, name: string): number[] {
  const known = series.get(name) ?? zeros();
  series.set(name, known);
  return known;
}
