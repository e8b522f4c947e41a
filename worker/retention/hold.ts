// PUT and DELETE /v1/sessions/{id}/hold: an admin keeps a session's record from retention, for as long as the hold stands.

import { Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { readJson } from "../policies/body.ts";
import { notFoundProblem, problemResponse } from "../problem.ts";
import { shardOf } from "../records/locate.ts";
import { ask } from "../records/shards.ts";

export interface HoldEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

export const HoldBody = v.strictObject({ reason: v.pipe(v.string(), v.minLength(1), v.maxLength(1_000)) });

const UNKNOWN = "there is no session of this id";

export function holdApi(requireAdmin: MiddlewareHandler<HoldEnv>, now: () => number): Hono<HoldEnv> {
  const app = new Hono<HoldEnv>();

  app.put("/sessions/:id/hold", requireAdmin, async (c) => {
    const body = await readJson(c.req.raw, HoldBody);
    if (!body.ok) return problemResponse(body.error);
    const { issuer, subject } = c.get("principal");
    const hold = JSON.stringify({ issuer, subject, at: now(), reason: body.value.reason });
    return (await set(c.env, c.req.param("id"), hold))
      ? c.body(null, 204)
      : problemResponse(notFoundProblem(UNKNOWN));
  });

  app.delete("/sessions/:id/hold", requireAdmin, async (c) =>
    (await set(c.env, c.req.param("id"), null))
      ? c.body(null, 204)
      : problemResponse(notFoundProblem(UNKNOWN)),
  );

  return app;
}

/** In the shard that has it; false where none does. */
async function set(env: Env, id: string, hold: string | null): Promise<boolean> {
  const shard = await shardOf(env, id);
  if (shard === null) return false;
  const set = (db: D1Database): Promise<D1Result> =>
    db.prepare("UPDATE sessions SET hold = ? WHERE id = ?").bind(hold, id).run();
  return (await ask(shard, set)).meta.changes > 0;
}
