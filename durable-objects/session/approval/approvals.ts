// What a session needs of the approvals of its target; passed in. A promise that rejects is a fault on the way there: the
// statement is refused.

import type { Approval, Asked, Bound } from "#core/approvals";
import type { GrantBudgets } from "../budgets.ts";
import type { Reason } from "./reason.ts";

export interface Approvals {
  /** What stands about these bytes already; null: nothing does. */
  readonly standing: (bound: Bound) => Promise<Approval | null>;
  /** What stands about these bytes already, or a new request. */
  readonly request: (asked: Omit<Asked, "binding">, bound: Bound) => Promise<Approval | "too_many">;
  /** When it is no longer pending. null: nothing is known of it any more. */
  readonly decided: (id: string) => Promise<Approval | null>;
  /** True once: the statement may be sent. */
  readonly claim: (id: string, sessionId: string, bound: Bound) => Promise<boolean>;
  /** The agent does not want it any more. */
  readonly withdraw: (id: string) => void;
  /** PostgreSQL refused what was claimed, or it was not sent after all. */
  readonly failed: (id: string) => void;
}

/** Who asks, for what is held. */
export interface Holder {
  readonly approvals: Approvals;
  /** Of grants whose life is counted. */
  readonly budgets: GrantBudgets;
  readonly target: string;
  readonly issuer: string;
  readonly subject: string;
  readonly sessionId: string;
  /** What the agent says that it is for. */
  readonly reason: Reason;
  /** Goes into the record, beside the statements. */
  readonly note: (detail: string) => void;
}
