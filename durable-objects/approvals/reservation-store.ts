// What sessions have reserved of what grants have left, in the SQLite of the target's object: what is reserved is nobody else's, so
// that sessions at once together never come past a grant's limits; what was not used comes back.

import type { Used } from "#core/approvals";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS grant_reservation (
    grant_id TEXT NOT NULL, session_id TEXT NOT NULL, statements INTEGER NOT NULL, rows_returned INTEGER NOT NULL,
    rows_changed INTEGER NOT NULL, PRIMARY KEY (grant_id, session_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS reservation_by_session ON grant_reservation (session_id);
`;

type Row = {
  grant_id: string;
  session_id: string;
  statements: number;
  rows_returned: number;
  rows_changed: number;
};

export interface Reservation {
  readonly grantId: string;
  readonly sessionId: string;
  readonly amounts: Used;
}

export class ReservationStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  of(grantId: string): readonly Reservation[] {
    return this.#read("grant_id = ?", grantId);
  }

  ofSession(sessionId: string): readonly Reservation[] {
    return this.#read("session_id = ?", sessionId);
  }

  put({ grantId, sessionId, amounts: { statements, rowsReturned, rowsChanged } }: Reservation): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO grant_reservation VALUES (?, ?, ?, ?, ?)",
      grantId,
      sessionId,
      statements,
      rowsReturned,
      rowsChanged,
    );
  }

  remove(grantId: string, sessionId: string): void {
    this.#sql.exec("DELETE FROM grant_reservation WHERE grant_id = ? AND session_id = ?", grantId, sessionId);
  }

  #read(where: string, value: string): readonly Reservation[] {
    return this.#sql
      .exec<Row>(`SELECT * FROM grant_reservation WHERE ${where}`, value)
      .toArray()
      .map((row) => ({
        grantId: row.grant_id,
        sessionId: row.session_id,
        amounts: {
          statements: row.statements,
          rowsReturned: row.rows_returned,
          rowsChanged: row.rows_changed,
        },
      }));
  }
}
