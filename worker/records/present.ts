// Rows of the record as the API shows them: snake_case, RFC 3339, nothing left out that the schemas of items.ts name. Pure.

import { base64Decode } from "#core/bytes";
import { levelOf } from "#core/policy";
import { createJsonTransform, type Intent, type Outcome, recordedOf, storedBytes } from "#core/record";
import type { EventItem, SessionItem, StatementIntent, StatementItem, StatementOutcome } from "./items.ts";
import type { EventRecord, SessionRecord, StatementRecord } from "./store.ts";

export function presentSession(row: SessionRecord): SessionItem {
  return {
    id: row.id,
    state: row.endedAt === null ? "live" : "ended",
    subject: row.subject,
    issuer: row.issuer,
    roles: [...row.roles],
    groups: [...row.groups],
    target: row.target,
    policy_version: row.policyVersion,
    started_at: instant(row.startedAt),
    ended_at: instantOrNull(row.endedAt),
    end_reason: row.endReason,
    end_detail: row.endDetail,
    application_name: row.applicationName,
    client_user: row.clientUser,
    client_address: row.clientAddress,
    user_agent: row.userAgent,
    protocol_version: row.protocolVersion,
    token_expires_at: instant(row.tokenExpiresAt),
    counts: {
      statements: row.statements,
      failed: row.failed,
      unknown: row.unknown,
      rows: row.rows,
      response_bytes: row.responseBytes,
      request_bytes: row.requestBytes,
      unrecorded: row.unrecorded,
    },
    hold: row.hold === null ? null : { ...row.hold, at: instant(row.hold.at) },
    chain_head: row.chainEnd === null ? null : { entries: row.chainEntries ?? 0, hash: row.chainEnd },
  };
}

export function presentStatement(row: StatementRecord): StatementItem {
  return { ...presentIntent(row.sessionId, row.intent), ...presentOutcome(row.intent, row.outcome) };
}

export function presentIntent(sessionId: string, intent: Intent): StatementIntent {
  const { decision } = intent;
  return {
    id: `${sessionId}:${String(intent.seq)}`,
    session_id: sessionId,
    seq: intent.seq,
    operation: intent.operation,
    protocol: intent.protocol,
    statement: intent.statement,
    statement_encoding: intent.statementEncoding,
    prepared_statement: intent.preparedStatement,
    portal: intent.portal,
    max_rows: intent.maxRows,
    parameters: intent.parameters.map(({ type, format, value, encoding }) => ({
      type_oid: type,
      format,
      value,
      encoding,
    })),
    result_formats: [...intent.resultFormats],
    kinds: [...intent.kinds],
    relations: intent.relations.map(({ name, access }) => ({ name, access })),
    decision: {
      effect: decision.effect,
      rule: decision.rule,
      policy_version: decision.policyVersion,
      matched: [...decision.matched],
      exempted: [...(decision.exempted ?? [])],
      recorded: decision.recorded,
      level: levelOf(decision),
    },
    started_at: instant(intent.startedAt),
    redactions:
      intent.redactions === undefined
        ? null
        : { ...intent.redactions, parameters: [...intent.redactions.parameters] },
  };
}

export function presentOutcome(intent: Intent, outcome: Outcome | null): StatementOutcome {
  const recorded = recordedOf(intent.decision, outcome);
  return {
    outcome: outcome?.state ?? "running",
    outcome_detail: outcome?.state === "unknown" ? UNKNOWN_DETAIL : null,
    command_tags: [...(outcome?.commandTags ?? [])],
    rows: outcome?.rows ?? 0,
    notices: outcome?.notices ?? 0,
    error: outcome?.error ?? null,
    first_byte_at: instantOrNull(outcome?.firstByteAt ?? null),
    ended_at: instantOrNull(outcome?.endedAt ?? null),
    duration_ms: outcome === null ? null : Math.max(0, outcome.endedAt - intent.startedAt),
    added_ms: outcome?.addedMs ?? null,
    held_ms: outcome?.heldMs ?? 0,
    response_recorded: recorded === "rows",
    recorded,
    response_digest: outcome?.digest ?? null,
    response_stored_bytes: outcome === null ? 0 : storedBytes(intent.decision, outcome),
    response_bytes: outcome?.responseBytes ?? 0,
    request_bytes: outcome?.requestBytes ?? 0,
    transaction_status: outcome?.transactionStatus ?? null,
    masked_columns: [...(outcome?.masked ?? [])],
    detected: { ...outcome?.detected },
    messages: outcome?.messages?.slice() ?? null,
  };
}

const UNKNOWN_DETAIL =
  "outcome unknown: it was sent to PostgreSQL and the answer was lost, so it may have run";

export function presentEvent(row: EventRecord): EventItem {
  return {
    id: `${row.sessionId}:e${String(row.n)}`,
    session_id: row.sessionId,
    n: row.n,
    at: instant(row.at),
    kind: row.kind,
    detail: row.detail,
    message: row.kind === "asynchronous_message" ? decoded(row.detail) : null,
  };
}

function decoded(base64: string): unknown {
  const bytes = base64Decode(base64);
  if (bytes === null) return null;
  const transform = createJsonTransform();
  const text = transform.push(bytes) + transform.finish();
  return JSON.parse(text);
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instant(ms);
}
