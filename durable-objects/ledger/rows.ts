// From entries of the record to rows of D1. Pure; ledger.ts writes what this returns.

import {
  SEARCH_TEXT_CHARACTERS,
  type Chunk,
  type EntryMark,
  type Intent,
  type IntentHead,
  type SessionEvent,
  type SessionStart,
  type StatementMark,
  type StatementRow,
  recordedOf,
} from "#core/record";
import type { chunks, events, sessions, statements } from "../../migrations/schema.ts";
import { LedgerError } from "./error.ts";
import { relationFacet } from "./facets.ts";

/** A statement as its session's journal holds it. */
export interface LedgerStatement extends StatementRow {
  /** Place of the write that made it so (journal.ts): what came later wins, in whichever order they arrive. */
  readonly revision: number;
  /** Absent or null where there is no chain, and until nothing of it can change. */
  readonly chain?: StatementMark | null;
  /** Chunks that its intent stands in, once nothing of it can change; absent: not known, or none. */
  readonly intentChunks?: number;
}

/** What has an entry of its own in the chain, where there is one. */
export interface Marked {
  readonly mark?: EntryMark | null;
}

export type LedgerChunk = Chunk & Marked;
export type LedgerEvent = SessionEvent & Marked;

type NewSession = typeof sessions.$inferInsert;
type NewStatement = typeof statements.$inferInsert;
type NewChunk = typeof chunks.$inferInsert;
type NewEvent = typeof events.$inferInsert;

/** D1 takes 2,000,000 bytes a row (a local one more); the rest is room for the small columns. */
export const ROW_MAX_BYTES = 1_950_000;

export function sessionRow(start: SessionStart, chainStart: string | null): NewSession {
  const { principal, ...columns } = start;
  return { ...columns, ...principal, lastSeen: start.startedAt, chainStart };
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
    recorded: head === null || recordedOf(head.decision, outcome) === "rows",
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
    chain: row.chain ?? null,
  };
}

export function chunkRow(sessionId: string, { seq, stream, n, bytes, mark }: LedgerChunk): NewChunk {
  checkSize(seq, bytes.byteLength);
  return { sessionId, seq, stream, n, bytes, ...markColumns(mark) };
}

export function eventRow(sessionId: string, { n, at, kind, detail, mark }: LedgerEvent): NewEvent {
  return { sessionId, n, at, kind, detail, ...markColumns(mark) };
}

function markColumns(mark: EntryMark | null | undefined): Pick<NewChunk, "entry" | "hash" | "place"> {
  return { entry: mark?.n ?? null, hash: mark?.hash ?? null, place: mark?.place ?? null };
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
