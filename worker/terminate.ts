// DELETE /v1/sessions/{id}: an admin ends a live session; the agent gets 57P01. The record stays.

import { Hono, type MiddlewareHandler } from "hono";
import type { SessionObject } from "../durable-objects/session-object.ts";
import type { AuthVariables } from "./auth/index.ts";
import type { Env } from "./env.ts";
import { notFoundProblem, problemResponse } from "./problem.ts";
import { RecordStore } from "./records/store.ts";

interface TerminateEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

/** 204 also for a session that has ended already: what was asked for is so. */
export function terminateApi(requireAdmin: MiddlewareHandler<TerminateEnv>): Hono<TerminateEnv> {
  return new Hono<TerminateEnv>().delete("/sessions/:id", requireAdmin, async (c) => {
    const id = c.req.param("id");
    const session = await new RecordStore(c.env.LEDGER).session(id);
    if (session === null) return problemResponse(notFoundProblem("there is no session of this id"));
    if (session.endedAt === null) await sessionObject(c.env, id).terminate();
    return c.body(null, 204);
  });
}

/** A session's id is its object's name. */
export function sessionObject(env: Env, sessionId: string): DurableObjectStub<SessionObject> {
  return env.SESSIONS.get(env.SESSIONS.idFromName(sessionId));
}
