// PUT and DELETE /v1/sessions/{id}/hold: an admin keeps a session's record from retention, for as long as the hold stands.

import { Hono, type Context, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import type { HoldLeaf } from "#core/record";
import { changeStatement } from "../../durable-objects/log/d1-outbox.ts";
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

export interface HoldDeps {
  readonly requireAdmin: MiddlewareHandler<HoldEnv>;
  readonly now: () => number;
  /** There is something for the log in this shard. Never rejects. */
  readonly changed: (env: Env, db: D1Database) => Promise<void>;
  /** Goes on after the answer. */
  readonly background: (c: Context<HoldEnv>, work: Promise<void>) => void;
}

const UNKNOWN = notFoundProblem("there is no session of this id");

export function holdApi(deps: HoldDeps): Hono<HoldEnv> {
  const app = new Hono<HoldEnv>();

  app.put("/sessions/:id/hold", deps.requireAdmin, async (c) => {
    const body = await readJson(c.req.raw, HoldBody);
    if (!body.ok) return problemResponse(body.error);
    return change(c, deps, "set", body.value.reason);
  });

  app.delete("/sessions/:id/hold", deps.requireAdmin, (c) => change(c, deps, "lifted", null));

  return app;
}

async function change(
  c: Context<HoldEnv>,
  { now, changed, background }: HoldDeps,
  state: HoldLeaf["state"],
  reason: string | null,
): Promise<Response> {
  const { issuer, subject } = c.get("principal");
  const session = c.req.param("id") ?? "";
  const leaf: HoldLeaf = {
    type: "sluice.hold/1",
    session,
    state,
    at: now(),
    by: { issuer, subject },
    reason,
  };
  const shard = await shardOf(c.env, session);
  if (shard === null || !(await ask(shard, (db) => store(db, c.env.SESSION_KEY, leaf))))
    return problemResponse(UNKNOWN);
  background(c, changed(c.env, shard.db));
  return c.body(null, 204);
}

/** With its word to the log, in one transaction; false where the shard has no such session. */
async function store(db: D1Database, sessionKey: string, leaf: HoldLeaf): Promise<boolean> {
  const { session, state, at, by, reason } = leaf;
  const hold = state === "lifted" ? null : JSON.stringify({ ...by, at, reason });
  // There is nothing to be said of a hold that is not there.
  const before = state === "lifted" ? " AND hold IS NOT NULL" : "";
  const [, updated] = await db.batch([
    await changeStatement(db, sessionKey, leaf, {
      sql: `EXISTS (SELECT 1 FROM sessions WHERE id = ?${before})`,
      values: [session],
    }),
    db.prepare("UPDATE sessions SET hold = ? WHERE id = ?").bind(hold, session),
  ]);
  return (updated?.meta.changes ?? 0) > 0;
}
