// A session as one line in time: statements as they started, outcomes as they came, events between them. Ended sessions
// are read to their end; a live one is asked again until it ends. Knows no HTTP and waits for no replay speed.

import { drainBounded, type Drain } from "./drain.ts";
import type { EventRecord, RecordStore, SessionRecord, StatementRecord } from "./store.ts";

export type Moment =
  | { readonly kind: "session_started"; readonly at: number; readonly session: SessionRecord }
  | { readonly kind: "statement"; readonly at: number; readonly statement: StatementRecord }
  | { readonly kind: "outcome"; readonly at: number; readonly statement: StatementRecord }
  | { readonly kind: "asynchronous"; readonly at: number; readonly event: EventRecord }
  | { readonly kind: "session_ended"; readonly at: number; readonly session: SessionRecord }
  /** Nothing new: a live session was asked and there is time to wait before asking again. */
  | { readonly kind: "idle" };

export interface TimelineParts {
  readonly store: RecordStore;
  /** Asks the session's object to bring D1 up to date. */
  readonly refresh: (sessionId: string) => Promise<void>;
}

const PAGE_STATEMENTS = 50;
const PAGE_EVENTS = 100;

export function timelineParts<E>(store: RecordStore, drain: Drain<E>, env: E): TimelineParts {
  return { store, refresh: (sessionId) => drainBounded(drain, sessionId, env) };
}

/** From statement `fromSeq` on. */
export async function* timeline(
  parts: TimelineParts,
  session: SessionRecord,
  fromSeq: number,
): AsyncGenerator<Moment> {
  yield { kind: "session_started", at: session.startedAt, session };
  const line = new Line(parts.store, session.id, fromSeq);
  for (let current = session; ;) {
    // Read before the session's state was: what came with its end is then in what is read after it.
    yield* line.known();
    if (current.endedAt !== null) {
      yield { kind: "session_ended", at: current.endedAt, session: current };
      return;
    }
    yield { kind: "idle" };
    await parts.refresh(session.id);
    current = (await parts.store.session(session.id)) ?? current;
  }
}

/** Where the reading stands. Three sorted sources, merged by time; on a tie outcomes first, statements last. */
class Line {
  readonly #store: RecordStore;
  readonly #id: string;
  #lastSeq: number;
  #lastEvent = 0;
  /** Events before it are not of interest. */
  #since: number | null = null;
  readonly #running = new Map<number, StatementRecord>();
  #statements: StatementRecord[] = [];
  #outcomes: StatementRecord[] = [];
  #events: EventRecord[] = [];

  constructor(store: RecordStore, id: string, fromSeq: number) {
    this.#store = store;
    this.#id = id;
    this.#lastSeq = fromSeq - 1;
    if (fromSeq === 1) this.#since = Number.NEGATIVE_INFINITY;
  }

  async *known(): AsyncGenerator<Moment> {
    const settled = await this.#store.settled(this.#id, [...this.#running.keys()]);
    for (const statement of settled) this.#settle(statement);
    for (;;) {
      await this.#refill();
      const moment = this.#next();
      if (moment === null) return;
      yield moment;
    }
  }

  async #refill(): Promise<void> {
    if (this.#statements.length === 0) {
      const { rows } = await this.#store.statements(this.#id, this.#lastSeq, PAGE_STATEMENTS);
      this.#statements = rows;
      this.#lastSeq = rows.at(-1)?.seq ?? this.#lastSeq;
      this.#since ??= rows[0]?.intent.startedAt ?? null;
    }
    if (this.#events.length === 0 && this.#since !== null) {
      const since = this.#since;
      const rows = await this.#store.events(this.#id, this.#lastEvent, PAGE_EVENTS);
      this.#events = rows.filter((event) => event.at >= since);
      this.#lastEvent = rows.at(-1)?.n ?? this.#lastEvent;
    }
  }

  #next(): Moment | null {
    const [outcome, event, statement] = [this.#outcomes[0], this.#events[0], this.#statements[0]];
    const outcomeAt = outcome?.outcome?.endedAt ?? Number.POSITIVE_INFINITY;
    const eventAt = event?.at ?? Number.POSITIVE_INFINITY;
    const statementAt = statement?.intent.startedAt ?? Number.POSITIVE_INFINITY;
    if (outcome !== undefined && outcomeAt <= eventAt && outcomeAt <= statementAt) {
      this.#outcomes.shift();
      return { kind: "outcome", at: outcomeAt, statement: outcome };
    }
    if (event !== undefined && eventAt <= statementAt) {
      this.#events.shift();
      return { kind: "asynchronous", at: eventAt, event };
    }
    if (statement === undefined) return null;
    this.#statements.shift();
    if (statement.outcome === null) this.#running.set(statement.seq, statement);
    else this.#settle(statement);
    return { kind: "statement", at: statementAt, statement };
  }

  #settle(statement: StatementRecord): void {
    this.#running.delete(statement.seq);
    this.#outcomes.push(statement);
    this.#outcomes.sort((a, b) => endedAt(a) - endedAt(b) || a.seq - b.seq);
  }
}

function endedAt(statement: StatementRecord): number {
  return statement.outcome?.endedAt ?? Number.POSITIVE_INFINITY;
}
