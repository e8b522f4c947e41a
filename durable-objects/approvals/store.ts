// Approvals in their object's own SQLite: an approval is one row, as JSON, with what it is looked for by beside it.
// Synchronous: what is read and written in one turn of the object is read and written at once, and so compared and set.

import { type Approval, type ApprovalState, isOpen } from "#core/approvals";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS approval (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, state TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    session_id TEXT NOT NULL, binding TEXT NOT NULL, due_at INTEGER, body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS approval_by_time ON approval (created_at, id);
  CREATE INDEX IF NOT EXISTS approval_by_binding ON approval (binding, created_at);
  CREATE INDEX IF NOT EXISTS approval_due ON approval (due_at) WHERE due_at IS NOT NULL;
`;

type Body = { body: string };

export interface ApprovalFilter {
  readonly state: ApprovalState | null;
  readonly subject: string | null;
  readonly sessionId: string | null;
  /** Behind this one, newest first. */
  readonly before: { readonly createdAt: number; readonly id: string } | null;
  readonly limit: number;
}

export class ApprovalStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  get(id: string): Approval | null {
    return this.#read("SELECT body FROM approval WHERE id = ?", id)[0] ?? null;
  }

  /** The newest of this binding. */
  bound(binding: string): Approval | null {
    const sql = "SELECT body FROM approval WHERE binding = ? ORDER BY created_at DESC, id DESC LIMIT 1";
    return this.#read(sql, binding)[0] ?? null;
  }

  put(approval: Approval): void {
    const { id, createdAt, state, requester, sessionId, binding, expiresAt } = approval;
    this.#sql.exec(
      `INSERT INTO approval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, body = excluded.body`,
      id,
      createdAt,
      state,
      requester.issuer,
      requester.subject,
      sessionId,
      binding,
      isOpen(approval) ? expiresAt : null,
      JSON.stringify(approval),
    );
  }

  /** Open ones whose time is up. */
  due(now: number): readonly Approval[] {
    return this.#read("SELECT body FROM approval WHERE due_at <= ? ORDER BY due_at", now);
  }

  /** When the next one's time is up; null where none is open. */
  nextDue(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(due_at) AS at FROM approval").one().at;
  }

  openOf(issuer: string, subject: string): number {
    return this.#sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM approval WHERE due_at IS NOT NULL AND issuer = ? AND subject = ?",
        issuer,
        subject,
      )
      .one().n;
  }

  list({ state, subject, sessionId, before, limit }: ApprovalFilter): readonly Approval[] {
    return this.#read(
      `SELECT body FROM approval
       WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR subject = ?2) AND (?3 IS NULL OR session_id = ?3)
         AND (?4 IS NULL OR (created_at, id) < (?4, ?5))
       ORDER BY created_at DESC, id DESC LIMIT ?6`,
      state,
      subject,
      sessionId,
      before?.createdAt ?? null,
      before?.id ?? null,
      limit,
    );
  }

  #read(sql: string, ...bindings: SqlStorageValue[]): readonly Approval[] {
    return this.#sql
      .exec<Body>(sql, ...bindings)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Approval);
  }
}
