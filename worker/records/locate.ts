// Which shard has a session, where only its id is known. The catalogue is the shards' own tables of sessions: all are asked at
// once, by the primary key. A table of its own in one of them would be a second place that has to be right, written in another
// database than what it is about, and without which nothing is found; here the one that answers with the session is enough.

import type { ShardEnv } from "../../durable-objects/shards/index.ts";
import { ask, type Shard, shards, wholeRecord } from "./shards.ts";

/** A session never moves, so what was found stands; each takes 100 bytes or so. */
const MOST_KNOWN = 10_000;
const known = new Map<string, string>();

/**
 * null where no shard has it: it does not exist, or is so new that none has heard of it.
 * @throws {ShardFault} where none of those that answer has it and one does not answer
 * @throws {ShardsMisconfigured} where none has it and SHARDS leaves out one that may
 */
export async function shardOf(env: ShardEnv, sessionId: string): Promise<Shard | null> {
  const all = shards(env);
  const [only] = all;
  if (only !== undefined && all.length === 1) {
    // Whoever reads there finds out by itself.
    await wholeRecord(env);
    return only;
  }
  const name = known.get(sessionId);
  const remembered = all.find((shard) => shard.name === name);
  if (remembered !== undefined) return remembered;
  const found = await firstWith(all, sessionId);
  if (found === null) {
    await wholeRecord(env);
    return null;
  }
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(sessionId, found.name);
  return found;
}

/** Names of the shards that have it, of those that answer. */
export async function shardsWith(env: ShardEnv, sessionId: string): Promise<readonly string[]> {
  const all = shards(env);
  if (all.length === 1) return [];
  const looks = await Promise.allSettled(
    all.map((shard) => ask(shard, (db) => holds(db, sessionId)).then((has) => (has ? [shard.name] : []))),
  );
  return looks.flatMap((look) => (look.status === "fulfilled" ? look.value : []));
}

/** Does not wait for the others once one has it. */
async function firstWith(all: readonly Shard[], sessionId: string): Promise<Shard | null> {
  const absent = new Error("not in this shard");
  const looks = all.map(async (shard) => {
    if (await ask(shard, (db) => holds(db, sessionId))) return shard;
    throw absent;
  });
  try {
    return await Promise.any(looks);
  } catch (thrown) {
    const faults: readonly Error[] = thrown instanceof AggregateError ? thrown.errors : [];
    const fault = faults.find((one) => one !== absent);
    if (fault === undefined) return null;
    throw fault;
  }
}

async function holds(db: D1Database, sessionId: string): Promise<boolean> {
  const row = await db.prepare("SELECT 1 AS found FROM sessions WHERE id = ?").bind(sessionId).first();
  return row !== null;
}
