// The end of a session while statements run: how long their outcome is waited for, and that nothing runs on in
// PostgreSQL when nobody is there any more. Ends nothing itself.

import type { Limits } from "../limits.ts";
import type { Fault } from "./faults.ts";
import type { StatementPath } from "./statement-path.ts";

/** Where the upstream connection is whole, the outcome of what runs can still be learned. */
const OUTCOME_CAN_COME: ReadonlySet<Fault["kind"]> = new Set([
  "agent_terminated",
  "agent_lost",
  "token_expired",
  "terminated_by_admin",
  "policy_changed",
  "session_time",
  "idle_time",
]);

const ANSWER_POLL_MS = 10;

/**
 * Waits a little, so that the record says how the running statements ended. They are cancelled first, except after
 * Terminate, before which PostgreSQL itself would finish what was sent.
 */
export async function learnOutcome(
  fault: Fault,
  path: StatementPath,
  cancel: () => Promise<void>,
  limits: Limits,
  now: () => number,
): Promise<void> {
  if (!path.running || !OUTCOME_CAN_COME.has(fault.kind)) return;
  if (fault.kind === "agent_terminated") await answered(path, limits.ABANDONED_MS / 2, now);
  if (!path.running) return;
  await cancel();
  await answered(path, limits.ABANDONED_MS / 2, now);
}

/** Resolves when PostgreSQL has answered everything, or after `atMostMs`. */
async function answered(path: StatementPath, atMostMs: number, now: () => number): Promise<void> {
  const until = now() + atMostMs;
  while (path.running && now() < until) await new Promise((wake) => setTimeout(wake, ANSWER_POLL_MS));
}
