// Recorded statements of a target in a period, over all shards, in the order of their sessions, a page at a time: what replay and suggest
// work on. Reads D1; the responses are not touched.

import { and, asc, eq, gt, gte, isNull, lt, or, sql, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as v from "valibot";
import type { Effect, Principal } from "#core/policy";
import { SEARCH_TEXT_CHARACTERS, type Operation } from "#core/record";
import { sessions, statements } from "../../migrations/schema.ts";
import { ask, type Shard } from "../records/shards.ts";

export interface Period {
  readonly target: string;
  /** Milliseconds; `to` is not in it. */
  readonly from: number;
  readonly to: number;
  readonly subject: string | null;
}

export interface RecordedStatement {
  readonly sessionId: string;
  readonly seq: number;
  readonly principal: Principal;
  readonly startedAt: number;
  readonly operation: Operation;
  readonly state: string;
  readonly effect: Effect;
  readonly rule: string;
  /** null where the record does not have it as one text: too large, or no UTF-8. */
  readonly text: string | null;
}

/** Where a page ended: in a session, behind a statement; seq 0 is its beginning. */
export type TrafficCursor = readonly [startedAt: number, sessionId: string, seq: number];

export interface TrafficPage {
  readonly statements: readonly RecordedStatement[];
  readonly next: TrafficCursor | null;
}

const integer = v.pipe(v.number(), v.safeInteger());
const Cursor = v.strictTuple([integer, v.string(), integer]);

/** null: made up. */
export function readTrafficCursor(text: string): TrafficCursor | null {
  try {
    const parsed = v.safeParse(Cursor, JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** Sessions looked into for one page: a period may hold many that ran nothing in it. */
const SESSIONS_A_PAGE = 100;
/** Each with 64 Ki characters at most. */
const ROWS_A_READ = 100;
/** Texts that are held together. */
const PAGE_CHARACTERS = 8 * 1024 * 1024;

type Session = Pick<
  typeof sessions.$inferSelect,
  "id" | "startedAt" | "issuer" | "subject" | "roles" | "groups"
> & { readonly shard: Shard };

export class Traffic {
  readonly #shards: readonly Shard[];

  constructor(shards: readonly Shard[]) {
    this.#shards = shards;
  }

  async page(period: Period, after: TrafficCursor | null, limit: number): Promise<TrafficPage> {
    const found: RecordedStatement[] = [];
    const looked = await this.#sessions(period, after);
    let characters = 0;
    for (const session of looked) {
      const afterSeq = after !== null && session.id === after[1] ? after[2] : 0;
      for await (const row of this.#statements(session, period, afterSeq)) {
        const last = found.at(-1);
        if (last !== undefined && (found.length >= limit || characters > PAGE_CHARACTERS)) {
          // The last one may be of an earlier session: this one begins at its beginning then.
          const seq = last.sessionId === session.id ? last.seq : afterSeq;
          return { statements: found, next: [session.startedAt, session.id, seq] };
        }
        found.push(row);
        characters += row.text?.length ?? 0;
      }
    }
    const lastLooked = looked.at(-1);
    const more = looked.length === SESSIONS_A_PAGE && lastLooked !== undefined;
    const next: TrafficCursor | null = more
      ? [lastLooked.startedAt, lastLooked.id, Number.MAX_SAFE_INTEGER]
      : null;
    return { statements: found, next };
  }

  /** From the cursor's own session on. */
  async #sessions(period: Period, after: TrafficCursor | null): Promise<Session[]> {
    const found = await Promise.all(
      this.#shards.map(async (shard) =>
        (await ask(shard, (db) => sessionsIn(db, period, after))).map((session) =>
          Object.assign(session, { shard }),
        ),
      ),
    );
    const byStart = (a: Session, b: Session): number => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1);
    return found.flat().toSorted(byStart).slice(0, SESSIONS_A_PAGE);
  }

  async *#statements(session: Session, period: Period, afterSeq: number): AsyncGenerator<RecordedStatement> {
    for (let seq = afterSeq; ;) {
      const rows = await readFrom(session, period, seq);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_A_READ) return;
      seq = last.seq;
    }
  }
}

