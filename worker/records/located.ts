// A session by its id, up to date: in the shard that has it, once its object has brought that up to date where it is live.

import type { Env } from "../env.ts";
import { drainBounded, type Drain } from "./drain.ts";
import { shardOf } from "./locate.ts";
import { ask, type Shard } from "./shards.ts";
import { RecordStore, type SessionRecord } from "./store.ts";

/** The MAC that names a session: what looks otherwise is not looked for, and wakes no object. */
export const SESSION_ID = /^[0-9a-f]{32}$/;

export interface Located {
  readonly shard: Shard;
  readonly store: RecordStore;
  readonly session: SessionRecord;
}

/** null where there is none. @throws {ShardFault} */
export async function locateSession(env: Env, id: string, drain: Drain<Env>): Promise<Located | null> {
  return upToDate(env, id, drain, async () => {
    const shard = await shardOf(env, id);
    if (shard === null) return null;
    const store = recordStore(env, shard);
    const session = await ask(shard, () => store.session(id));
    return session === null ? null : { shard, store, session, ended: session.endedAt !== null };
  });
}

/** A session that is live, or that no shard has heard of yet, is asked to bring its shard up to date first. */
export async function upToDate<T extends { readonly ended: boolean }>(
  env: Env,
  id: string,
  drain: Drain<Env>,
  read: () => Promise<T | null>,
): Promise<T | null> {
  if (!SESSION_ID.test(id)) return null;
  const known = await read();
  if (known?.ended === true) return known;
  await drainBounded(drain, id, env);
  return read();
}

export function recordStore(env: Env, { db }: Shard): RecordStore {
  return new RecordStore(db, env.RECORDS ?? null);
}
