// The history of approvals, policies and sessions as the log has it: routes. That of a grant is in worker/grants, which knows whose it is.
// Mounted at /v1 (worker/index.ts).

import { Hono, type Context, type MiddlewareHandler } from "hono";
import type { ChangeLeaf } from "#core/record";
import { targetOf } from "../../durable-objects/approvals/index.ts";
import { waitingChanges } from "../../durable-objects/log/d1-outbox.ts";
import { LOG_NAME } from "../../durable-objects/log-object.ts";
import { approvalsObject } from "../approvals/listing.ts";
import { unknownApproval } from "../approvals/present.ts";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import type { Operation } from "../openapi-operation.ts";
import { isTarget, unknownTarget } from "../policies/targets.ts";
import { notFoundProblem, problemResponse } from "../problem.ts";
import { shardOf } from "../records/locate.ts";
import type { Parameters } from "../records/query.ts";
import { readQuery } from "../records/query.ts";
import {
  HISTORY_PARAMETERS,
  historyOf,
  type HistoryOf,
  historyPage,
  LogEntry,
  type LogPage,
  type LogReader,
} from "./history.ts";

import { heldAgainst } from "./policies.ts";

interface HistoryEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

type Guard = MiddlewareHandler<HistoryEnv>;
type C = Context<HistoryEnv>;

export interface HistoryDeps {
  readonly requireAuditor: Guard;
  /** Admin or auditor. */
  readonly requirePolicyReader: Guard;
  /** Approver, auditor or admin. */
  readonly requireApprovalReader: Guard;
  readonly log: (env: Env) => LogReader;
}

export const HISTORY_OPERATION_PARAMETERS = {
  getApprovalHistory: HISTORY_PARAMETERS,
  getPolicyHistory: HISTORY_PARAMETERS,
  getSessionHistory: HISTORY_PARAMETERS,
} as const satisfies Record<string, Parameters>;
export type HistoryOperationId = keyof typeof HISTORY_OPERATION_PARAMETERS;

export const HISTORY_OPERATIONS = {
  getApprovalHistory: {
    path: "/approvals/{approval}/history",
    summary: "Each change of an approval, in order, as the log has it\nTamper-evident: docs/record.md, Log.",
    gives: historyPage,
    problems: [400, 404],
    role: "approver, auditor or admin",
  },
  getPolicyHistory: {
    path: "/targets/{name}/policy/history",
    summary:
      "Each version of the policy, oldest first, as the log has it: who, when, and the document's SHA-256",
    gives: historyPage,
    problems: [400, 404],
    role: "admin or auditor",
  },
  getSessionHistory: {
    path: "/sessions/{id}/history",
    summary:
      "What the log tells of a session: legal holds, its end, its deletion; also when its record is gone",
    gives: historyPage,
    problems: [400, 404],
  },
} as const satisfies Record<HistoryOperationId, Operation>;

export const HISTORY_SCHEMAS = { LogEntry };

const SESSION_ID = /^[0-9a-f]{32}$/;

export function historyApi(deps: HistoryDeps): Hono<HistoryEnv> {
  const app = new Hono<HistoryEnv>();

  app.get("/approvals/:approval/history", deps.requireApprovalReader, (c) => {
    const id = c.req.param("approval");
    const target = targetOf(id);
    if (target === null || !isTarget(c.env, target)) return problemResponse(unknownApproval);
    return answer(c, deps.log(c.env), {
      subject: id,
      types: ["sluice.approval/1"],
      waiting: () => waitingIn(c.env, target, id),
    });
  });

  app.get("/targets/:name/policy/history", deps.requirePolicyReader, (c) => {
    const target = c.req.param("name");
    if (!isTarget(c.env, target)) return problemResponse(unknownTarget);
    const of: HistoryOf = {
      subject: target,
      types: ["sluice.policy/1"],
      waiting: () => waitingChanges(c.env.LEDGER, c.env.SESSION_KEY),
    };
    return answer(c, deps.log(c.env), of, (page) => heldAgainst(c.env.LEDGER, target, page));
  });

  app.get("/sessions/:id/history", deps.requireAuditor, async (c) => {
    const id = c.req.param("id");
    if (!SESSION_ID.test(id)) return problemResponse(notFoundProblem("there is no session of this id"));
    const shard = await shardOf(c.env, id);
    return answer(c, deps.log(c.env), {
      subject: id,
      types: ["sluice.session/1", "sluice.hold/1", "sluice.deletion/1"],
      waiting: () => (shard === null ? Promise.resolve([]) : waitingChanges(shard.db, c.env.SESSION_KEY)),
    });
  });

  return app;
}

export function recordLog(env: Env): LogReader {
  return env.LOG.get(env.LOG.idFromName(LOG_NAME));
}

/** What its target's object has still to carry about an approval or a grant. */
export async function waitingIn(env: Env, target: string, id: string): Promise<readonly ChangeLeaf[]> {
  return (await approvalsObject(env, target).unlogged(id)) as readonly ChangeLeaf[];
}

/** A list of changes; 404 is for what cannot be, since nothing of a thing being there is no fault. */
async function answer(
  c: C,
  log: LogReader,
  of: HistoryOf,
  more: (page: LogPage) => Promise<LogPage> = (page) => Promise.resolve(page),
): Promise<Response> {
  const query = readQuery(c.req.url, HISTORY_PARAMETERS);
  if (!query.ok) return problemResponse(query.error);
  c.header("cache-control", "no-store");
  return c.json(await more(await historyOf(log, of, query.value)));
}
