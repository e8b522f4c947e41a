// One round of verifying records without being asked: those of sessions that ended since the last round, and some of those before,
// in turn, so that all are looked at again and again. Bounded, as an invocation of a Worker is.

import type { ToCheck } from "../../durable-objects/log/checks.ts";
import { UNLIKE_LOG } from "../records/export/verify.ts";
import { MISSING, type Reported, type ReportDeps, report } from "./report.ts";

export interface RoundDeps extends ReportDeps {
  readonly log: ReportDeps["log"] & {
    toCheck(fresh: number, again: number): Promise<ToCheck>;
    passed(leaf: number): Promise<void>;
    isDeleted(session: string): Promise<boolean>;
  };
  /** The session's row, and what verifies the record behind it; null where D1 has none. @throws where D1 does not answer. */
  readonly find: (
    session: string,
  ) => Promise<{ readonly target: string; readonly verify: () => Promise<Reported> } | null>;
  /** For the admin; ids only. */
  readonly tell: (what: string) => void;
}

/** Ten minutes' worth of sessions; more wait for the next round, and are counted as waiting. */
const FRESH_A_ROUND = 40;
/** With 1,440 of these a day, ten thousand sessions are looked at anew each week. */
const AGAIN_A_ROUND = 10;
/** What is left of a cron's time is retention's. */
const ROUND_MS = 60_000;

export async function verificationRound(deps: RoundDeps): Promise<void> {
  const { log, find, now, tell } = deps;
  const until = now() + ROUND_MS;
  const { sessions } = await log.toCheck(FRESH_A_ROUND, AGAIN_A_ROUND);
  const faults: unknown[] = [];
  for (const { session, leaf } of sessions) {
    if (now() > until) break;
    const found = await find(session).catch((fault: unknown) => {
      faults.push(fault);
      return "unreadable" as const;
    });
    if (found === "unreadable") {
      // It is not passed by itself: where nothing answers the next round begins here. Where a later one is found it comes again in
      // its turn, so that one shard keeps nobody else's records waiting.
      continue;
    }
    // First: a record that a round cannot finish is not to keep all that come behind it from being looked at.
    await log.passed(leaf);
    if (found === null) {
      if (!(await log.isDeleted(session))) await report(deps, { id: session, target: null }, MISSING);
      continue;
    }
    const verdict = await found.verify().catch(() => null);
    if (verdict === null) tell(`session ${session} could not be verified, and is tried again in its turn`);
    else await report(deps, { id: session, target: found.target }, asInLog(verdict));
  }
  if (faults.length === 0) return;
  tell(`${String(faults.length)} sessions could not be looked for`);
  // So that the platform shows the round as failed.
  throw faults[0];
}

/** What is looked at is in the log, so it has ended and has a chain; where there is no key, nothing else would say so. */
function asInLog(verdict: Reported): Reported {
  return verdict.verdict === "open" || verdict.verdict === "not_chained"
    ? { verdict: "broken", breaks: [{ entry: null, what: UNLIKE_LOG }] }
    : verdict;
}
