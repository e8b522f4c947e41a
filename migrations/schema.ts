// The shape of D1: what the ledger writes and the reading API reads. README.md says what each table holds and how long.
// Not here: the journal of a session's object, which is that object's own SQLite (durable-objects/).
// Times are integer milliseconds since the epoch, UTC. Small columns stand before large ones, so that a count over
// statements reads no overflow pages.

// Uint8Array.toHex (ES2026), which workerd has.
/// <reference lib="esnext.typedarrays" />

import { sql } from "drizzle-orm";
import { customType, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type {
  Intent,
  Operation,
  Outcome,
  OutcomeState,
  SessionEndReason,
  SessionEvent,
  StatementMark,
  Stream,
} from "#core/record";
import type { Role } from "#core/policy";

/** As in durable-objects/ledger/pack.ts, which says what they mean. */
export type Encoding = "deflate" | "bucket" | "bucket+deflate";

/**
 * - `relation`: `access name`, such as `write public.orders`;
 * - `kind`, `class`: of everything in the statement;
 * - `decision`, `rule`: what was decided, and by which rule.
 */
export type Facet = "relation" | "kind" | "class" | "decision" | "rule";

/** D1 takes strings of 2,000,000 bytes at most; two digits a byte, and some room. */
export const HEX_MAX_BYTES = 950_000;

/**
 * D1's own way with bytes is a JSON array of numbers, both ways: slow and eight times their size. As hexadecimal digits writing
 * is seven times as fast. Rows come back as numbers unless a query asks for `hex()`. Drizzle's own blob wants Node's Buffer.
 */
const bytes = customType<{ data: Uint8Array; driverData: ArrayBuffer | readonly number[] }>({
  dataType: () => "blob",
  toDriver: (value) => (value.length <= HEX_MAX_BYTES ? sql`unhex(${value.toHex()})` : value.slice().buffer),
  fromDriver: (value) => new Uint8Array(value),
});

/** A legal hold; `at` in milliseconds since the epoch. */
export interface Hold {
  readonly issuer: string;
  readonly subject: string;
  readonly at: number;
  readonly reason: string;
}

export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    startedAt: integer("started_at").notNull(),
    target: text().notNull(),
    issuer: text().notNull(),
    subject: text().notNull(),
    roles: text({ mode: "json" }).$type<readonly Role[]>().notNull(),
    groups: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    tokenExpiresAt: integer("token_expires_at").notNull(),
    applicationName: text("application_name").notNull(),
    clientUser: text("client_user").notNull(),
    clientAddress: text("client_address"),
    userAgent: text("user_agent"),
    protocolVersion: text("protocol_version").notNull(),
    policyVersion: text("policy_version").notNull(),
    endedAt: integer("ended_at"),
    endReason: text("end_reason").$type<SessionEndReason>(),
    endDetail: text("end_detail"),
    // Settled when the session has ended; while it is live they are 0 and counted from the statements.
    lastSeen: integer("last_seen").notNull(),
    statements: integer().notNull().default(0),
    failed: integer().notNull().default(0),
    unknown: integer().notNull().default(0),
    rows: integer().notNull().default(0),
    responseBytes: integer("response_bytes").notNull().default(0),
    requestBytes: integer("request_bytes").notNull().default(0),
    /** Statements whose response a rule keeps out of the record. */
    unrecorded: integer().notNull().default(0),
    /** Hashes of the chain's first and last entry, and how many there are; null: recorded before there was a chain. */
    chainStart: text("chain_start"),
    chainEnd: text("chain_end"),
    chainEntries: integer("chain_entries"),
    /** Who keeps it from retention, since when and why; null: nobody. */
    hold: text({ mode: "json" }).$type<Hold>(),
  },
  (table) => [
    index("sessions_by_start").on(table.startedAt, table.id),
    index("sessions_by_subject").on(table.subject, table.startedAt, table.id),
    index("sessions_by_target").on(table.target, table.startedAt, table.id),
  ],
);

