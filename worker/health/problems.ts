// What of a health report somebody has to look at, in words that say where. Pure.

import type { HealthReport } from "./items.ts";

type Problem = HealthReport["problems"][number];

/** A database that is full takes no session; whoever makes another needs time. */
const NEARLY_FULL = 0.8;
/** An endpoint that restarts is back by then. */
const WAITS_LONG_MS = 10 * 60_000;
/** Rounds come each ten minutes; three of them missing is no accident. */
const NOT_VERIFIED_MS = 30 * 60_000;

export function problemsOf(report: Omit<HealthReport, "status" | "problems">): readonly Problem[] {
  const now = Date.parse(report.at);
  const found: Problem[] = [];
  const say = (level: Problem["level"], part: string, detail: string): void => {
    found.push({ level, part, detail });
  };
  const isOld = (at: string | null, ms: number): boolean => at !== null && now - Date.parse(at) > ms;
  for (const { name, state, bytes, most_bytes: most } of report.d1) {
    if (state === "unreachable") say("failing", "d1", `${name} does not answer`);
    else if ((bytes ?? 0) > most * NEARLY_FULL)
      say("warning", "d1", `${name} is ${String(Math.floor(((bytes ?? 0) / most) * 100))} % full`);
  }
  for (const name of report.missing_shards ?? [])
    say("failing", "d1", `${name} holds a part of the record, and SHARDS does not name it`);
  const { backlog, log, verification, object_storage: objects, webhooks } = report;
  if (backlog !== null && backlog.sessions > 0)
    say(
      "failing",
      "backlog",
      `D1 does not take the record of ${String(backlog.sessions)} sessions; they keep it`,
    );
  if (log.state === "unreachable") say("failing", "log", "the log does not answer");
  if (log.failing_since !== null)
    say("failing", "log", `no checkpoint has got outside since ${log.failing_since}: ${log.problem ?? ""}`);
  if (log.signed === false) say("warning", "log", "RECORD_KEY is not set: nothing of the record is signed");
  if (verification !== null && verification.broken.length > 0)
    say("failing", "verification", `${String(verification.broken.length)} records do not hold: see which`);
  if (verification !== null && verification.waiting > 0 && isOld(verification.last_at, NOT_VERIFIED_MS))
    say("warning", "verification", "sessions wait to be verified, and nothing has been: is the cron on?");
  if (objects === "unreachable") say("failing", "object_storage", "the bucket RECORDS does not answer");
  for (const { target, state, dead, oldest_waiting_at: oldest } of webhooks) {
    if (state === "unreachable") say("failing", "webhooks", `the outbox of ${target} does not answer`);
    if ((dead ?? 0) > 0) say("warning", "webhooks", `${String(dead)} events of ${target} were given up`);
    if (isOld(oldest, WAITS_LONG_MS))
      say("warning", "webhooks", `events of ${target} wait since ${oldest ?? ""}`);
  }
  return found;
}
