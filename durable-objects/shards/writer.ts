// Where a session's record goes: to the shard that was written down for it at its start, for as long as it lives. Today's SHARDS
// has no say in that, only whether the binding is there.

import { Ledger, LedgerError } from "../ledger/index.ts";
import type { Bucket } from "../ledger/index.ts";
import { FIRST_SHARD } from "./config.ts";
import { noteSize, placeInRoom } from "./fullness.ts";
import { boundDatabase, notBound, readShards, type ShardEnv } from "./shards.ts";

/** Name of the shard for a session that starts now. @throws where SHARDS is wrong: its object has looked before. */
export function placeNow(env: ShardEnv, start: { readonly id: string; readonly target: string }): string {
  const shards = readShards(env);
  if (!shards.ok) throw new Error(shards.error);
  return placeInRoom(shards.value, start.target, start.id).name;
}

/** `written`: the name that was written down for the session whose batches come; null for one of before there were shards. */
export function shardWriter(
  env: ShardEnv & { readonly RECORDS?: Bucket },
  written: () => string | null,
): Pick<Ledger, "write"> {
  let ledger: Ledger | null = null;
  let name: string | null = null;
  return {
    write: async (batch) => {
      name ??= written() ?? FIRST_SHARD;
      ledger ??= new Ledger(databaseOf(env, name), env.RECORDS ?? null);
      const done = await ledger.write(batch);
      if (done.databaseBytes !== null) noteSize(name, done.databaseBytes);
      return done;
    },
  };
}

/** A session whose shard is gone keeps what it has, as when D1 does not answer: nothing of it goes elsewhere. */
function databaseOf(env: ShardEnv, name: string): D1Database {
  const db = name === FIRST_SHARD ? env.LEDGER : boundDatabase(env, name);
  if (db !== null) return db;
  // oxlint-disable-next-line no-console -- for the admin; a binding's name only
  console.error(`sluice: a session's record waits: ${notBound(name)}`);
  throw new LedgerError("unavailable", "the session's shard is not bound");
}
