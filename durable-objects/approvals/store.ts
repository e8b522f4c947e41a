// Approvals in their object's own SQLite, looked for by session and by what they are good for as well.

import { type Approval, type ApprovalState, type Identity, isOpen } from "#core/approvals";
import { type Page, Rows } from "./rows.ts";

export interface ApprovalFilter extends Page {
  readonly state: ApprovalState | null;
  readonly subject: string | null;
  readonly sessionId: string | null;
}

export class ApprovalStore {
  readonly #rows: Rows<Approval>;

  constructor(sql: SqlStorage) {
    this.#rows = new Rows(sql, {
      name: "approval",
      more: { session_id: ({ sessionId }) => sessionId, binding: ({ binding }) => binding },
      dueOf: (approval) => (isOpen(approval) ? approval.expiresAt : null),
    });
    sql.exec("CREATE INDEX IF NOT EXISTS approval_by_binding ON approval (binding, created_at)");
  }

  get(id: string): Approval | null {
    return this.#rows.get(id);
  }

  /** The newest of this binding. */
  bound(binding: string): Approval | null {
    return this.#rows.list({ binding }, { before: null, limit: 1 })[0] ?? null;
  }

  put(approval: Approval): void {
    this.#rows.put(approval);
  }

  due(now: number): readonly Approval[] {
    return this.#rows.due(now);
  }

  nextDue(): number | null {
    return this.#rows.nextDue();
  }

  openOf(requester: Identity): number {
    return this.#rows.openOf(requester);
  }

  list({ state, subject, sessionId, ...page }: ApprovalFilter): readonly Approval[] {
    return this.#rows.list({ state, subject, session_id: sessionId }, page);
  }
}
