// From entries of the record to rows of D1. Pure; ledger.ts writes what this returns.

import type { Chunk, Intent, SessionStart, StatementRow } from "#core/record";
import type { chunks, sessions, statements } from "../../migrations/schema.ts";
import { LedgerError } from "./error.ts";

/** A statement as its session's journal holds it. */
export interface LedgerStatement extends StatementRow {
  /** Number of the write that made it so, from 1: what came later wins, in whichever order they arrive. */
  readonly revision: number;
}

type NewSession = typeof sessions.$inferInsert;
type NewStatement = typeof statements.$inferInsert;
type NewChunk = typeof chunks.$inferInsert;

/** Of a statement's text, what its row keeps for search, in characters. */
export const SEARCH_TEXT_CHARACTERS = 65_536;

/** D1 takes 2,000,000 bytes a row (a local one more); the rest is room for the small columns. */
export const ROW_MAX_BYTES = 1_950_000;

export function sessionRow(start: SessionStart): NewSession {
  const { principal, ...columns } = start;
  return { ...columns, ...principal, lastSeen: start.startedAt };
}

/** `parts` are the intent chunks of the same batch: where they are the whole of it, search finds the statement. */
export function statementRow(sessionId: string, row: LedgerStatement, parts: readonly Chunk[]): NewStatement {
  const { seq, revision, outcome, responseTail } = row;
  const intent = row.intent ?? joinIntent(parts);
  const text = intent === null ? null : searchText(intent);
  const large = byteLength(row.intent) + byteLength(outcome) + responseTail.byteLength;
  checkSize(seq, large);
  return {
    sessionId,
    seq,
    revision,
    state: outcome?.state ?? "running",
    startedAt: intent?.startedAt ?? null,
    operation: intent?.operation ?? null,
    effect: intent?.decision.effect ?? null,
    endedAt: outcome?.endedAt ?? null,
    sqlstate: outcome?.error?.sqlstate ?? null,
    rows: outcome?.rows ?? 0,
    notices: outcome?.notices ?? 0,
    responseBytes: outcome?.responseBytes ?? 0,
    requestBytes: outcome?.requestBytes ?? 0,
    commandTags: outcome?.commandTags ?? null,
    outcome,
    // A convenience, so the first to go where the row is full.
    statement: text !== null && large + encoder.encode(text).byteLength > ROW_MAX_BYTES ? null : text,
    intent: row.intent,
    responseTail,
  };
}

export function chunkRow(sessionId: string, chunk: Chunk): NewChunk {
  checkSize(chunk.seq, chunk.bytes.byteLength);
  return { sessionId, ...chunk };
}

function checkSize(seq: number, size: number): void {
  if (size <= ROW_MAX_BYTES) return;
  const message = `statement ${String(seq)} needs ${String(size)} bytes in one row, of at most ${String(ROW_MAX_BYTES)}: cut it into chunks`;
  throw new LedgerError("too_large", message, [], seq);
}

const encoder = new TextEncoder();

function byteLength(value: object | null): number {
  return value === null ? 0 : encoder.encode(JSON.stringify(value)).byteLength;
}

function searchText(intent: Intent): string {
  const text =
    intent.statementEncoding === "utf8"
      ? intent.statement
      : new TextDecoder().decode(Uint8Array.from(atob(intent.statement), (c) => c.charCodeAt(0)));
  // A cut may fall inside a surrogate pair.
  return text.slice(0, SEARCH_TEXT_CHARACTERS).toWellFormed();
}

function joinIntent(parts: readonly Chunk[]): Intent | null {
  if (parts.length === 0) return null;
  const decoder = new TextDecoder();
  const json = parts
    .toSorted((a, b) => a.n - b.n)
    .map((part) => decoder.decode(part.bytes, { stream: true }));
  try {
    return JSON.parse(json.join("")) as Intent;
  } catch {
    // Not all of it came in this batch.
    return null;
  }
}
