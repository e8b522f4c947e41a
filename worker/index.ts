// The Worker: holds no state. Puts the rooms together and exports the object class; each route's work is in its room.

import { Hono } from "hono";
import type { Authenticate } from "../durable-objects/connection.ts";
import { LOG_NAME } from "../durable-objects/log-object.ts";
import { SessionObject } from "../durable-objects/session-object.ts";
export { ApprovalsObject as Approvals } from "../durable-objects/approvals-object.ts";
export { RoleObject as Roles } from "../durable-objects/role-object.ts";
export { LogObject as Log } from "../durable-objects/log-object.ts";
export { SignInObject as SignIn } from "../durable-objects/sign-in-object.ts";
export { SubjectObject as Subject } from "../durable-objects/subject-object.ts";
import { approvalsApi } from "./approvals/index.ts";
import { authenticatorFor, createAuthenticate, requireRole } from "./auth/index.ts";
import { decisionLinks } from "./decision-links/index.tsx";
import { connect } from "./connect.ts";
import { consoleApp } from "./console/index.ts";
import type { Env } from "./env.ts";
import { grantsApi } from "./grants/index.ts";
import { healthReportApi } from "./health/index.ts";
import { insightApi } from "./insight/index.ts";
import { carry, carryAll } from "./log/carry.ts";
import { historyApi, recordLog } from "./log/index.ts";
import { openApi } from "./openapi.ts";
import { inspectTarget, policiesApi, requireTarget } from "./policies/index.ts";
import { notFound, onError } from "./problem.ts";
import { tellOfFullShards } from "./records/full-shards.ts";
import { healthApi } from "./records/health.ts";
import { recordsApi } from "./records/index.ts";
import { keysApi } from "./records/keys.ts";
import { holdApi, retain } from "./retention/index.ts";
import { slackApi } from "./slack/index.ts";
import { sessionObject, terminateApi } from "./terminate.ts";
import { reportVerdict, verifyRecords } from "./verification/index.ts";
import { verifyPolicies } from "./verification/policies.ts";
import { tellOfPolicies, tellPolicies } from "./webhooks/policies.ts";
import { webhooksApi } from "./webhooks/index.ts";

/** The session's object, with the Worker's way of checking a token. */
export class Session extends SessionObject {
  protected override readonly authenticate: Authenticate;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.authenticate = createAuthenticate(authenticatorFor(env));
  }
}

const app = new Hono<{ Bindings: Env }>();
app.route("/", connect);
app.route("/", keysApi());
app.route("/v1", openApi());
app.route("/v1", healthApi());
app.route(
  "/v1",
  healthReportApi(requireRole("admin", "auditor"), () => Date.now()),
);
app.route("/v1", terminateApi(requireRole("admin")));
// Before the records' own guard, which wants an auditor for all of /sessions.
app.route(
  "/v1",
  holdApi({
    requireAdmin: requireRole("admin"),
    now: () => Date.now(),
    changed: carry,
    background: (c, work) => c.executionCtx.waitUntil(work),
  }),
);
app.route(
  "/v1",
  recordsApi({
    requireAuditor: requireRole("auditor"),
    drain: (sessionId, env) => sessionObject(env, sessionId).drain(),
    log: (env) => env.LOG.get(env.LOG.idFromName(LOG_NAME)),
    verified: (c, session, verdict) => c.executionCtx.waitUntil(reportVerdict(c.env, session, verdict)),
  }),
);
app.route(
  "/v1",
  policiesApi({
    requireAdmin: requireRole("admin"),
    requireReader: requireRole("admin", "auditor"),
    requireAgent: requireRole("agent", "admin"),
    requireTarget,
    stored: async (env, policy) => {
      await Promise.allSettled([tellOfPolicies(env, policy.target), carry(env, env.LEDGER)]);
    },
    policyChanged: (sessionId, env) => sessionObject(env, sessionId).policyChanged(),
    background: (c, work) => c.executionCtx.waitUntil(work),
    inspect: inspectTarget,
    now: () => Date.now(),
  }),
);
app.route(
  "/v1",
  approvalsApi({
    requireApprover: requireRole("approver"),
    requireReader: requireRole("approver", "auditor", "admin"),
    drain: (sessionId, env) => sessionObject(env, sessionId).drain(),
    now: () => Date.now(),
  }),
);
app.route(
  "/v1",
  grantsApi({
    requireAgent: requireRole("agent"),
    requireApprover: requireRole("approver"),
    requireParty: requireRole("agent", "approver", "admin"),
    requireReader: requireRole("agent", "approver", "auditor", "admin"),
    now: () => Date.now(),
  }),
);
app.route(
  "/v1",
  historyApi({
    requireAuditor: requireRole("auditor"),
    requirePolicyReader: requireRole("admin", "auditor"),
    requireApprovalReader: requireRole("approver", "auditor", "admin"),
    log: recordLog,
  }),
);
app.route("/v1", webhooksApi(requireRole("admin")));
app.route(
  "/v1",
  insightApi({
    requireAuditor: requireRole("auditor"),
    drain: (sessionId, env) => sessionObject(env, sessionId).drain(),
    now: () => Date.now(),
  }),
);
app.route(
  "/v1",
  slackApi(() => Date.now()),
);
app.route(
  "/",
  decisionLinks(() => Date.now()),
);
app.route("/", consoleApp({ ask: async (request, env, c) => app.fetch(request, env, c.executionCtx) }));
app.notFound(notFound);
app.onError(onError);

/** Each by itself: what one cannot do keeps no other from its work, and the cron is told of it. */
async function rounds(env: Env): Promise<void> {
  // First: what retention deletes may be under a hold that only the log tells of yet.
  await carryAll(env);
  const works = [
    retain(env),
    verifyRecords(env),
    verifyPolicies(env, recordLog(env)),
    tellPolicies(env),
    tellOfFullShards(env),
  ];
  const results = await Promise.allSettled(works);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> =>
    app.fetch(request, env, ctx),
  scheduled: (_: ScheduledController, env: Env): Promise<void> => rounds(env),
};
