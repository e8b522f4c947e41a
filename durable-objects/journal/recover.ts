// After a crash, an eviction or a deploy: what was open in the journal and is in no memory any more was lost. Says so.

import type { Outcome } from "#core/record";
import type { Journal } from "./journal.ts";

/** Ends a session that its process left open: what had no outcome gets `unknown`. Does nothing where none is open. */
export function recover(journal: Journal, now: number): void {
  const opened = journal.opened();
  if (opened === null) return;
  journal.upgrade();
  if (opened.end !== null) return;
  for (const seq of journal.unsettled()) journal.settle(seq, lostOutcome(now), new Uint8Array(0));
  journal.end({
    endedAt: now,
    reason: "gateway_lost",
    detail: "the gateway's process ended while the session was open",
  });
}

/** The response since the last chunk went with the process, and its counts; the chunks that are there stay. */
export function lostOutcome(now: number): Outcome {
  return {
    state: "unknown",
    firstByteAt: null,
    endedAt: now,
    commandTags: [],
    rows: 0,
    notices: 0,
    responseBytes: 0,
    requestBytes: 0,
    error: null,
    transactionStatus: null,
  };
}
