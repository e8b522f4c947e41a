// Grants in their object's own SQLite, and the live sessions that have to hear of them. Synchronous, as approvals are.

import { dueOfGrant, type Grant, type GrantState, type Identity } from "#core/approvals";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS access_grant (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, state TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    due_at INTEGER, body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS grant_by_time ON access_grant (created_at, id);
  CREATE INDEX IF NOT EXISTS grant_due ON access_grant (due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS listener (
    session_id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, until INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

type Body = { body: string };

export interface GrantFilter {
  readonly state: GrantState | null;
  readonly issuer: string | null;
  readonly subject: string | null;
  /** Behind this one, newest first. */
  readonly before: { readonly createdAt: number; readonly id: string } | null;
  readonly limit: number;
}

export class GrantStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  get(id: string): Grant | null {
    return this.#read("SELECT body FROM access_grant WHERE id = ?", id)[0] ?? null;
  }

  put(grant: Grant): void {
    const { id, createdAt, state, requester } = grant;
    this.#sql.exec(
      `INSERT INTO access_grant VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, body = excluded.body`,
      id,
      createdAt,
      state,
      requester.issuer,
      requester.subject,
      dueOfGrant(grant),
      JSON.stringify(grant),
    );
  }

  due(now: number): readonly Grant[] {
    return this.#read("SELECT body FROM access_grant WHERE due_at <= ? ORDER BY due_at", now);
  }

  nextDue(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(due_at) AS at FROM access_grant").one().at;
  }

  list({ state, issuer, subject, before, limit }: GrantFilter): readonly Grant[] {
    return this.#read(
      `SELECT body FROM access_grant
       WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR issuer = ?2) AND (?3 IS NULL OR subject = ?3)
         AND (?4 IS NULL OR (created_at, id) < (?4, ?5))
       ORDER BY created_at DESC, id DESC LIMIT ?6`,
      state,
      issuer,
      subject,
      before?.createdAt ?? null,
      before?.id ?? null,
      limit,
    );
  }

  /** The session is told of changes, until its token expires, which it does not outlive. */
  listen(sessionId: string, { issuer, subject }: Identity, until: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO listener VALUES (?, ?, ?, ?)", sessionId, issuer, subject, until);
  }

  leave(sessionId: string): void {
    this.#sql.exec("DELETE FROM listener WHERE session_id = ?", sessionId);
  }

  listeners({ issuer, subject }: Identity, now: number): readonly string[] {
    this.#sql.exec("DELETE FROM listener WHERE until <= ?", now);
    return this.#sql
      .exec<{ session_id: string }>(
        "SELECT session_id FROM listener WHERE issuer = ? AND subject = ?",
        issuer,
        subject,
      )
      .toArray()
      .map(({ session_id }) => session_id);
  }

  #read(sql: string, ...bindings: SqlStorageValue[]): readonly Grant[] {
    return this.#sql
      .exec<Body>(sql, ...bindings)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Grant);
  }
}
