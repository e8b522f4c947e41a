// Which shards hold a part of the record, in the first one's table `shards`: a name is in it before the first session is placed
// there, and stays when SHARDS does not name it any more. So a shard that was left out by a mistake, or by going back to an
// earlier deployment, is missed; without it, its sessions would look as if they had never been.

import { drizzle } from "drizzle-orm/d1";
import { shards as catalogue } from "../../migrations/schema.ts";
import { FIRST_SHARD } from "./config.ts";
import type { Shard, ShardEnv } from "./shards.ts";

/** Entered by this isolate, by the database they were entered in. */
const entered = new WeakMap<D1Database, Set<string>>();

/** Before a session is placed. Costs nothing where there is the first shard alone. @throws where the first does not answer */
export async function enterShards(env: ShardEnv, shards: readonly Shard[], now: number): Promise<void> {
  const known = entered.get(env.LEDGER) ?? new Set();
  const fresh = shards.map(({ name }) => name).filter((name) => name !== FIRST_SHARD && !known.has(name));
  if (fresh.length === 0) return;
  await drizzle(env.LEDGER)
    .insert(catalogue)
    .values(fresh.map((name) => ({ name, since: now })))
    .onConflictDoNothing();
  entered.set(env.LEDGER, new Set([...known, ...fresh]));
}

/** Those that hold a part of the record and are not among `shards`. */
export async function missingShards(env: ShardEnv, shards: readonly Shard[]): Promise<readonly string[]> {
  const rows = await drizzle(env.LEDGER).select().from(catalogue).orderBy(catalogue.name);
  return rows.map(({ name }) => name).filter((name) => !shards.some((shard) => shard.name === name));
}
