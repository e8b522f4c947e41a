// Carries what changed in D1 to the log: at once behind a change, and by the cron, for what was left behind.

import { carryChanges } from "../../durable-objects/log/d1-outbox.ts";
import { LOG_NAME } from "../../durable-objects/log-object.ts";
import { readShards } from "../../durable-objects/shards/index.ts";
import type { Env } from "../env.ts";

/** Never rejects: what is not carried stays, and the cron comes round. */
export async function carry(env: Env, db: D1Database): Promise<void> {
  const log = env.LOG.get(env.LOG.idFromName(LOG_NAME));
  try {
    const foreign = await carryChanges(db, env.SESSION_KEY, (leaf) => log.append(leaf));
    if (foreign > 0)
      tell(
        `${String(foreign)} rows of log_outbox are not sealed with SESSION_KEY, and none goes into the log`,
      );
  } catch {
    tell("a change is not in the log yet: D1 or the log does not answer; it is tried again");
  }
}

function tell(what: string): void {
  // oxlint-disable-next-line no-console -- for the admin: until a change is there, nobody outside could miss it
  console.error(`sluice: ${what}`);
}

/** Of every shard. Never rejects. */
export async function carryAll(env: Env): Promise<void> {
  const shards = readShards(env);
  const databases = shards.ok ? shards.value.map(({ db }) => db) : [env.LEDGER];
  for (const db of databases) await carry(env, db);
}
