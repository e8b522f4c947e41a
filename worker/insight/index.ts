// The record at a glance, for auditors: marks of a session's timeline, activity of listed sessions, statistics of a period.
// Routes only. Mounted at /v1 (worker/index.ts); everything here is read from D1 and bounded.

import { Hono, type MiddlewareHandler } from "hono";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { notFoundProblem, parameterProblem, problemResponse } from "../problem.ts";
import type { Drain } from "../records/drain.ts";
import { locateSession } from "../records/located.ts";
import { readQuery } from "../records/query.ts";
import { ask, wholeRecord } from "../records/shards.ts";
import { activityOf } from "./activity.ts";
import { marksOf } from "./marks.ts";
import { INSIGHT_PARAMETERS } from "./parameters.ts";
import { statisticsOf } from "./statistics.ts";

export interface InsightEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

export interface InsightDeps {
  /** `requireRole("auditor")`. */
  readonly requireAuditor: MiddlewareHandler<InsightEnv>;
  readonly drain: Drain<Env>;
  readonly now: () => number;
}

const DAY_MS = 24 * 3600_000;

export function insightApi({ requireAuditor, drain, now }: InsightDeps): Hono<InsightEnv> {
  const app = new Hono<InsightEnv>();

  app.get("/sessions/:id/marks", requireAuditor, noStore, async (c) => {
    const query = readQuery(c.req.url, INSIGHT_PARAMETERS.listMarks);
    if (!query.ok) return problemResponse(query.error);
    const found = await locateSession(c.env, c.req.param("id"), drain);
    if (found === null) return problemResponse(notFoundProblem("there is no session of this id"));
    const { cursor, from, limit } = query.value;
    const after = cursor ?? (from ?? 1) - 1;
    return c.json(await ask(found.shard, (db) => marksOf(db, found.session, after, limit)));
  });

  app.get("/activity", requireAuditor, noStore, async (c) => {
    const query = readQuery(c.req.url, INSIGHT_PARAMETERS.listActivity);
    if (!query.ok) return problemResponse(query.error);
    const { sessions } = query.value;
    if (sessions === null) return problemResponse(parameterProblem("sessions", "is missing: say which"));
    return c.json({ data: await activityOf(await wholeRecord(c.env), sessions, now()) });
  });

  app.get("/statistics", requireAuditor, noStore, async (c) => {
    const query = readQuery(c.req.url, INSIGHT_PARAMETERS.getStatistics);
    if (!query.ok) return problemResponse(query.error);
    const to = query.value.to ?? now();
    const from = query.value.from ?? to - DAY_MS;
    if (from >= to) return problemResponse(parameterProblem("from", "has to be before `to`"));
    return c.json(await statisticsOf(await wholeRecord(c.env), { from, to, target: query.value.target }));
  });

  return app;
}

const noStore: MiddlewareHandler<InsightEnv> = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};
