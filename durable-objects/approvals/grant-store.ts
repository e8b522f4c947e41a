// Grants in their object's own SQLite, and the live sessions that have to hear of them.

import { dueOfGrant, type Grant, type GrantState, type Identity } from "#core/approvals";
import { type Page, Rows } from "./rows.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS listener (
    session_id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, until INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export interface GrantFilter extends Page {
  readonly state: GrantState | null;
  readonly issuer: string | null;
  readonly subject: string | null;
}

export class GrantStore {
  readonly #sql: SqlStorage;
  readonly #rows: Rows<Grant>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#rows = new Rows(sql, { name: "access_grant", more: {}, dueOf: dueOfGrant });
    sql.exec(SCHEMA);
  }

  get(id: string): Grant | null {
    return this.#rows.get(id);
  }

  put(grant: Grant): void {
    this.#rows.put(grant);
  }

  due(now: number): readonly Grant[] {
    return this.#rows.due(now);
  }

  nextDue(): number | null {
    return this.#rows.nextDue();
  }

  openOf(requester: Identity): number {
    return this.#rows.openOf(requester);
  }

  list({ state, issuer, subject, ...page }: GrantFilter): readonly Grant[] {
    return this.#rows.list({ state, issuer, subject }, page);
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
}
