// DELETE /v1/sessions/{id}: an admin ends a live session; the agent gets 57P01. The record stays.

import { Hono, type MiddlewareHandler } from "hono";
import type { SessionObject } from "../durable-objects/session-object.ts";
import type { AuthVariables } from "./auth/index.ts";
import type { Env } from "./env.ts";
import { notFoundProblem, problemResponse } from "./problem.ts";
import { shardOf } from "./records/locate.ts";
import { SESSION_ID } from "./records/located.ts";
import { ask, ShardFault, ShardsMisconfigured } from "./records/shards.ts";
import { RecordStore } from "./records/store.ts";

interface TerminateEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

/** 204 also for a session that has ended already: what was asked for is so. */
export function terminateApi(requireAdmin: MiddlewareHandler<TerminateEnv>): Hono<TerminateEnv> {
  return new Hono<TerminateEnv>().delete("/sessions/:id", requireAdmin, async (c) => {
    const id = c.req.param("id");
    if (!SESSION_ID.test(id)) return problemResponse(UNKNOWN);
    const object = sessionObject(c.env, id);
    // Whether it runs its own object knows. D1 is asked about those that do not: whoever can write there would keep a session alive.
    const state = (await object.isOpen()) ? "live" : await stateOf(c.env, id);
    if (state === "unknown") return problemResponse(UNKNOWN);
    if (state !== "ended") await object.terminate();
    return c.body(null, 204);
  });
}

const UNKNOWN = notFoundProblem("there is no session of this id");

/** What D1 knows of it. Where D1 does not answer it may be live: ending a session must not have to wait for the record. */
async function stateOf(env: Env, id: string): Promise<"live" | "ended" | "unknown" | "unreadable"> {
  try {
    const shard = await shardOf(env, id);
    if (shard === null) return "unknown";
    const session = await ask(shard, (db) => new RecordStore(db).session(id));
    if (session === null) return "unknown";
    return session.endedAt === null ? "live" : "ended";
  } catch (fault) {
    if (fault instanceof ShardFault || fault instanceof ShardsMisconfigured) return "unreadable";
    throw fault;
  }
}

/** A session's id is its object's name. */
export function sessionObject(env: Env, sessionId: string): DurableObjectStub<SessionObject> {
  return env.SESSIONS.get(env.SESSIONS.idFromName(sessionId));
}
