// Tells the admin, in the Worker's log, of a shard that takes new sessions and is nearly full: what is full takes nothing, and the
// record of its sessions waits in their objects.

import { NEARLY_FULL_BYTES, type ShardEnv } from "../../durable-objects/shards/index.ts";
import { shardSizes } from "./shards.ts";

/** A cron's. @throws where SHARDS is wrong; a shard that does not answer is not full. */
export async function tellOfFullShards(env: ShardEnv): Promise<void> {
  for (const { name, open, bytes } of await shardSizes(env)) {
    if (!open || bytes === null || bytes < NEARLY_FULL_BYTES) continue;
    // oxlint-disable-next-line no-console -- for the admin; a binding's name and a size
    console.error(
      `sluice: shard ${name} holds ${(bytes / 1e9).toFixed(1)} of D1's 10 GB: add another to SHARDS and close it (docs/record.md)`,
    );
  }
}
