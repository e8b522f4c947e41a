// From entries of the record to rows of D1. Pure; ledger.ts writes what this returns.

import {
  SEARCH_TEXT_CHARACTERS,
  type Chunk,
  type Intent,
  type IntentHead,
  type SessionStart,
  type StatementRow,
} from "#core/record";
import type { chunks, sessions, statements } from "../../migrations/schema.ts";
import { LedgerError } from "./error.ts";
import { relationFacet } from "./facets.ts";

/** A statement as its session's journal holds it. */
export interface LedgerStatement extends StatementRow {
  /** Number of the write that made it so, from 1: what came later wins, in whichever order they arrive. */
  readonly revision: number;
}

type NewSession = typeof sessions.$inferInsert;
type NewStatement = typeof statements.$inferInsert;
type NewChunk = typeof chunks.$inferInsert;

/** D1 takes 2,000,000 bytes a row (a local one more); the rest is room for the small columns. */
export const ROW_MAX_BYTES = 1_950_000;

export function sessionRow(start: SessionStart): NewSession {
  const { principal, ...columns } = start;
  return { ...columns, ...principal, lastSeen: start.startedAt };
}

/** `parts` are the intent chunks of the same batch: where there is no head and they are the whole of it, they will do. */
export function statementRow(sessionId: string, row: LedgerStatement, parts: readonly Chunk[]): NewStatement {
  const { seq, revision, outcome, responseTail } = row;
  const head = row.intent ?? row.head ?? joinIntent(parts);
  const text = head === null ? null : searchText(head);
  const large = byteLength(row.intent) + byteLength(outcome) + responseTail.byteLength;
  checkSize(seq, large);
  return {
    sessionId,
    seq,
    revision,
    state: outcome?.state ?? "running",
    startedAt: head?.startedAt ?? null,
    operation: head?.operation ?? null,
    effect: head?.decision.effect ?? null,
    rule: head?.decision.rule ?? null,
    recorded: head?.decision.recorded ?? true,
    endedAt: outcome?.endedAt ?? null,
    sqlstate: outcome?.error?.sqlstate ?? null,
    rows: outcome?.rows ?? 0,
    notices: outcome?.notices ?? 0,
    responseBytes: outcome?.responseBytes ?? 0,
    requestBytes: outcome?.requestBytes ?? 0,
    commandTags: outcome?.commandTags ?? null,
    kinds: head?.kinds ?? null,
    relations: head?.relations.map(({ name, access }) => relationFacet(name, access)) ?? null,
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

function searchText({ statement, statementEncoding }: IntentHead): string {
  const text =
    statementEncoding === "utf8"
      ? statement
      : new TextDecoder().decode(Uint8Array.from(atob(statement), (c) => c.charCodeAt(0)));
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
