// The entries of a session's record: its start, each statement's intent and outcome, asynchronous events, its end.
// Values only, as JSON can hold them; times are integer milliseconds since the epoch, UTC. Bytes live in chunks.

import type { Decision, Principal } from "#core/policy";

export interface SessionStart {
  /** 128 bits of the MAC over the session's cancel key, as 32 hexadecimal digits. Names the session's object. */
  readonly id: string;
  readonly target: string;
  readonly principal: Principal;
  readonly tokenExpiresAt: number;
  readonly startedAt: number;
  readonly applicationName: string;
  /** The user name that the client gave at start-up: a label, never an identity. */
  readonly clientUser: string;
  readonly clientAddress: string | null;
  readonly userAgent: string | null;
  /** "3.0" or "3.2". */
  readonly protocolVersion: string;
  readonly policyVersion: string;
}

export const SESSION_END_REASONS = [
  /** The agent sent Terminate. */
  "agent_terminated",
  /** The agent's connection ended without Terminate. */
  "agent_lost",
  /** PostgreSQL closed the connection or it broke. */
  "upstream_lost",
  /** The token's `exp` was reached. */
  "token_expired",
  /** The agent broke the protocol. */
  "protocol_violation",
  /** A limit was passed that ends the session. */
  "limit_exceeded",
  /** An admin ended it. */
  "terminated_by_admin",
  /** The policy changed in a way that a running session cannot follow. */
  "policy_changed",
  /** The object's process ended with the session open: a crash, an eviction, a deploy. */
  "gateway_lost",
] as const;
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];

export interface SessionEnd {
  readonly endedAt: number;
  readonly reason: SessionEndReason;
  /** One sentence for the auditor: the error that PostgreSQL or the gateway gave last, without values. */
  readonly detail: string | null;
}

export interface Parameter {
  /** Type OID from Parse, or 0 where the client left it to PostgreSQL. */
  readonly type: number;
  readonly format: "text" | "binary";
  /** null is SQL NULL. */
  readonly value: string | null;
  /** How `value` holds the bytes: as they are when they are UTF-8 text, else base64. */
  readonly encoding: "utf8" | "base64";
}

/**
 * What asks for an entry:
 * - `query`: a simple Query message, however many statements are in it;
 * - `execute`: one Execute of a portal, first or resumed;
 * - `prepare`: Parse, Bind, Describe or Close of a batch that executed nothing;
 * - `function_call`: FunctionCall.
 */
export const OPERATIONS = ["query", "execute", "prepare", "function_call"] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface Intent {
  /** Place in the session, from 1. */
  readonly seq: number;
  readonly operation: Operation;
  readonly protocol: "simple" | "extended";
  readonly statement: string;
  /** How `statement` holds the bytes. */
  readonly statementEncoding: "utf8" | "base64";
  /** Name of the prepared statement, "" for the unnamed one; null outside the extended protocol. */
  readonly preparedStatement: string | null;
  readonly portal: string | null;
  /** Execute's row limit; 0 is none. */
  readonly maxRows: number;
  readonly parameters: readonly Parameter[];
  /** Bind's result format codes. */
  readonly resultFormats: readonly number[];
  readonly decision: Decision;
  /** Kinds of everything in it, sorted; empty where it was not looked at. */
  readonly kinds: readonly string[];
  /** Relations that it reads, writes or defines, through views and functions too, by qualified name; sorted. */
  readonly relations: readonly RecordedRelation[];
  readonly startedAt: number;
  /** What masks of the policy took out of this entry before it was stored; absent: nothing. */
  readonly redactions?: Redactions;
}

export interface Redactions {
  /** Literals and comments of the statement. */
  readonly literals: number;
  /** Numbers of bind parameters, from 1: their values are null. */
  readonly parameters: readonly number[];
  /** The COPY data that the agent sent was counted, and not stored. */
  readonly request: boolean;
}

/** A column of a result that the agent, or the record, got masked. Both places from 0. */
export interface MaskedColumn {
  readonly result: number;
  readonly column: number;
  /** The mask's name. */
  readonly mask: string;
  /** `masked`: a column as it is stored; `derived`, `unknown`, `disagreement`: docs/masking.md. */
  readonly reason: string;
}

export interface RecordedRelation {
  readonly name: string;
  readonly access: "read" | "write" | "define";
}

/** What search and listing need of an intent: it is small, however large the intent is. Its text may be cut. */
export type IntentHead = Pick<
  Intent,
  "operation" | "statement" | "statementEncoding" | "decision" | "kinds" | "relations" | "startedAt"
>;

/**
 * - `completed`: PostgreSQL said so (CommandComplete, EmptyQueryResponse, FunctionCallResponse, ParseComplete …);
 * - `suspended`: the portal has more rows than were asked for;
 * - `failed`: PostgreSQL answered ErrorResponse, or the gateway did in its place;
 * - `skipped`: PostgreSQL skipped it, because an earlier message of its pipeline failed;
 * - `unknown`: it was sent, and the answer was lost: the statement may have run.
 */
