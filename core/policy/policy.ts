// A policy as it applies to one principal on one target: compiled from a document once, when the session begins or the
// document changes. Asked at each statement. Pure: the clock is an argument.

import type { StatementFacts } from "#core/sql";
import type { ApprovalTerms } from "./approval-terms.ts";
import type { Decision } from "./decision.ts";
import type { GrantUse } from "./grant-limits.ts";
import type { Masks } from "./masks/masks.ts";
import type { Recording } from "./recording.ts";
import type { RelationPrivileges, RelationShape } from "./privileges.ts";

/** null: no limit. Times in milliseconds. */
export interface PolicyLimits {
  readonly rowsReturned: number | null;
  readonly bytesReturned: number | null;
  /** By one statement. */
  readonly rowsChanged: number | null;
  /** By all statements of a session. */
  readonly rowsChangedSession: number | null;
  readonly statementTimeMs: number | null;
  readonly idleTimeMs: number | null;
  readonly sessionTimeMs: number | null;
  readonly sessionsPerSubject: number | null;
  readonly statementsPerMinute: number | null;
}

/** What the gateway has to see to after an allow, or after an approve that somebody has approved. */
export interface Obligations {
  /** Of an approve: what has to be asked for first; else null. */
  readonly approval: ApprovalTerms | null;
  /** The statement is bounded by its effect alone: rows of these relations have to be left untouched, or it is undone. */
  readonly leavesRows: boolean;
  /** It may change rows, and a limit on that is set: count, and undo past the limit. */
  readonly countRows: boolean;
  /** SET of a limited time that asks for more: this statement is sent in its place. */
  readonly replaceWith: string | null;
  /** What it is let do just in time by, where that has limits: they hold for it as well. */
  readonly grants: readonly GrantUse[];
}

export interface Policy {
  /** Of the document: its version. */
  readonly version: string;
  /** Everything is allowed and nothing limited, whatever it is: statements need no look. */
  readonly open: boolean;
  /** PostgreSQL holds the session read-only as well. */
  readonly readOnly: boolean;
  readonly limits: PolicyLimits;
  readonly recording: Recording;
  /** null: nothing is masked for this principal. */
  readonly masks: Masks | null;
  /** Decides on a statement; `now` in milliseconds since the epoch (rules may name times). */
  decide(
    facts: StatementFacts,
    now: number,
  ): { readonly decision: Decision; readonly obligations: Obligations };
  /** What PostgreSQL may let the session do with a relation, where the session has a database role of its own. */
  privilegesOn(relation: RelationShape): RelationPrivileges;
  /** … and whether it may be let call a function that not everybody may. */
  grantsFunction(name: { readonly schema: string; readonly name: string }): boolean;
  /** For what has no facts: syntax errors, text that is no UTF-8, unknown portals. Always a refusal unless `open`. */
  refuse(rule: string, matched: readonly string[]): Decision;
}

/** What the agent is told of a refusal. */
export interface RefusalText {
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
}