export const statements = sqliteTable(
  "statements",
  {
    sessionId: text("session_id").notNull(),
    seq: integer().notNull(),
    /** How often its session has written it: a later one replaces an earlier one, never the other way. */
    revision: integer().notNull(),
    state: text().$type<"running" | OutcomeState>().notNull(),
    // Of the intent; null only where it stands in chunks that came in an earlier batch.
    startedAt: integer("started_at"),
    operation: text().$type<Operation>(),
    effect: text(),
    rule: text(),
    /** 0: a rule keeps the response out of the record. */
    recorded: integer({ mode: "boolean" }).notNull().default(true),
    // Of the outcome; null or 0 while the statement runs.
    endedAt: integer("ended_at"),
    sqlstate: text(),
    rows: integer().notNull().default(0),
    notices: integer().notNull().default(0),
    responseBytes: integer("response_bytes").notNull().default(0),
    requestBytes: integer("request_bytes").notNull().default(0),
    commandTags: text("command_tags", { mode: "json" }).$type<readonly string[]>(),
    /** null: written before they were recorded, or as `startedAt`. */
    kinds: text({ mode: "json" }).$type<readonly string[]>(),
    /** Each `access name`, as the facet says it: `write public.orders`. */
    relations: text({ mode: "json" }).$type<readonly string[]>(),
    outcome: text({ mode: "json" }).$type<Outcome>(),
    /** The first 65,536 characters, for search; the whole of it is in the intent. */
    statement: text(),
    /** null when it stands in chunks of stream `intent`. */
    intent: text({ mode: "json" }).$type<Intent>(),
    responseTail: bytes("response_tail").notNull(),
    /** null until nothing of it can change, and where there was no chain. Read with what it stands behind. */
    chain: text({ mode: "json" }).$type<StatementMark>(),
    /** How `responseTail` is stored (durable-objects/ledger/pack.ts). */
    tailEncoding: text("tail_encoding").$type<Encoding>(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.seq] })],
);

/**
 * Where search begins: one row for each distinct value in a session, not for each statement, so that narrowing the sessions
 * costs a statement no row. Newest first is the key read backwards.
 */
export const facets = sqliteTable(
  "facets",
  {
    facet: text().$type<Facet>().notNull(),
    value: text().notNull(),
    /** The session's. */
    startedAt: integer("started_at").notNull(),
    sessionId: text("session_id").notNull(),
    /** No statement before it has the value. */
    firstSeq: integer("first_seq").notNull(),
  },
  (table) => [primaryKey({ columns: [table.facet, table.value, table.startedAt, table.sessionId] })],
);

export const chunks = sqliteTable(
  "chunks",
  {
    sessionId: text("session_id").notNull(),
    seq: integer().notNull(),
    stream: text().$type<Stream>().notNull(),
    n: integer().notNull(),
    // Its entry in the chain; null where there was none.
    entry: integer(),
    hash: text(),
    place: integer(),
    bytes: bytes().notNull(),
    /** How `bytes` are stored (durable-objects/ledger/pack.ts). */
    encoding: text().$type<Encoding>(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.seq, table.stream, table.n] })],
);

export const events = sqliteTable(
  "events",
  {
    sessionId: text("session_id").notNull(),
    n: integer().notNull(),
    at: integer().notNull(),
    kind: text().$type<SessionEvent["kind"]>().notNull(),
    detail: text().notNull(),
    // Its entry in the chain; null where there was none.
    entry: integer(),
    hash: text(),
    place: integer(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.n] })],
);

/** Signed heads of chains: one a session when it has ended, and those of meanwhile. */
export const heads = sqliteTable(
  "heads",
  {
    sessionId: text("session_id").notNull(),
    entries: integer().notNull(),
    hash: text().notNull(),
    at: integer().notNull(),
    final: integer({ mode: "boolean" }).notNull(),
    kid: text().notNull(),
    signature: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.entries] })],
);

/** Every version of a target's policy document; the highest is the one in force. */
export const policies = sqliteTable(
  "policies",
  {
    target: text().notNull(),
    /** From 1. */
    version: integer().notNull(),
    createdAt: integer("created_at").notNull(),
    /** Who: `iss` and `sub` of the token that brought it. */
    issuer: text().notNull(),
    subject: text().notNull(),
    comment: text().notNull(),
    /** As it was sent: YAML or JSON. */
    document: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.target, table.version] })],
);

/**
 * What changed here and is not in the log yet: put in with the change, in one transaction, gone when the log has it
 * (durable-objects/log/d1-outbox.ts).
 */
export const logOutbox = sqliteTable("log_outbox", {
  /** Their order. */
  n: integer().primaryKey(),
  /** Canonical JSON behind its MAC, since others may write here (durable-objects/log/seal.ts). */
  leaf: text().notNull(),
});

/** Which databases beside this one hold sessions (durable-objects/shards/catalogue.ts); in the first shard alone are there any. */
export const shards = sqliteTable("shards", {
  /** Of its binding. */
  name: text().primaryKey(),
  since: integer().notNull(),
});
