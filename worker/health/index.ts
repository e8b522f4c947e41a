// GET /v1/health: how the gateway and its record are, for whoever looks after it and for what monitors it. Answers 200 whatever it
// has to tell: `status` says whether somebody has to look. GET /v1/healthz is for anyone, and says no more than up or not.

import { Hono, type MiddlewareHandler } from "hono";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { problemResponse } from "../problem.ts";
import { readQuery } from "../records/query.ts";
import { HEALTH_PARAMETERS } from "./operations.ts";
import { healthReport } from "./report.ts";

export type { HealthReport } from "./items.ts";
export {
  HEALTH_OPERATIONS,
  HEALTH_PARAMETERS,
  HEALTH_SCHEMAS,
  type HealthOperationId,
} from "./operations.ts";

interface HealthEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

/** `requireReader`: auditor or admin. */
export function healthReportApi(
  requireReader: MiddlewareHandler<HealthEnv>,
  now: () => number,
): Hono<HealthEnv> {
  return new Hono<HealthEnv>().get("/health", requireReader, async (c) => {
    const query = readQuery(c.req.url, HEALTH_PARAMETERS.getHealthReport);
    if (!query.ok) return problemResponse(query.error);
    c.header("cache-control", "no-store");
    return c.json(await healthReport(c.env, now()));
  });
}
