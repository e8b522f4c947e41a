// Tells the live sessions of a target that its policy has changed, as fast as may be. Best effort: whoever is not reached
// finds out by asking (durable-objects/policies/watch.ts).

import { and, desc, eq, isNull } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { readShards, type Shard } from "../../durable-objects/shards/index.ts";
import { sessions } from "../../migrations/schema.ts";
import type { Env } from "../env.ts";

/** A request may call a thousand objects at most (Workers, subrequests), and D1 counts as one each. */
const MOST_SESSIONS = 500;
/** As many connections as a request may wait for at once. */
const AT_ONCE = 6;

export type PolicyChanged = (sessionId: string, env: Env) => Promise<void>;

/** Never rejects. */
export async function tellSessions(env: Env, target: string, changed: PolicyChanged): Promise<void> {
  const shards = readShards(env);
  const live = await Promise.all((shards.ok ? shards.value : []).map((shard) => liveIn(shard, target)));
  const newest = live.flat().toSorted((a, b) => b.startedAt - a.startedAt);
  const waiting = newest.slice(0, MOST_SESSIONS).map(({ id }) => id);
  const tell = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      await changed(id, env).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tell));
}

/** None where the shard does not answer. */
async function liveIn(
  { db }: Shard,
  target: string,
): Promise<readonly { readonly id: string; readonly startedAt: number }[]> {
  return drizzle(db)
    .select({ id: sessions.id, startedAt: sessions.startedAt })
    .from(sessions)
    .where(and(eq(sessions.target, target), isNull(sessions.endedAt)))
    .orderBy(desc(sessions.startedAt))
    .limit(MOST_SESSIONS)
    .catch(() => []);
}
