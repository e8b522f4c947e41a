// Sessions whose record D1 has not taken for a while, as they say themselves (journal/lag.ts): in the log's own SQLite, which is there
// while D1 is not. One that is behind says so each minute; what has not been heard of for longer has caught up, or will say so.

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS behind (
    session TEXT PRIMARY KEY, target TEXT NOT NULL, since INTEGER NOT NULL, statements INTEGER NOT NULL,
    bytes INTEGER NOT NULL, problem TEXT NOT NULL, at INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** Two and a half times as long as between two sayings. */
const HEARD_MS = 150_000;
/** Of one gateway; what more there is does not fit a page. */
const MOST = 10_000;
const SHOWN = 20;

export interface Behind {
  readonly session: string;
  readonly target: string;
  /** When the oldest of what D1 does not have was journalled. */
  readonly since: number;
  /** That D1 does not have, or not with their outcome. */
  readonly statements: number;
  /** Of the session's own storage. */
  readonly bytes: number;
  /** Codes of D1, or words of ours. */
  readonly problem: string;
}

export interface RecordBacklog {
  readonly sessions: number;
  readonly statements: number;
  readonly bytes: number;
  readonly oldest: number | null;
  /** Those that have been longest. */
  readonly worst: readonly Behind[];
}

export class BehindStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  say({ session, target, since, statements, bytes, problem }: Behind, now: number): void {
    this.#sql.exec("DELETE FROM behind WHERE at < ?", now - HEARD_MS);
    this.#sql.exec(
      `INSERT OR REPLACE INTO behind SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
       WHERE (SELECT count(*) FROM behind WHERE session <> ?1) < ${MOST}`,
      session,
      target,
      since,
      statements,
      bytes,
      problem,
      now,
    );
  }

  caughtUp(session: string): void {
    this.#sql.exec("DELETE FROM behind WHERE session = ?", session);
  }

  backlog(now: number): RecordBacklog {
    const heard = now - HEARD_MS;
    const { sessions, statements, bytes, oldest } = this.#sql
      .exec<{ sessions: number; statements: number; bytes: number; oldest: number | null }>(
        `SELECT count(*) AS sessions, coalesce(sum(statements), 0) AS statements, coalesce(sum(bytes), 0) AS bytes,
           min(since) AS oldest FROM behind WHERE at >= ?`,
        heard,
      )
      .one();
    const worst = this.#sql
      .exec<{ -readonly [Key in keyof Behind]: Behind[Key] }>(
        `SELECT session, target, since, statements, bytes, problem FROM behind WHERE at >= ?
         ORDER BY since, session LIMIT ${SHOWN}`,
        heard,
      )
      .toArray();
    return { sessions, statements, bytes, oldest, worst };
  }
}
