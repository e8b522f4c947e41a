// The limits of the policy that are times: how long a statement may run, a session be idle, a session last. PostgreSQL's
// statement_timeout comes first; this stands behind it, for what a statement does not let PostgreSQL end.

import type { Policy } from "#core/policy";
import type { Fault } from "./faults.ts";
import { grantError, limitError } from "./gate/refusals.ts";
import type { Relay } from "./relay.ts";
import type { StatementPath } from "./statement-path.ts";

const LOOK_EVERY_MS = 1_000;
const GRACE_MS = 1_500;

/** A shorter limit is looked at more often. */
function lookEveryMs(limitMs: number | null): number {
  return limitMs === null ? LOOK_EVERY_MS : Math.min(LOOK_EVERY_MS, Math.max(100, limitMs / 4));
}

/** The limit of what runs now. */
function shortest({ limits }: Policy, { grants }: StatementPath): number | null {
  const times = [limits.statementTimeMs, ...grants.map((use) => use.limits.statementTimeMs)];
  const set = times.filter((ms) => ms !== null);
  return set.length === 0 ? null : Math.min(...set);
}

/** PostgreSQL ends a statement by itself first; and after a cancel it is given as long again. */
function graceMs(limitMs: number): number {
  return Math.min(GRACE_MS, Math.max(300, limitMs / 2));
}

const LESS = "Do less in one statement: fewer rows, an index, or several statements.";

export interface Watched {
  readonly path: StatementPath;
  readonly relay: Relay;
  readonly policy: () => Policy;
  readonly now: () => number;
  readonly end: (fault: Fault) => void;
}

/** Gives the function that stops it. */
export function watchTime({ path, relay, policy, now, end }: Watched): () => void {
  const began = now();
  let cutAt: number | null = null;
  /** Since when what was cut short for a grant ran. */
  let cutFor: number | null = null;
  const look = (): void => {
    const { limits, version } = policy();
    const since = path.busySince;
    const ran = since === null ? 0 : now() - since;
    if (limits.sessionTimeMs !== null && now() - began > limits.sessionTimeMs)
      return end({ kind: "session_time", ms: limits.sessionTimeMs });
    const idleSince = Math.max(began, path.idleSince);
    if (limits.idleTimeMs !== null && since === null && now() - idleSince > limits.idleTimeMs)
      return end({ kind: "idle_time", ms: limits.idleTimeMs });
    const slow = path.grants.find(
      ({ limits: of }) => of.statementTimeMs !== null && ran > of.statementTimeMs,
    );
    if (slow !== undefined && cutFor !== since) {
      cutFor = since;
      const message = `canceling statement because it ran longer than ${slow.limits.statementTimeMs} ms, the most that one may run by this grant`;
      if (path.cut(grantError(slow, "statement_time", message, LESS, "57014"))) relay.cancel();
    }
    if (limits.statementTimeMs === null || ran <= limits.statementTimeMs + graceMs(limits.statementTimeMs)) {
      cutAt = null;
      return;
    }
    if (cutAt !== null && now() - cutAt > graceMs(limits.statementTimeMs))
      return end({ kind: "statement_time", ms: limits.statementTimeMs });
    if (cutAt !== null) return;
    cutAt = now();
    const error = limitError(
      "statement_time",
      `canceling statement because it ran longer than ${limits.statementTimeMs} ms`,
      LESS,
      version,
      "57014",
    );
    if (path.cut(error)) relay.cancel();
  };
  let timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    timer = setTimeout(
      () => {
        arm();
        look();
      },
      lookEveryMs(shortest(policy(), path)),
    );
  };
  arm();
  return () => clearTimeout(timer);
}
