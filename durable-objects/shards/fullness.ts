// How full the shards are, as far as this isolate knows: D1 says with every result how large the database is, so whoever writes
// there knows, and nothing is asked for it. Best effort: an isolate that has written nothing yet knows nothing.

import { placeSession, type ShardConfig } from "./config.ts";

/** D1's 10 GB (developers.cloudflare.com/d1/platform/limits), less what sessions that are under way still need. */
export const NEARLY_FULL_BYTES = 9e9;

const sizes = new Map<string, number>();

export function noteSize(shard: string, bytes: number): void {
  sizes.set(shard, bytes);
}

/** As placeSession, in one that is not known to be nearly full; in any, where all that could take it are. */
export function placeInRoom<S extends ShardConfig>(shards: readonly S[], target: string, id: string): S {
  const roomy = shards.filter(({ name }) => (sizes.get(name) ?? 0) < NEARLY_FULL_BYTES);
  const takesAll = roomy.some(({ open, targets }) => open && targets === null);
  return placeSession(takesAll ? roomy : shards, target, id);
}
