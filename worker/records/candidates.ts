// The sessions that may hold what is searched for, newest first, a block at a time. D1 reads a block's worth of keys from one
// index, in order, and probes the rest by key: a block costs the same wherever it is and however many sessions there are.

import { sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { oneOf, wantedFacets, type SessionFilter, type StatementFilter, type Wanted } from "./filter.ts";
import type { SearchPosition } from "./merge.ts";

const MOST_BRANCHES = 4;

export interface Candidate {
  readonly id: string;
  readonly startedAt: number;
  /** The statements that may match: from `first` to `last`; none where `last` is less. */
  readonly first: number;
  readonly last: number;
}

export interface Block {
  readonly candidates: readonly Candidate[];
  /** The last session looked at; null where it was the last there is. */
  readonly end: SearchPosition | null;
}

type Row = {
  readonly id: string;
  readonly started_at: number;
  readonly suits: 0 | 1;
  /** null: it has none of the values of a facet. */
  readonly first: number | null;
  readonly last: number | null;
};

export class CandidateSearch {
  readonly #db: DrizzleD1Database;
  readonly #session: SessionFilter;
  readonly #wanted: readonly Wanted[];

  constructor(db: DrizzleD1Database, session: SessionFilter, statement: StatementFilter) {
    this.#db = db;
    this.#session = session;
    this.#wanted = wantedFacets(statement);
  }

  async block(from: SearchPosition | null, size: number): Promise<Block> {
    const { subject, target } = this.#session;
    const suits = [
      subject === null ? null : sql`sessions.subject = ${subject}`,
      target === null ? null : sql`sessions.target = ${target}`,
    ].filter((condition) => condition !== null);
    const firsts = this.#wanted.map(
      ({ facet, values }) => sql`(select min(first_seq) from facets where facet = ${facet}
        and value in ${oneOf(values)} and started_at = keys.started_at and session_id = keys.id)`,
    );
    // max() of several is null where one of them is; of a single value it would be the aggregate.
    const first = firsts.length === 0 ? sql`1` : sql`max(1, ${sql.join(firsts, sql`, `)})`;
    const rows = await this.#db.all<Row>(sql`
      select keys.id, keys.started_at, ${suits.length === 0 ? sql`1` : sql.join(suits, sql` and `)} as suits,
        ${first} as first,
        (select max(seq) from statements where session_id = keys.id) as last
      from (${this.#keys(from, size)}) keys cross join sessions on sessions.id = keys.id
      order by keys.started_at desc, keys.id desc`);
    const last = rows.at(-1);
    return {
      candidates: rows.flatMap((row) => candidate(row, from)),
      end: last === undefined || rows.length < size ? null : [last.started_at, last.id],
    };
  }

  /** At most `size` keys (started_at, id) in order: of one session, of a facet, or of an index of sessions. */
  #keys(from: SearchPosition | null, size: number): SQL {
    const { sessionId, subject, target } = this.#session;
    const [rarest] = this.#wanted;
    const source =
      sessionId !== null
        ? this.#sessionKeys([sql`id = ${sessionId}`], from, size)
        : subject !== null
          ? this.#sessionKeys([sql`subject = ${subject}`], from, size)
          : rarest !== undefined
            ? this.#facetKeys(rarest, from, size)
            : this.#sessionKeys(target === null ? [] : [sql`target = ${target}`], from, size);
    return sql`${source} order by started_at desc, id desc limit ${size}`;
  }

  #sessionKeys(where: readonly SQL[], from: SearchPosition | null, size: number): SQL {
    const ended = this.#session.endedFrom;
    const conditions = [...where, ...this.#range(sql`started_at`, sql`id`, from)];
    if (ended !== null) conditions.push(sql`coalesce(ended_at, ${ended}) >= ${ended}`);
    return sql`select * from (select started_at, id from sessions ${whereAll(conditions)}
      order by started_at desc, id desc limit ${size})`;
  }

  /** A session may have several of the values, so the branches, each in order, are merged. */
  #facetKeys(wanted: Wanted, from: SearchPosition | null, size: number): SQL {
    const { facet, values } = wanted;
    // D1 merges at most five: more than that are read as a whole.
    if (values.length > MOST_BRANCHES)
      return sql`select distinct started_at, session_id as id from facets ${whereAll([
        sql`facet = ${facet}`,
        sql`value in ${oneOf(values)}`,
        ...this.#facetRange(from),
      ])}`;
    const branches = values.map((value) => {
      const conditions = [sql`facet = ${facet}`, sql`value = ${value}`, ...this.#facetRange(from)];
      return sql`select * from (select started_at, session_id as id from facets ${whereAll(conditions)}
        order by started_at desc, session_id desc limit ${size})`;
    });
    return sql.join(branches, sql` union `);
  }

  #facetRange(from: SearchPosition | null): readonly SQL[] {
    const ended = this.#session.endedFrom;
    const range = this.#range(sql`started_at`, sql`session_id`, from);
    if (ended === null) return range;
    return [
      ...range,
      sql`(select coalesce(ended_at, ${ended}) from sessions where id = session_id) >= ${ended}`,
    ];
  }

  #range(startedAt: SQL, id: SQL, from: SearchPosition | null): SQL[] {
    const { startedFrom, startedTo } = this.#session;
    const found: SQL[] = [];
    if (startedFrom !== null) found.push(sql`${startedAt} >= ${startedFrom}`);
    if (startedTo !== null) found.push(sql`${startedAt} < ${startedTo}`);
    if (from === null) return found;
    // A position inside of a session begins with that session.
    const operator = from.length === 3 ? sql`<=` : sql`<`;
    return [...found, sql`(${startedAt}, ${id}) ${operator} (${from[0]}, ${from[1]})`];
  }
}

function candidate(row: Row, from: SearchPosition | null): Candidate[] {
  if (row.suits !== 1 || row.first === null) return [];
  const within = from?.length === 3 && from[1] === row.id;
  const last = within ? Math.min(from[2] - 1, row.last ?? 0) : (row.last ?? 0);
  return [{ id: row.id, startedAt: row.started_at, first: row.first, last }];
}

function whereAll(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`where ${sql.join([...conditions], sql` and `)}`;
}
