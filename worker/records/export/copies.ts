// A session is in one shard. Where another has one of the same id too, somebody has put it there: lists show both, and who opens it gets
// the one that answers first.

import type { ShardEnv } from "../../../durable-objects/shards/index.ts";
import type { Verdict } from "../../../client-shim/src/record/index.ts";
import { shardsWith } from "../locate.ts";

/** The verdict on the one that was found, or that there are others. */
export async function withCopies(env: ShardEnv, session: string, verdict: Verdict): Promise<Verdict> {
  const names = await shardsWith(env, session);
  if (names.length < 2) return verdict;
  const what = `the record shards ${names.join(" and ")} have the session, which is in one of them`;
  return { ...verdict, verdict: "broken", breaks: [{ entry: null, what }, ...verdict.breaks] };
}
