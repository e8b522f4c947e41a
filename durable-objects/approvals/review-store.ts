// Which approvals have a review, in what state, and when somebody has to be reminded of it: beside the rows of approvals, whose due
// time is another one. What the review says is in the approval.

import { type Approval, nextReminder } from "#core/approvals";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS approval_review (id TEXT PRIMARY KEY, state TEXT NOT NULL, due_at INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS approval_review_due ON approval_review (due_at) WHERE due_at IS NOT NULL;
`;

export class ReviewStore {
  /** The ids of those in a state. */
  static readonly IN_STATE = "SELECT id FROM approval_review WHERE state = ?";
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  put(approval: Approval): void {
    if (approval.review === undefined) return;
    this.#sql.exec(
      `INSERT INTO approval_review VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at`,
      approval.id,
      approval.review.state,
      nextReminder(approval),
    );
  }

  /** Ids of approvals. */
  due(now: number): readonly string[] {
    const sql = "SELECT id FROM approval_review WHERE due_at <= ? ORDER BY due_at";
    return this.#sql
      .exec<{ id: string }>(sql, now)
      .toArray()
      .map(({ id }) => id);
  }

  nextDue(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(due_at) AS at FROM approval_review").one().at;
  }
}
