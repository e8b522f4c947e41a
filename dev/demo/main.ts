// The demonstration: seed, two sessions through the gateway, and their replay from the record. A failure is reported and
// leaves the stack running: the person at the terminal wants to look into it.

import type { Reporter } from "../report.ts";
import type { DevFile } from "../state.ts";
import { replay } from "./replay.ts";
import { seed } from "./seed.ts";
import { perform } from "./sessions.ts";
import { formatSession } from "./transcript.ts";

/** Clocks of two processes of one machine, and a margin for rounding to milliseconds. */
const CLOCK_MARGIN_MS = 5;

export async function demonstrate(dev: DevFile, reporter: Reporter): Promise<void> {
  try {
    reporter.waiting(["demonstration"]);
    const seeded = await seed(dev.upstream);
    if (!seeded.ok) {
      reporter.warn(`no demonstration: ${seeded.reason}, and they are left alone. --no-demo skips it.`);
      return;
    }
    const from = Date.now() - CLOCK_MARGIN_MS;
    const performed = await perform(dev.connect, dev.postgres);
    const sessions = await replay(dev.gateway, dev.tokens.auditor, "local-agent", from, performed.sessions);
    if (sessions.length < performed.sessions) {
      reporter.warn(
        `demonstration: ${sessions.length} of ${performed.sessions} sessions are in the record by now`,
      );
    }
    reporter.line();
    reporter.line(
      `${reporter.paint("bold", "What just happened")}, replayed from the record ${reporter.paint("dim", "(times in UTC)")}`,
    );
    for (const session of sessions) {
      reporter.line();
      for (const line of formatSession(session, reporter.paint)) reporter.line(line);
    }
  } catch (error) {
    reporter.warn(`demonstration: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    reporter.waiting([]);
  }
}
