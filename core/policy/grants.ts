// What a document says of just-in-time access, and what of it somebody has for a while. Values only; who asked and who agreed
// is core/approvals.

import type { StatementKind } from "#core/sql";
import type { ApprovalTerms } from "./approval-terms.ts";
import type { GrantLimits } from "./grant-limits.ts";
import type { ColumnPattern, NamePattern } from "./document/patterns.ts";

export interface GrantTerms {
  /** May be asked for. */
  readonly relations: readonly NamePattern[];
  readonly kinds: ReadonlySet<StatementKind>;
  /** Of these, what is granted without asking a person. */
  readonly auto: ReadonlySet<StatementKind>;
  readonly longestMs: number;
  /** What may be asked for at most, and what holds where nothing is said. */
  readonly limits: { readonly most: GrantLimits; readonly usual: GrantLimits };
  /** Masked columns that a grant shows raw, of the relations that it grants reading of. */
  readonly exempt: readonly ColumnPattern[];
  /** Who decides on the rest. */
  readonly approval: ApprovalTerms;
}

/** What one subject has on one target, from when to when, in milliseconds since the epoch. */
export interface ActiveGrant {
  readonly id: string;
  /** Exact names: `public.orders`. */
  readonly relations: readonly string[];
  readonly kinds: readonly StatementKind[];
  readonly limits: GrantLimits;
  readonly from: number;
  readonly until: number;
}
