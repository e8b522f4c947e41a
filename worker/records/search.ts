// Search over a shard of the record: newest session first, in a session its newest statement first. Facets narrow the sessions
// (candidates.ts); their statements are then looked through a range at a time. How much a page may look at is bounded, so a
// page may be short, or empty, and still have a next one. Finds keys; store.ts reads what they are of.

import { sql, type SQL } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { CandidateSearch, type Block, type Candidate } from "./candidates.ts";
import { statementConditions, type SessionFilter, type StatementFilter } from "./filter.ts";
import type { Found, Hit, SearchPosition } from "./merge.ts";

/** What a page looks at before it gives what it has: a tenth of a second of D1's time, and far below its limits. */
export const SCAN_LIMITS = {
  sessions: 2_000,
  statements: 5_000,
  /** With `text`, which reads up to 64 KiB of each. */
  texts: 2_000,
} as const;

/** Sessions of the first block, and how many times larger each next one is. */
const FIRST_BLOCK = 50;
const GROWTH = 4;

/** Statements `first` to `last` of a session. */
type Range = Candidate;

export class RecordSearch {
  readonly #db: DrizzleD1Database;
  readonly #candidates: CandidateSearch;
  readonly #conditions: readonly SQL[];
  readonly #budget: number;

  constructor(db: D1Database, session: SessionFilter, statement: StatementFilter) {
    this.#db = drizzle(db);
    this.#candidates = new CandidateSearch(this.#db, session, statement);
    this.#conditions = statementConditions(statement);
    this.#budget = statement.text === null ? SCAN_LIMITS.statements : SCAN_LIMITS.texts;
  }

