// Approvals in their object's own SQLite, looked for by session, by what they are good for, and by what waits for a review as well.

import { type Approval, type ApprovalState, type Identity, isOpen, type ReviewState } from "#core/approvals";
import { ReviewStore } from "./review-store.ts";
import { type Page, Rows } from "./rows.ts";

export interface ApprovalFilter extends Page {
  readonly state: ApprovalState | null;
  readonly subject: string | null;
  readonly sessionId: string | null;
  /** Of those by which somebody broke the glass. */
  readonly review: ReviewState | null;
}

export class ApprovalStore {
  readonly #rows: Rows<Approval>;
  readonly #reviews: ReviewStore;

  constructor(sql: SqlStorage) {
    this.#rows = new Rows(sql, {
      name: "approval",
      more: { session_id: ({ sessionId }) => sessionId, binding: ({ binding }) => binding },
      dueOf: (approval) => (isOpen(approval) ? approval.expiresAt : null),
    });
    this.#reviews = new ReviewStore(sql);
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
    this.#reviews.put(approval);
  }

  due(now: number): readonly Approval[] {
    return this.#rows.due(now);
  }

  /** Those whose review is overdue, and it is time to say so. */
  unreviewed(now: number): readonly Approval[] {
    return this.#reviews.due(now).flatMap((id) => this.get(id) ?? []);
  }

  /** When the next one's time is up, or that of its review. */
  nextDue(): number | null {
    const due = [this.#rows.nextDue(), this.#reviews.nextDue()].filter((at) => at !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  openOf(requester: Identity): number {
    return this.#rows.openOf(requester);
  }

  list({ state, subject, sessionId, review, ...page }: ApprovalFilter): readonly Approval[] {
    const among = review === null ? null : { query: ReviewStore.IN_STATE, value: review };
    return this.#rows.list({ state, subject, session_id: sessionId }, page, among);
  }
}