export const OUTCOME_STATES = ["completed", "suspended", "failed", "skipped", "unknown"] as const;
export type OutcomeState = (typeof OUTCOME_STATES)[number];

export const OUTCOME_RECORDED = ["rows", "digest", "counts", "truncated"] as const;
export type OutcomeRecorded = (typeof OUTCOME_RECORDED)[number];

export interface RecordedError {
  readonly severity: string;
  readonly sqlstate: string;
  /** Its beginning, where it is longer than 8,192 characters; the response has all of it. */
  readonly message: string;
}

export interface Outcome {
  readonly state: OutcomeState;
  /** When PostgreSQL's first byte of the response came; null if none did. */
  readonly firstByteAt: number | null;
  readonly endedAt: number;
  /** One for each statement of a simple Query that completed, the first 1,000; the response has all. */
  readonly commandTags: readonly string[];
  /** DataRow and outgoing CopyData messages. */
  readonly rows: number;
  readonly notices: number;
  /** Bytes of the response as the agent got them. */
  readonly responseBytes: number;
  /** Bytes of CopyData that the agent sent. */
  readonly requestBytes: number;
  /** What the agent was told; beside `completed` where the gateway ended a response that PostgreSQL had finished. */
  readonly error: RecordedError | null;
  /**
   * Milliseconds that the gateway itself added, in whole ones of its clock: until the statement had left for PostgreSQL, and in what it did
   * around it by itself (docs/performance.md). Absent: recorded before that was measured, or its outcome is that of a crash.
   */
  readonly addedMs?: number;
  /** Milliseconds that it waited for an approval, which are nobody's latency; absent: none. */
  readonly heldMs?: number;
  /** From the ReadyForQuery that closed it, null where none did. */
  readonly transactionStatus: "I" | "T" | "E" | null;
  /**
   * The messages of the extended protocol that it is made of, in order, so that it can be asked again as it was: "P" and the
   * parameter types that Parse named, with commas; "B" and the prepared statement's name; "DS" or "DP" and the name of what
   * Describe asked for; "E"; "CS" or "CP" and the name of what was closed; "S" for Sync. Skipped ones too. An "S" before all
   * others came before it and belongs to no statement, which a simple Query or FunctionCall may have as well. null where there
   * are none, and where they are too many to be kept; absent in what was recorded before they were.
   */
  readonly messages?: readonly string[] | null;
  /** The first 1,000; absent: none. */
  readonly masked?: readonly MaskedColumn[];
  /**
   * What is stored of the response: `truncated` is its beginning. Absent: `rows`, or where the decision says that it is not
   * recorded, `counts`.
   */
  readonly recorded?: OutcomeRecorded;
  /** SHA-256 of all of the response (`responseBytes` of it) as it would have been stored, in hexadecimal digits. */
  readonly digest?: string;
  /** Of `truncated`: bytes of the response that are stored. */
  readonly storedBytes?: number;
  /** Values in which detectors of the policy found something, by the detector's name; absent: none. */
  readonly detected?: Readonly<Record<string, number>>;
}

/**
 * What happens beside statements: a message that PostgreSQL or the gateway sent while none was running
 * (`asynchronous_message`, its bytes in base64), `cancel_requested`, `policy_changed` (its detail: the new version),
 * `unrecorded` (JSON: what ran while the record could not be written, as the policy lets it: docs/record.md),
 * `reason` (what the agent says that its work is for), `database_role` (its detail: the role of the database that the session has), and `approval` (JSON: the approval's id, the
 * statement's seq, the state that it came to, and how was voted).
 */
export interface SessionEvent {
  /** Place among the session's events, from 1. */
  readonly n: number;
  readonly at: number;
  readonly kind:
    | "asynchronous_message"
    | "cancel_requested"
    | "policy_changed"
    | "reason"
    | "database_role"
    | "approval"
    | "unrecorded";
  readonly detail: string;
}

/**
 * The bytes of a statement, cut into chunks:
 * - `intent`: the JSON of an {@link Intent} that is too large for its row;
 * - `request`: CopyData, CopyDone and CopyFail frames that the agent sent;
 * - `response`: the frames that the agent received. Those after the last chunk stand in the statement's own row.
 */
export const STREAMS = ["intent", "request", "response"] as const;
export type Stream = (typeof STREAMS)[number];

export interface Chunk {
  readonly seq: number;
  readonly stream: Stream;
  /** Place in the stream, from 0. */
  readonly n: number;
  readonly bytes: Uint8Array;
}

/** A statement as it stands in the journal and in D1. */
export interface StatementRow {
  readonly seq: number;
  /** null when it stands in chunks of stream `intent`. */
  readonly intent: Intent | null;
  /** Of an intent in chunks; else null or absent. */
  readonly head?: IntentHead | null;
  /** null while it runs. */
  readonly outcome: Outcome | null;
  /** The end of the response: all of it, unless chunks of stream `response` come before. */
  readonly responseTail: Uint8Array;
}
