// More D1 databases for the local gateway. `SLUICE_DEV_SHARDS` is the var SHARDS; for each of its names there is a database of
// that binding, with LEDGER's migrations: SLUICE_DEV_SHARDS='{"RECORD_1": {}}' npm start

import { FIRST_SHARD, parseShards } from "../durable-objects/shards/config.ts";
import { UserError } from "./user-error.ts";

export interface DevShards {
  /** The var SHARDS; null: none. */
  readonly var: string | null;
  /** Bindings beside LEDGER. */
  readonly databases: readonly string[];
}

export function devShards(): DevShards {
  const text = process.env["SLUICE_DEV_SHARDS"];
  if (text === undefined || text.trim() === "") return { var: null, databases: [] };
  const parsed = parseShards(text);
  if (!parsed.ok) throw new UserError(`SLUICE_DEV_SHARDS: ${parsed.error}`);
  const names = parsed.value.map(({ name }) => name);
  return { var: text, databases: names.filter((name) => name !== FIRST_SHARD) };
}
