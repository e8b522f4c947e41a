// Every limit of a session, one named table with a reason each. Overridden by the var LIMITS (JSON, same names).
// Passing one ends in a clear error: see session/faults.ts.

import * as v from "valibot";
import { err, ok, type Result } from "../core/result.ts";

export const DEFAULT_LIMITS = {
  /** Time from the WebSocket to a verified token. PostgreSQL's authentication_timeout is 60 s; agents are faster. */
  UNAUTHENTICATED_MS: 10_000,
  /** Bytes taken in before that. A token is at most 16 KiB; drivers that pipeline send their first query with it. */
  UNAUTHENTICATED_BYTES: 1024 * 1024,
  /** One message from the agent: the largest WebSocket message that the platform takes. */
  FRONTEND_MESSAGE_BYTES: 32 * 1024 * 1024,
  /** One message from PostgreSQL: it is held whole, in an isolate of 128 MB. */
  BACKEND_MESSAGE_BYTES: 32 * 1024 * 1024,
  /** Bytes sent to a client without flow control since it last spoke: the platform queues them in memory. */
  UNACKNOWLEDGED_BYTES: 32 * 1024 * 1024,
  /** Bytes from the agent that PostgreSQL has not taken yet: incoming WebSocket messages cannot be paused. */
  INBOUND_BACKLOG_BYTES: 64 * 1024 * 1024,
  /** Texts of prepared statements and parameters of open portals, kept so that each Execute is recorded whole. */
  PREPARED_BYTES: 16 * 1024 * 1024,
  /** Messages sent to PostgreSQL and not yet answered; past it the gateway takes in no more until some are. */
  PIPELINE_MESSAGES: 100_000,
  /** What an object holds because D1 has not confirmed it yet; the platform's own end is at 10 GB. */
  JOURNAL_BYTES: 4 * 1024 * 1024 * 1024,
  /** Time for D1 to answer: its own limit for a query. What it has not confirmed is sent again, which changes nothing if it came. */
  LEDGER_ANSWER_MS: 30_000,
  /** Statements of a session that run unrecorded where the policy lets any (`record.unavailable`): each is kept in memory. */
  UNRECORDED_STATEMENTS: 10_000,
  /** Time to reach the database and log in to it. */
  UPSTREAM_CONNECT_MS: 10_000,
  /** How long an abandoned session waits for its cancelled statement before it closes the connection. */
  ABANDONED_MS: 3_000,
  /** How long a session that has ended waits for a slow agent to take in what is left for it, the reason included. */
  FAREWELL_MS: 10_000,
  /** How often database roles of sessions that ended without a word are looked for; no such role stays much longer. */
  ROLE_SWEEP_MS: 60_000,
  /** How long before a token expires the agent is warned. */
  EXPIRY_WARNING_MS: 60_000,
} as const satisfies Record<string, number>;

export type LimitName = keyof typeof DEFAULT_LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

const Overrides = v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1)));

/** Reads the var LIMITS. The error names the limit that is unknown or no positive integer. */
export function parseLimits(json: string | undefined): Result<Limits, string> {
  if (json === undefined || json.trim() === "") return ok(DEFAULT_LIMITS);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return err("LIMITS is not JSON: write an object of limit names and integers");
  }
  const parsed = v.safeParse(Overrides, value);
  if (!parsed.success) {
    return err(
      `LIMITS: ${quotable(parsed.issues[0].path?.[0]?.key) ?? "a value"} has to be a positive integer`,
    );
  }
  const unknown = Object.keys(parsed.output).find((name) => !(name in DEFAULT_LIMITS));
  if (unknown !== undefined) {
    const which = quotable(unknown) ?? "of the name that is there";
    return err(`LIMITS: there is no limit ${which}; known are ${Object.keys(DEFAULT_LIMITS).join(", ")}`);
  }
  return ok({ ...DEFAULT_LIMITS, ...parsed.output });
}

/** null: nothing that a limit would be called, so it may be something that was put into the wrong var, and a secret. */
function quotable(name: unknown): string | null {
  return typeof name === "string" && /^[A-Z][A-Z_]{0,39}$/.test(name) ? name : null;
}
