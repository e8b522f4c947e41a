// The record at a glance, for auditors: marks of a session's timeline, activity of listed sessions, statistics of a period.
// Routes only. Mounted at /v1 (worker/index.ts); everything here is read from D1 and bounded.

import { Hono, type MiddlewareHandler } from "hono";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { notFoundProblem, parameterProblem, problemResponse } from "../problem.ts";
import { drainBounded, type Drain } from "../records/drain.ts";
import { readQuery } from "../records/query.ts";
import { RecordStore, type SessionRecord } from "../records/store.ts";
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
const SESSION_ID = /^[0-9a-f]{32}$/;

export function insightApi({ requireAuditor, drain, now }: InsightDeps): Hono<InsightEnv> {
  const app = new Hono<InsightEnv>();

  app.get("/sessions/:id/marks", requireAuditor, noStore, async (c) => {
    const query = readQuery(c.req.url, INSIGHT_PARAMETERS.listMarks);
    if (!query.ok) return problemResponse(query.error);
    const session = await current(c.env, c.req.param("id"), drain);
    if (session === null) return problemResponse(notFoundProblem("there is no session of this id"));
    const { cursor, from, limit } = query.value;
    return c.json(await marksOf(c.env.LEDGER, session, cursor ?? (from ?? 1) - 1, limit));
  });

  app.get("/activity", requireAuditor, noStore, async (c) => {
    const query = readQuery(c.req.url, INSIGHT_PARAMETERS.listActivity);
    if (!query.ok) return problemResponse(query.error);
    const { sessions } = query.value;
    if (sessions === null) return problemResponse(parameterProblem("sessions", "is missing: say which"));
    return c.json({ data: await activityOf(c.env.LEDGER, sessions, now()) });
  });

  app.get("/statistics", requireAuditor, noStore, async (c) => {
    const query = readQuery(c.req.url, INSIGHT_PARAMETERS.getStatistics);
    if (!query.ok) return problemResponse(query.error);
    const to = query.value.to ?? now();
    const from = query.value.from ?? to - DAY_MS;
    if (from >= to) return problemResponse(parameterProblem("from", "has to be before `to`"));
    return c.json(await statisticsOf(c.env.LEDGER, { from, to, target: query.value.target }));
  });

  return app;
}

const noStore: MiddlewareHandler<InsightEnv> = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};

/** As D1 has it once the object of a live session has brought it up to date. */
async function current(env: Env, id: string, drain: Drain<Env>): Promise<SessionRecord | null> {
  if (!SESSION_ID.test(id)) return null;
  const store = new RecordStore(env.LEDGER);
  const known = await store.session(id);
  if (known !== null && known.endedAt !== null) return known;
  await drainBounded(drain, id, env);
  return store.session(id);
}
