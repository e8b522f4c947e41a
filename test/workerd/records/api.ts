// The reading API on a real D1, as the Worker mounts it; who asks is said by a header in place of a token.
import { Hono } from "hono";
import { approvalsApi } from "../../../worker/approvals/index.ts";
import type { Env } from "../../../worker/env.ts";
import { insightApi } from "../../../worker/insight/index.ts";
import { openApi } from "../../../worker/openapi.ts";
import { inspectTarget, policiesApi, requireTarget } from "../../../worker/policies/index.ts";
import { notFound, onError } from "../../../worker/problem.ts";
import { grantsApi } from "../../../worker/grants/index.ts";
import { healthReportApi } from "../../../worker/health/index.ts";
import { healthApi } from "../../../worker/records/health.ts";
import type { RecordLog } from "../../../worker/records/log.ts";
import { historyApi } from "../../../worker/log/index.ts";
import { webhooksApi } from "../../../worker/webhooks/index.ts";
import { holdApi } from "../../../worker/retention/index.ts";
import { terminateApi } from "../../../worker/terminate.ts";
import { recordsApi, type RecordsDeps, type RecordsEnv } from "../../../worker/records/index.ts";

export const TOKEN_EXPIRES_AT = Date.UTC(2100, 0, 1);
/** The insight room's clock. */
export const NOW = Date.UTC(2026, 10, 30);
export const SESSION_KEY = "5e".repeat(32);

const NO_LOG: RecordLog = {
  checkpoint: () => Promise.resolve(null),
  inclusion: () => Promise.resolve(null),
  inclusionOf: () => Promise.resolve(null),
  isHeld: () => Promise.resolve(false),
  consistency: () => Promise.resolve(null),
  leaves: () => Promise.resolve([]),
};

export interface Api {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  readonly app: Hono<RecordsEnv>;
}

export function openApiUnderTest(
  db: D1Database,
  drain: RecordsDeps["drain"] = async () => {},
  more: Partial<Env> = {},
  log: RecordLog = NO_LOG,
): Api {
  const app = new Hono<RecordsEnv>();
  const records = recordsApi({
    drain,
    log: () => log,
    requireAuditor: async (c, next) => {
      if (c.req.header("x-role") !== "auditor") return new Response(null, { status: 403 });
      c.set("tokenExpiresAt", Number(c.req.header("x-expires") ?? TOKEN_EXPIRES_AT));
      return next();
    },
  });
  const nobody = async (): Promise<Response> => new Response(null, { status: 403 });
  const policies = policiesApi({
    requireAdmin: nobody,
    requireReader: nobody,
    requireAgent: nobody,
    requireTarget,
    policyChanged: async () => {},
    background: () => {},
    inspect: inspectTarget,
    now: () => 0,
  });
  const insight = insightApi({
    requireAuditor: async (c, next) =>
      c.req.header("x-role") === "auditor" ? next() : new Response(null, { status: 403 }),
    drain,
    now: () => NOW,
  });
  app.route("/v1", insight);
  app.route(
    "/v1",
    holdApi({
      requireAdmin: async (c, next) => {
        if (c.req.header("x-role") !== "admin") return new Response(null, { status: 403 });
        c.set("principal", {
          issuer: "https://issuer.test",
          subject: "admin-1",
          roles: ["admin"],
          groups: [],
        });
        return next();
      },
      now: () => 1_000,
      changed: () => Promise.resolve(),
      background: () => {},
    }),
  );
  const history = {
    requireAuditor: nobody,
    requirePolicyReader: nobody,
    requireApprovalReader: nobody,
    log: () => ({ about: () => Promise.resolve([]) }),
  };
  app.route("/v1", historyApi(history));
  app.route("/v1", terminateApi(nobody)).route("/v1", policies);
  app.route("/v1", approvalsApi({ requireApprover: nobody, requireReader: nobody, drain, now: () => 0 }));
  app.route("/v1", webhooksApi(nobody));
  app.route(
    "/v1",
    healthReportApi(nobody, () => 0),
  );
  const guards = {
    requireAgent: nobody,
    requireApprover: nobody,
    requireParty: nobody,
    requireReader: nobody,
  };
  app.route("/v1", grantsApi({ ...guards, now: () => 0 }));
  app.route("/v1", records).route("/v1", healthApi()).route("/v1", openApi());
  app.notFound(notFound).onError(onError);
  const env = { LEDGER: db, SESSION_KEY, ...more } as Env;
  return {
    app,
    get: async (path, headers = {}) =>
      app.request(`/v1${path}`, { headers: { "x-role": "auditor", ...headers } }, env),
  };
}
