// Retention, as a cron of the Worker: reads the rules and runs one round. What could not be done is told in the log for the admin.

import type { Env } from "../env.ts";
import { recordKeys } from "../records/keys.ts";
import { withCopies } from "../records/export/copies.ts";
import { verifySession } from "../records/export/verify.ts";
import { toLedgerError } from "../../durable-objects/ledger/index.ts";
import { readShards } from "../../durable-objects/shards/index.ts";
import { reportVerdict } from "../verification/index.ts";
import { LOG_NAME } from "../../durable-objects/log-object.ts";
import { readRules } from "./rules.ts";
import { sweep } from "./sweep.ts";

export { HoldBody, holdApi } from "./hold.ts";

/** In all shards together. */
const SESSIONS_A_ROUND = 50;

/** Never rejects for a rule that is wrong: the record stays, and the admin is told. */
export async function retain(env: Env): Promise<void> {
  const rules = readRules(env.RETENTION);
  const keys = await recordKeys(env);
  if (!rules.ok) return tell(rules.error);
  if (!keys.ok) return tell(keys.error);
  const log = env.LOG.get(env.LOG.idFromName(LOG_NAME));
  const byId = new Map(keys.value.map(({ kid, x }) => [kid, x]));
  const findInclusion = (session: string): ReturnType<typeof log.inclusion> => log.inclusion(session);
  const shards = readShards(env);
  if (!shards.ok) return tell(shards.error);
  const stopped: string[] = [];
  // The same for each, or one that has much to delete, or what cannot be deleted, would keep the others waiting.
  const most = Math.ceil(SESSIONS_A_ROUND / shards.value.length);
  for (const { name, db } of shards.value) {
    try {
      const { left } = await sweep(rules.value, {
        db,
        bucket: env.RECORDS ?? null,
        append: (leaf) => log.append(leaf),
        findInclusion,
        isHeld: (session) => log.isHeld(session),
        verify: async (source, session) => {
          const alone = await verifySession(source, session, byId, findInclusion);
          const verdict = await withCopies(env, session.id, alone);
          await reportVerdict(env, session, verdict);
          return verdict;
        },
        now: () => Date.now(),
        most,
      });
      for (const { session, why } of left) tell(`session ${session} was not deleted: ${why}`);
    } catch (fault) {
      // The other shards' turn comes all the same; what stopped in between is taken again by the next round.
      stopped.push(name);
      const kind = fault instanceof Error ? fault.name : "unknown";
      tell(`stopped in shard ${name}: ${[kind, ...toLedgerError(fault).codes].join(" ")}`);
    }
  }
  // So that the platform shows the round as failed.
  if (stopped.length > 0) throw new Error(`retention stopped in ${stopped.join(", ")}`);
}

function tell(what: string): void {
  // oxlint-disable-next-line no-console -- for the admin; ids and rules only
  console.error(`sluice: retention: ${what}`);
}
