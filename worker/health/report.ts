// Asks each part how it is, all at once and none for long. What does not answer is told as that, and keeps nothing of the rest
// back: this is read when something is wrong.

import type { LogHealth } from "../../durable-objects/log-object.ts";
import { LOG_NAME } from "../../durable-objects/log-object.ts";
import { missingShards } from "../../durable-objects/shards/index.ts";
import { parseTargets } from "../../durable-objects/targets/index.ts";
import { type Backlog, parseEndpoints } from "../../durable-objects/webhooks/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import type { Env } from "../env.ts";
import { shardSizes, shards } from "../records/shards.ts";
import type { HealthReport } from "./items.ts";
import { problemsOf } from "./problems.ts";

/** A health check that hangs is no check. */
const ANSWER_MS = 2_000;
/** developers.cloudflare.com/d1/platform/limits: of a database, on the paid plan. */
const D1_MOST_BYTES = 10_000_000_000;
/** A request may make a thousand subrequests; more targets than this are the first ones. */
const MOST_TARGETS = 200;

export async function healthReport(env: Env, now: number): Promise<HealthReport> {
  const [d1, missing, log, webhooks, objects] = await Promise.all([
    databases(env),
    within(missingShards(env, shards(env))),
    within(logHealth(env)),
    webhookBacklogs(env),
    objectStorage(env),
  ]);
  const found = {
    at: instant(now),
    d1,
    missing_shards: missing === null ? null : [...missing],
    backlog: backlogOf(log),
    webhooks,
    log: logOf(log),
    verification: verificationOf(log),
    object_storage: objects,
  };
  const endpoints = parseEndpoints(env.WEBHOOKS, env.WEBHOOKS_LOCAL === "true");
  const problems = [
    ...problemsOf(found),
    ...(endpoints.ok ? [] : [{ level: "warning" as const, part: "webhooks", detail: endpoints.error }]),
  ];
  const failing = problems.some(({ level }) => level === "failing");
  return { status: failing ? "failing" : problems.length > 0 ? "warning" : "ok", problems, ...found };
}

async function databases(env: Env): Promise<HealthReport["d1"]> {
  return (await shardSizes(env)).map(({ name, open, bytes, answers }) => ({
    name,
    state: answers ? "ok" : "unreachable",
    open,
    bytes,
    most_bytes: D1_MOST_BYTES,
  }));
}

async function logHealth(env: Env): Promise<LogHealth> {
  return (await env.LOG.get(env.LOG.idFromName(LOG_NAME)).health()) as LogHealth;
}

function backlogOf(log: LogHealth | null): HealthReport["backlog"] {
  if (log === null) return null;
  const { sessions, statements, bytes, oldest, worst } = log.backlog;
  return {
    sessions,
    statements,
    bytes,
    oldest_at: instantOrNull(oldest),
    longest: worst.map((one) => ({
      session_id: one.session,
      target: one.target,
      since: instant(one.since),
      statements: one.statements,
      bytes: one.bytes,
      problem: one.problem,
    })),
  };
}

function logOf(log: LogHealth | null): HealthReport["log"] {
  return {
    state: log === null ? "unreachable" : "ok",
    size: log?.size ?? null,
    published_size: log?.published ?? null,
    published_at: instantOrNull(log?.publishing.publishedAt ?? null),
    failing_since: instantOrNull(log?.publishing.failingSince ?? null),
    problem: log?.publishing.problem ?? null,
    places: [...(log?.places ?? [])],
    signed: log?.signed ?? null,
  };
}

function verificationOf(log: LogHealth | null): HealthReport["verification"] {
  if (log === null) return null;
  const { waiting, checked, at, broken } = log.checks;
  return {
    waiting,
    checked,
    last_at: instantOrNull(at),
    broken: broken.map(({ session, target, entry, what, at: foundAt }) => ({
      session_id: session,
      target,
      entry,
      what,
      found_at: instant(foundAt),
    })),
  };
}

async function webhookBacklogs(env: Env): Promise<HealthReport["webhooks"]> {
  const targets = parseTargets(env.TARGETS);
  const names = targets.ok ? [...targets.value.keys()].slice(0, MOST_TARGETS) : [];
  return Promise.all(
    names.map(async (target) => {
      const backlog = (await within(approvalsObject(env, target).backlog())) as Backlog | null;
      return {
        target,
        state: backlog === null ? "unreachable" : "ok",
        waiting: backlog?.waiting ?? null,
        dead: backlog?.dead ?? null,
        oldest_waiting_at: instantOrNull(backlog?.oldestWaiting ?? null),
      };
    }),
  );
}

async function objectStorage({ RECORDS }: Env): Promise<HealthReport["object_storage"]> {
  if (RECORDS === undefined) return "none";
  return (await within(RECORDS.list({ limit: 1 }))) === null ? "unreachable" : "ok";
}

/** null: too late, or failed. */
async function within<T>(asked: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ANSWER_MS);
  const answered = await Promise.race([asked.catch(() => null), late]);
  clearTimeout(timer);
  return answered;
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instant(ms);
}
