// Entries of a record as a session's journal would hold them, with what a test does not care about filled in.
import type { Intent, Outcome, SessionStart } from "#core/record";
import type { LedgerBatch, LedgerStatement } from "../../../durable-objects/ledger/index.ts";

export const T0 = Date.UTC(2026, 10, 20, 9, 0, 0);

export function start(id: string, more: Partial<SessionStart> = {}): SessionStart {
  return {
    id,
    target: "shop",
    principal: { issuer: "https://issuer.test", subject: "bot-1", roles: ["agent"], groups: ["support"] },
    tokenExpiresAt: T0 + 3_600_000,
    startedAt: T0,
    applicationName: "psql",
    clientUser: "bot",
    clientAddress: "192.0.2.7",
    userAgent: "sluice/0.1.0",
    protocolVersion: "3.0",
    policyVersion: "allow-all",
    ...more,
  };
}

export function intent(seq: number, statement: string, more: Partial<Intent> = {}): Intent {
  return {
    seq,
    operation: "query",
    protocol: "simple",
    statement,
    statementEncoding: "utf8",
    preparedStatement: null,
    portal: null,
    maxRows: 0,
    parameters: [],
    resultFormats: [],
    decision: { effect: "allow", rule: "allow-all", policyVersion: "allow-all", matched: [], recorded: true },
    kinds: [],
    relations: [],
    startedAt: T0 + seq * 1000,
    ...more,
  };
}

export function outcome(seq: number, more: Partial<Outcome> = {}): Outcome {
  return {
    state: "completed",
    firstByteAt: T0 + seq * 1000 + 2,
    endedAt: T0 + seq * 1000 + 5,
    commandTags: ["SELECT 1"],
    rows: 1,
    notices: 0,
    responseBytes: 60,
    requestBytes: 0,
    error: null,
    transactionStatus: "I",
    ...more,
  };
}

export function statement(seq: number, text: string, more: Partial<Outcome> = {}): LedgerStatement {
  return {
    seq,
    revision: 2,
    intent: intent(seq, text),
    outcome: outcome(seq, more),
    responseTail: Uint8Array.of(1, 2, 3),
  };
}

export function batch(sessionId: string, more: Partial<LedgerBatch> = {}): LedgerBatch {
  return { sessionId, start: null, end: null, statements: [], chunks: [], events: [], ...more };
}
