// A statement of the session before a request, as whoever decides on that may see it. Pure.

import type { Approval } from "#core/approvals";
import type { Intent, Outcome } from "#core/record";
import type { EarlierStatement } from "./items.ts";

const TEXT_CHARACTERS = 1_000;

/** Of the record's row. */
export interface Earlier {
  readonly sessionId: string;
  readonly seq: number;
  readonly state: EarlierStatement["outcome"];
  readonly rows: number;
  readonly intent: Intent;
  readonly outcome: Outcome | null;
}

export function presentEarlier(approval: Approval, row: Earlier): EarlierStatement {
  const { intent, outcome } = row;
  const { decision } = intent;
  const text = mayBeShown(approval, row) ? intent.statement : null;
  return {
    id: `${row.sessionId}:${String(row.seq)}`,
    seq: row.seq,
    started_at: new Date(intent.startedAt).toISOString(),
    statement: text === null ? null : text.slice(0, TEXT_CHARACTERS),
    whole: text !== null && text.length <= TEXT_CHARACTERS && intent.redactions === undefined,
    kinds: [...intent.kinds],
    relations: intent.relations.map(({ name, access }) => `${access} ${name}`),
    effect: decision.effect,
    rule: decision.rule,
    outcome: row.state,
    rows: row.rows,
    sqlstate: outcome?.error?.sqlstate ?? null,
    command_tags: [...(outcome?.commandTags ?? [])],
  };
}

/**
 * A policy may mask what agents see and keep the record as it is, for auditors. Whether it does is known of the version that the request
 * was made under, and of no other.
 */
function mayBeShown({ shown, policyVersion }: Approval, { intent }: Earlier): boolean {
  const { decision, statementEncoding } = intent;
  return (
    shown.recordMasked === true && decision.policyVersion === policyVersion && statementEncoding === "utf8"
  );
}