  /** Sessions with a statement that matches; every session where no statement is asked for. */
  async sessions(from: SearchPosition | null, limit: number): Promise<Found> {
    return this.#conditions.length === 0
      ? this.#page(from, limit, afterSession, async (block) => ({
          hits: block.map(({ id, startedAt }) => ({ sessionId: id, startedAt, seq: 0 })),
          stoppedAt: null,
          looked: 0,
        }))
      : this.#page(from, limit, afterSession, (block, wanted, budget) =>
          this.#sessionsOf(block, wanted, budget),
        );
  }

  async statements(from: SearchPosition | null, limit: number): Promise<Found> {
    return this.#page(from, limit, afterStatement, (block, wanted, budget) =>
      this.#scan(block, wanted, budget, false),
    );
  }

  async #page(
    from: SearchPosition | null,
    limit: number,
    after: (hit: Hit) => SearchPosition,
    look: Look,
  ): Promise<Found> {
    const hits: Hit[] = [];
    let position = from;
    let [sessions, statements] = [SCAN_LIMITS.sessions as number, this.#budget];
    for (let size = Math.max(FIRST_BLOCK, limit + 1); ; size *= GROWTH) {
      const block: Block = await this.#candidates.block(position, Math.min(size, sessions));
      const {
        hits: more,
        stoppedAt,
        looked,
      } = await look(block.candidates, limit + 1 - hits.length, statements);
      hits.push(...more);
      if (hits.length > limit) {
        const shown = hits.slice(0, limit);
        const last = shown.at(-1);
        return { hits: shown, next: last === undefined ? null : after(last) };
      }
      if (stoppedAt !== null) return { hits, next: stoppedAt };
      if (block.end === null) return { hits, next: null };
      position = block.end;
      sessions -= size;
      statements -= looked;
      if (sessions <= 0 || statements <= 0) return { hits, next: position };
    }
  }

  /** A facet's first statement mostly is the answer; those that it is not of are looked through. */
  async #sessionsOf(block: readonly Candidate[], wanted: number, budget: number): Promise<Looked> {
    const probes = block
      .filter(({ first, last }) => first <= last)
      .map(({ id, startedAt, first }) => ({ id, startedAt, first, last: first }));
    const known = new Set(
      (await this.#match(probes, probes.length, true)).map(({ index }) => probes[index]?.id),
    );
    const hits: Hit[] = [];
    let looked = probes.length;
    for (const one of block) {
      if (hits.length === wanted) break;
      if (known.has(one.id)) {
        hits.push({ sessionId: one.id, startedAt: one.startedAt, seq: one.first });
        continue;
      }
      if (one.first >= one.last) continue;
      if (looked >= budget) return { hits, stoppedAt: [one.startedAt, one.id, one.last + 1], looked };
      const found = await this.#scan([one], 1, budget - looked, true);
      looked += found.looked;
      hits.push(...found.hits);
      if (found.hits.length === 0 && found.stoppedAt !== null)
        return { hits, stoppedAt: found.stoppedAt, looked };
    }
    return { hits, stoppedAt: null, looked };
  }

  /** Looks through the statements of a block, in pieces that grow, until there are `wanted` or `budget` are looked at. */
  async #scan(block: readonly Candidate[], wanted: number, budget: number, once: boolean): Promise<Looked> {
    const left = block.filter(({ first, last }) => first <= last).toReversed();
    const hits: Hit[] = [];
    let looked = 0;
    for (let size = Math.max(wanted, 50); left.length > 0 && looked < budget; size *= GROWTH) {
      const ranges = take(left, this.#conditions.length === 0 ? wanted : Math.min(size, budget - looked));
      looked += ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
      for (const { index, seq } of await this.#match(ranges, wanted - hits.length, once)) {
        const range = ranges[index];
        if (range !== undefined) hits.push({ sessionId: range.id, startedAt: range.startedAt, seq });
      }
      if (hits.length >= wanted) return { hits, stoppedAt: null, looked };
    }
    const next = left.at(-1);
    return { hits, stoppedAt: next === undefined ? null : [next.startedAt, next.id, next.last + 1], looked };
  }

  async #match(ranges: readonly Range[], limit: number, once: boolean): Promise<readonly Match[]> {
    if (ranges.length === 0) return [];
    const json = JSON.stringify(ranges.map(({ id, first, last }) => [id, first, last]));
    const where =
      this.#conditions.length === 0 ? sql`` : sql`where ${sql.join([...this.#conditions], sql` and `)}`;
    // `cross join` keeps SQLite to this order: a statement is reached by its key.
    return this.#db.all<Match>(sql`
      select range.key as "index", ${once ? sql`max(statements.seq)` : sql`statements.seq`} as seq
      from json_each(${json}) range cross join statements
        on statements.session_id = range.value ->> 0
        and statements.seq between range.value ->> 1 and range.value ->> 2
      ${where}
      ${once ? sql`group by range.key order by range.key` : sql`order by range.key, statements.seq desc`}
      limit ${limit}`);
  }
}

type Look = (block: readonly Candidate[], wanted: number, budget: number) => Promise<Looked>;

interface Looked {
  readonly hits: readonly Hit[];
  /** The budget ended here; null where all of the block was looked at. */
  readonly stoppedAt: SearchPosition | null;
  /** Statements. */
  readonly looked: number;
}

type Match = { readonly index: number; readonly seq: number };

/** Takes `size` statements off the end of `left`, newest first. */
function take(left: Candidate[], size: number): Range[] {
  const taken: Range[] = [];
  for (let rest = size; rest > 0;) {
    const next = left.pop();
    if (next === undefined) break;
    const first = Math.max(next.first, next.last - rest + 1);
    taken.push({ ...next, first });
    rest -= next.last - first + 1;
    if (first > next.first) left.push({ ...next, last: first - 1 });
  }
  return taken;
}

export function afterSession({ startedAt, sessionId }: Hit): SearchPosition {
  return [startedAt, sessionId];
}

export function afterStatement({ startedAt, sessionId, seq }: Hit): SearchPosition {
  return [startedAt, sessionId, seq];
}
