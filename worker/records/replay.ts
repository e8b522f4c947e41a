// The replay of a session: its timeline as server-sent events (WHATWG HTML §9.2), each at its own time. Waits; the timeline
// does not. Gaps are as long as they were: `speed` shortens them, "max" or 0 leaves them out.
//
// A stream ends when the session has, when its reader leaves, or when the reader's token expires. A reader that comes
// back with Last-Event-ID goes on behind that event.

import { createJsonTransform } from "#core/record";
import { presentEvent, presentIntent, presentOutcome, presentSession } from "./present.ts";
import { isStored, lacks, toStream, transformed } from "./result.ts";
import type { SessionRecord, StatementRecord } from "./store.ts";
import { timeline, type Moment, type TimelineParts } from "./timeline.ts";

export interface ReplayOptions {
  /** How many times faster than it was; Infinity waits for nothing. */
  readonly speed: number;
  readonly fromSeq: number;
  readonly lastEventId: string | null;
  /** When the reader's token expires, in milliseconds. */
  readonly until: number;
}

type Told = Exclude<Moment, { kind: "idle" }>;

/** How often a live session is asked for more. */
const POLL_MS = 1_000;
/** A comment this often keeps proxies from closing a silent stream, and finds out that a reader has left. */
const HEARTBEAT_MS = 15_000;

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(":\n\n");

export function replayResponse(
  parts: TimelineParts,
  session: SessionRecord,
  options: ReplayOptions,
): Response {
  // The last event was read: 204 tells an EventSource not to come back (§9.2.3).
  if (options.lastEventId === endId(session)) return new Response(null, { status: 204 });
  const left = new AbortController();
  const body = toStream(replay(parts, session, options, left.signal), () => left.abort());
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

async function* replay(
  parts: TimelineParts,
  session: SessionRecord,
  options: ReplayOptions,
  left: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const clock = new ReplayClock(options.speed);
  let skipping = options.lastEventId;
  let toldAt = Date.now();
  for await (const moment of timeline(parts, session, options.fromSeq)) {
    if (moment.kind === "idle") {
      // An id that the session does not have leads to the live end of it.
      skipping = null;
      yield* pause(Date.now() + POLL_MS, options.until, left);
      if (Date.now() - toldAt >= HEARTBEAT_MS) {
        toldAt = Date.now();
        yield HEARTBEAT;
      }
    } else if (skipping !== null) {
      if (eventId(moment) === skipping) skipping = null;
    } else {
      const starts = moment.kind === "session_started" && options.fromSeq > 1;
      yield* pause(clock.due(starts ? null : moment.at), options.until, left);
      if (left.aborted || Date.now() >= options.until) return;
      yield* written(parts, moment);
      toldAt = Date.now();
    }
    if (left.aborted || Date.now() >= options.until) return;
  }
}

/** From the record's time to the reader's: the first moment is now. */
class ReplayClock {
  readonly #speed: number;
  #origin: { readonly recorded: number; readonly now: number } | null = null;

  constructor(speed: number) {
    this.#speed = speed;
  }

  /** When to tell what was recorded at `recorded`; null is now, and starts nothing. */
  due(recorded: number | null): number {
    const now = Date.now();
    if (recorded === null || this.#speed === Number.POSITIVE_INFINITY) return now;
    this.#origin ??= { recorded, now };
    return this.#origin.now + (recorded - this.#origin.recorded) / this.#speed;
  }
}

async function* pause(due: number, until: number, left: AbortSignal): AsyncGenerator<Uint8Array> {
  for (;;) {
    const wait = Math.min(due, until) - Date.now();
    if (wait <= 0 || left.aborted) return;
    await sleep(Math.min(wait, HEARTBEAT_MS), left);
    if (wait > HEARTBEAT_MS) yield HEARTBEAT;
  }
}

function sleep(ms: number, left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      left.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    left.addEventListener("abort", wake);
  });
}

/** One event; the rows of an outcome pass through in pieces, on its one data line (JSON has no line ends). */
async function* written(parts: TimelineParts, moment: Told): AsyncGenerator<Uint8Array> {
  const data = JSON.stringify({ at: new Date(moment.at).toISOString(), ...told(moment) });
  const head = `id: ${eventId(moment)}\nevent: ${moment.kind}\ndata: `;
  if (moment.kind !== "outcome") {
    yield encoder.encode(`${head}${data}\n\n`);
    return;
  }
  yield encoder.encode(`${head}${data.slice(0, -1)},"response":`);
  if (isStored(moment.statement)) yield* responseJson(parts, moment.statement);
  else yield encoder.encode("null");
  yield encoder.encode("}\n\n");
}

function responseJson({ store }: TimelineParts, statement: StatementRecord): AsyncGenerator<Uint8Array> {
  return transformed(
    store.response(statement),
    createJsonTransform({ ...statement.intent, lacks: lacks(statement) }),
  );
}

function told(moment: Told): object {
  switch (moment.kind) {
    case "session_started":
    case "session_ended":
      return { session: presentSession(moment.session) };
    case "statement":
      return { statement: presentIntent(moment.statement.sessionId, moment.statement.intent) };
    case "outcome": {
      const { sessionId, seq, intent, outcome } = moment.statement;
      return { id: `${sessionId}:${String(seq)}`, seq, ...presentOutcome(intent, outcome) };
    }
    case "asynchronous":
      return { event: presentEvent(moment.event) };
  }
}

function eventId(moment: Told): string {
  switch (moment.kind) {
    case "session_started":
      return `${moment.session.id}:start`;
    case "statement":
      return `${moment.statement.sessionId}:${String(moment.statement.seq)}`;
    case "outcome":
      return `${moment.statement.sessionId}:${String(moment.statement.seq)}:outcome`;
    case "asynchronous":
      return `${moment.event.sessionId}:e${String(moment.event.n)}`;
    case "session_ended":
      return endId(moment.session);
  }
}

function endId(session: SessionRecord): string {
  return `${session.id}:end`;
}
