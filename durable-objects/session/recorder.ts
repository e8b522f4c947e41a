// Writes a statement into the journal: its intent, its bytes as they pass, its outcome. Synchronous; the order of calls
// is the promise: intent before the first byte to PostgreSQL, outcome before the last byte to the agent.

import { concat, utf8Encode } from "#core/bytes";
import { type Intent, intentHead, jsonPieces, type Stream } from "#core/record";
import { levelOf, type Masks, type Recording } from "#core/policy";
import type { StatementJournal } from "./kept-journal.ts";
import type { Statement } from "./statement.ts";

/** A SQLite row holds 2 MB at most; a smaller chunk keeps what a session holds in memory small. */
const CHUNK_BYTES = 256 * 1024;

/** What a parameter takes beside its value: there may be 65,535 of them. */
const PARAMETER_CHARACTERS = 64;

export class Recorder {
  readonly #journal: StatementJournal;
  readonly #masks: () => Masks | null;
  readonly #recording: () => Recording | null;
  /** Bytes of responses of the session that are stored. */
  #stored = 0;
  #full = false;
  /** Statements with frames in `requested`. */
  readonly #requested = new Set<Statement>();

  /** `masks` and `recording`: of the policy in force. */
  constructor(journal: StatementJournal, masks: () => Masks | null, recording: () => Recording | null) {
    this.#journal = journal;
    this.#masks = masks;
    this.#recording = recording;
  }

  intend(statement: Statement): void {
    const intent = statement.intent(this.#masks());
    const anew = statement.intended;
    statement.intended = true;
    statement.intentStale = false;
    // Written anew where Parse was journalled before its Bind came, or more was found of it. The outbox waits for the Execute.
    if (anew && statement.intentChunked) this.#journal.withdrawIntentChunks(statement.seq);
    statement.intentChunked = false;
    const json = weight(intent) <= CHUNK_BYTES ? JSON.stringify(intent) : null;
    if (json !== null && json.length * 3 <= CHUNK_BYTES) {
      this.#journal.intend(statement.seq, json);
      return;
    }
    statement.intentChunked = true;
    let n = 0;
    for (const chunk of filled(jsonPieces(intent))) this.#chunk(statement, "intent", n++, chunk);
    this.#journal.intend(statement.seq, null, JSON.stringify(intentHead(intent)));
  }

  /** Frames of CopyData come one a row: those of a turn are written together, by {@link flushRequests}. */
  request(statement: Statement, frame: Uint8Array): void {
    if (statement.hidesRequest(this.#masks())) {
      statement.requestBytes += frame.length;
      return;
    }
    statement.requested.add(frame);
    this.#requested.add(statement);
  }

  flushRequests(): void {
    for (const statement of this.#requested) {
      const bytes = concat(statement.requested.take());
      for (const piece of pieces(bytes)) this.#chunk(statement, "request", statement.requestChunks++, piece);
      statement.requestBytes += bytes.length;
    }
    this.#requested.clear();
  }

  /** One frame, in views. What the policy keeps out of the record is counted all the same; a frame is never cut. */
  response(statement: Statement, frame: readonly Uint8Array[]): void {
    const bytes = frame.reduce((sum, { length }) => sum + length, 0);
    const { keeping, tail } = statement;
    statement.responseBytes += bytes;
    keeping.atMost(levelOf(statement.decision), tail);
    if (keeping.stores && this.#truncates(statement, bytes)) keeping.atMost("digest", tail);
    if (!keeping.stores) {
      for (const view of frame) keeping.passes(view);
      return;
    }
    keeping.keeps(bytes);
    this.#stored += bytes;
    for (const view of frame) tail.add(view);
    if (tail.bytes < CHUNK_BYTES) return;
    const hashes = this.#recording()?.maybePartly === true;
    for (const piece of pieces(concat(tail.take()))) {
      // What does not fill a chunk waits for more: a row costs the same whatever it holds. A copy, or it would keep all.
      if (piece.length < CHUNK_BYTES) tail.add(piece.slice());
      else {
        keeping.wrote(piece, hashes);
        this.#chunk(statement, "response", statement.responseChunks++, piece);
      }
    }
  }

  /** Rows came: the ceiling that they pass, where the policy ends the statement at it. */
  passes(statement: Statement, bytes: number): "statement" | "session" | null {
    const ceiling = this.#recording()?.ceiling;
    if (ceiling?.past !== "refuse" || levelOf(statement.decision) !== "rows") return null;
    statement.returnedBytes += bytes;
    if (ceiling.statement !== null && statement.returnedBytes > ceiling.statement) return "statement";
    const others = this.#stored - statement.keeping.stored;
    if (ceiling.session === null || others + statement.returnedBytes <= ceiling.session) return null;
    this.#full = true;
    return "session";
  }

  /** The session passed a ceiling of the policy that ends it: no statement begins any more. */
  get full(): boolean {
    return this.#full;
  }

  #truncates({ keeping }: Statement, bytes: number): boolean {
    const ceiling = this.#recording()?.ceiling;
    if (ceiling?.past !== "truncate") return false;
    return (
      (ceiling.statement !== null && keeping.stored + bytes > ceiling.statement) ||
      (ceiling.session !== null && this.#stored + bytes > ceiling.session)
    );
  }

  settle(statement: Statement, now: number): void {
    statement.settled = true;
    this.#journal.settle(statement.seq, statement.outcome(now), concat(statement.tail.parts));
  }

  #chunk(statement: Statement, stream: Stream, n: number, bytes: Uint8Array): void {
    this.#journal.chunk({ seq: statement.seq, stream, n, bytes });
  }
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

/** UTF-8 of the pieces, in chunks that hold no more than one piece above their size. */
function* filled(texts: Iterable<string>): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for (const text of texts) {
    const part = utf8Encode(text);
    parts.push(part);
    bytes += part.length;
    if (bytes < CHUNK_BYTES) continue;
    yield concat(parts);
    parts = [];
    bytes = 0;
  }
  if (bytes > 0) yield concat(parts);
}

/** What of an intent is as large as the agent likes, in characters. */
function weight({ statement, parameters }: Intent): number {
  return parameters.reduce(
    (sum, { value }) => sum + PARAMETER_CHARACTERS + (value?.length ?? 0),
    statement.length,
  );
}