export interface SessionTraffic {
  readonly target: string;
  readonly principal: Principal;
  /** Statements behind `afterSeq`, in order; `next`: the last one's, where there may be more. */
  page(
    afterSeq: number,
    limit: number,
  ): Promise<{ readonly statements: readonly RecordedStatement[]; readonly next: number | null }>;
}

/** Of one session, whenever it was. null where the shard has none of this id. */
export async function sessionTraffic(shard: Shard, id: string): Promise<SessionTraffic | null> {
  const { startedAt, target, issuer, subject, roles, groups } = sessions;
  const [row] = await ask(shard, (db) =>
    drizzle(db)
      .select({ startedAt, target, issuer, subject, roles, groups })
      .from(sessions)
      .where(eq(sessions.id, id)),
  );
  if (row === undefined) return null;
  const session = { ...row, id, shard };
  const always = { target: row.target, from: 0, to: Number.MAX_SAFE_INTEGER, subject: null };
  return {
    target: row.target,
    principal: { issuer: row.issuer, subject: row.subject, roles: row.roles, groups: row.groups },
    page: async (afterSeq, limit) => {
      const found: RecordedStatement[] = [];
      let characters = 0;
      for (let seq = afterSeq; ;) {
        const rows = await readFrom(session, always, seq);
        for (const one of rows) {
          if (found.length >= limit || characters > PAGE_CHARACTERS)
            return { statements: found, next: found.at(-1)?.seq ?? null };
          found.push(one);
          characters += one.text?.length ?? 0;
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < ROWS_A_READ) return { statements: found, next: null };
        seq = last.seq;
      }
    },
  };
}

async function readFrom(
  session: Session,
  { from, to }: Period,
  afterSeq: number,
): Promise<RecordedStatement[]> {
  const rows = await ask(session.shard, (db) =>
    drizzle(db)
      .select({
        seq: statements.seq,
        startedAt: statements.startedAt,
        operation: statements.operation,
        state: statements.state,
        effect: statements.effect,
        rule: statements.rule,
        encoding: sql<string | null>`json_extract(${statements.intent}, '$.statementEncoding')`,
        text: statements.statement,
      })
      .from(statements)
      .where(
        and(
          eq(statements.sessionId, session.id),
          gt(statements.seq, afterSeq),
          gte(statements.startedAt, from),
          lt(statements.startedAt, to),
        ),
      )
      .orderBy(asc(statements.seq))
      .limit(ROWS_A_READ),
  );
  const { issuer, subject, roles, groups } = session;
  const principal = { issuer, subject, roles, groups };
  return rows.map(({ seq, startedAt, operation, state, effect, rule, encoding, text }) => {
    const whole = text !== null && text.length < SEARCH_TEXT_CHARACTERS && encoding === "utf8";
    return {
      sessionId: session.id,
      seq,
      principal,
      startedAt: startedAt ?? 0,
      operation: operation ?? "query",
      state,
      effect: (effect ?? "allow") as Effect,
      rule: rule ?? "",
      text: whole ? text : null,
    };
  });
}
async function sessionsIn(
  db: D1Database,
  { target, from, to, subject }: Period,
  after: TrafficCursor | null,
): Promise<Omit<Session, "shard">[]> {
  const conditions: (SQL | undefined)[] = [
    eq(sessions.target, target),
    lt(sessions.startedAt, to),
    or(isNull(sessions.endedAt), gte(sessions.endedAt, from)),
    subject === null ? undefined : eq(sessions.subject, subject),
    after === null
      ? undefined
      : or(
          gt(sessions.startedAt, after[0]),
          and(eq(sessions.startedAt, after[0]), gte(sessions.id, after[1])),
        ),
  ];
  return drizzle(db)
    .select({
      id: sessions.id,
      startedAt: sessions.startedAt,
      issuer: sessions.issuer,
      subject: sessions.subject,
      roles: sessions.roles,
      groups: sessions.groups,
    })
    .from(sessions)
    .where(and(...conditions))
    .orderBy(asc(sessions.startedAt), asc(sessions.id))
    .limit(SESSIONS_A_PAGE);
}
