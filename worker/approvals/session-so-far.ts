// What the session of a request did before it, for who decides on it: its last statements as they are recorded, so masked, with what was
// decided and what came of them. An approver reads no record: this is all of it that they see, bounded, and nothing behind the request.

import type { Approval } from "#core/approvals";
import type { Env } from "../env.ts";
import type { Drain } from "../records/drain.ts";
import { locateSession } from "../records/located.ts";
import { ask } from "../records/shards.ts";
import { presentEarlier } from "./earlier.ts";
import type { EarlierStatement } from "./items.ts";

/** As many as somebody reads before they decide. */
export const SO_FAR_STATEMENTS = 20;

/** Newest first; null where the record has nothing of the session yet. @throws {ShardFault} */
export async function sessionSoFar(
  env: Env,
  approval: Approval,
  limit: number,
  drain: Drain<Env>,
): Promise<readonly EarlierStatement[] | null> {
  const { sessionId, seq } = approval;
  const located = await locateSession(env, sessionId, drain);
  if (located === null) return null;
  const { shard, store } = located;
  const count = Math.max(0, Math.min(limit, seq - 1));
  const keys = Array.from({ length: count }, (_, i) => ({ sessionId, seq: seq - 1 - i }));
  const rows = await ask(shard, () => store.statementsAt(keys));
  return rows.map(({ row }) => presentEarlier(approval, row));
}
