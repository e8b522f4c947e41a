// What the record holds, read from the files of the local stack: D1's own SQLite file and the journals of the objects. Reads
// files and not the API, because a reader of the API makes the object hurry, and what is tried is that it needs nobody.

import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inflateRawSync } from "node:zlib";

export interface RecordedStatement {
  readonly sessionId: string;
  readonly seq: number;
  readonly state: string;
  /** Text and parameters, as the intent has them. */
  readonly asked: string;
  readonly operation: string | null;
  readonly transactionStatus: string | null;
  readonly responseBytes: number;
  readonly requestBytes: number;
  /** What is stored of the response; null: some of it is in a bucket, which is not read here. */
  readonly response: Stored | null;
  /** What is stored of the COPY messages that the agent sent. */
  readonly request: Stored | null;
}

/** A stream, without its bytes: a long run has gigabytes of them. */
export interface Stored {
  readonly bytes: number;
  readonly sha256: string;
}

export interface RecordedSession {
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  readonly statements: number;
  readonly unknown: number;
}

const D1 = "gateway/d1/miniflare-D1DatabaseObject";
const OBJECTS = "gateway/do/sluice-Session";

/** There is a rollback journal: https://www.sqlite.org/rescode.html#readonly_rollback */
const SQLITE_READONLY_ROLLBACK = 776;

/** Sessions whose application name starts with `prefix`. */
export function readSessions(state: string, prefix: string): RecordedSession[] {
  return withLedgers(state, (db) =>
    db
      .prepare(
        `SELECT id, application_name name, started_at startedAt, ended_at endedAt, end_reason endReason, statements, "unknown"
           FROM sessions WHERE application_name LIKE ? ORDER BY started_at`,
      )
      .all(`${prefix}%`),
  ) as unknown as RecordedSession[];
}

/** Statements of those sessions, in the order of sessions and then of their places. */
export function readStatements(state: string, sessions: readonly string[]): RecordedStatement[] {
  return withLedgers(state, (db) => {
    const chunks = db.prepare(
      "SELECT bytes, encoding FROM chunks WHERE session_id = ? AND seq = ? AND stream = ? ORDER BY n",
    );
    const statements = db.prepare(
      `SELECT seq, state, operation, intent, outcome, response_bytes responseBytes, request_bytes requestBytes,
          response_tail tail, tail_encoding tailEncoding
         FROM statements WHERE session_id = ? ORDER BY seq`,
    );
    return sessions.flatMap((sessionId) =>
      statements.all(sessionId).map((row): RecordedStatement => {
        const stream = function* (name: string): Generator<Uint8Array | null> {
          for (const { bytes, encoding } of chunks.iterate(sessionId, row["seq"] ?? 0, name))
            yield unpacked(bytes as Uint8Array, encoding);
        };
        const response = function* (): Generator<Uint8Array | null> {
          yield* stream("response");
          yield unpacked(row["tail"] as Uint8Array, row["tailEncoding"]);
        };
        const outcome = JSON.parse(String(row["outcome"] ?? "null")) as {
          readonly transactionStatus: string | null;
        } | null;
        const intent =
          row["intent"] ??
          Buffer.concat([...stream("intent")].map((part) => part ?? NOTHING)).toString("utf8");
        return {
          sessionId,
          seq: Number(row["seq"]),
          state: String(row["state"]),
          asked: askedOf(String(intent)),
          operation: row["operation"] === null ? null : String(row["operation"]),
          transactionStatus: outcome?.transactionStatus ?? null,
          responseBytes: Number(row["responseBytes"]),
          requestBytes: Number(row["requestBytes"]),
          response: stored(response()),
          request: stored(stream("request")),
        };
      }),
    );
  });
}

function stored(pieces: Iterable<Uint8Array | null>): Stored | null {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const piece of pieces) {
    if (piece === null) return null;
    bytes += piece.length;
    hash.update(piece);
  }
  return { bytes, sha256: hash.digest("hex") };
}

const NOTHING = new Uint8Array(0);

/** As durable-objects/ledger/pack.ts stores them; null: in a bucket. */
function unpacked(bytes: Uint8Array, encoding: unknown): Uint8Array | null {
  if (encoding === null) return bytes;
  return encoding === "deflate" ? inflateRawSync(bytes) : null;
}

/** How many statements of those sessions D1 has with their outcome. */
export function countSettled(state: string, prefix: string): number {
  const counts = withLedgers(state, (db) =>
    db
      .prepare(
        `SELECT count(*) AS settled FROM statements WHERE state <> 'running'
            AND session_id IN (SELECT id FROM sessions WHERE application_name LIKE ?)`,
      )
      .all(`${prefix}%`),
  );
  return counts.reduce((sum, { settled }) => sum + Number(settled), 0);
}

/** Objects that still hold a session: what D1 has not confirmed to the last. */
export function countJournals(state: string): number {
  const directory = join(state, OBJECTS);
  if (!existsSync(directory)) return 0;
  return readdirSync(directory).filter((name) => {
    if (!name.endsWith(".sqlite") || name === "metadata.sqlite") return false;
    const file = join(directory, name);
    try {
      return withDatabase(file, holdsSession);
    } catch (error) {
      // An object that is done takes its file away, between the listing and here too.
      if (!existsSync(file)) return false;
      if (!(error instanceof Error && "errcode" in error)) throw error;
      // Killed while the file was made, before workerd switched it to WAL and long before it held a session.
      return error.errcode !== SQLITE_READONLY_ROLLBACK;
    }
  }).length;
}

function holdsSession(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'session'").get() !== undefined;
}

/** Empty where the intent is not there, or not whole. */
function askedOf(json: string): string {
  try {
    const intent = JSON.parse(json) as {
      readonly statement: string;
      readonly parameters: readonly { readonly value: string | null }[];
    };
    // Fillers are cut: a long run keeps all of them in memory.
    const asked = [intent.statement, ...intent.parameters.map(({ value }) => value)].join("\n");
    return asked.replaceAll(/-{100,}/g, "-");
  } catch {
    return "";
  }
}

/** Of every D1 database that holds a record: there are as many as there are shards. */
function withLedgers<T>(state: string, read: (db: DatabaseSync) => readonly T[]): T[] {
  const directory = join(state, D1);
  const files = readdirSync(directory).filter(
    (name) => name.endsWith(".sqlite") && name !== "metadata.sqlite",
  );
  if (files.length === 0) throw new Error("there is no D1 database below the state directory");
  return files.flatMap((name) => withDatabase(join(directory, name), (db) => read(db)));
}

function withDatabase<T>(file: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    return read(db);
  } finally {
    db.close();
  }
}
