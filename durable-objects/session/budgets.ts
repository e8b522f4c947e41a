// What a session needs of grants whose life is counted: to have reserved what a statement may use before it runs, and to count
// what it uses. Types only; who keeps the count is durable-objects/approvals.

import type { GrantUse } from "#core/policy";

/** Why a statement may not begin by a grant. */
export type Shortage =
  | { readonly kind: "used_up"; readonly limit: string; readonly most: number }
  | { readonly kind: "busy"; readonly limit: string }
  | { readonly kind: "over" };

export interface GrantBudgets {
  /** Reserves for one statement, which changes rows or only returns some; null: it may begin. */
  readonly begin: (use: GrantUse, changes: boolean) => Promise<Shortage | null>;
  /** As much is reserved already: it may begin, and nobody needs to be asked. */
  readonly has: (use: GrantUse, changes: boolean) => boolean;
  /** The statement is over. */
  readonly end: (use: GrantUse) => void;
  /** One more row goes to the agent; false where it is one too many. */
  readonly returns: (use: GrantUse) => boolean;
  /** So many rows may be changed yet. */
  readonly mayChange: (use: GrantUse) => number;
  readonly changed: (use: GrantUse, rows: number) => void;
}
