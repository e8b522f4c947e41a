// The door of the shards room.
export { FIRST_SHARD, parseShards, placeSession, type ShardConfig } from "./config.ts";
export { boundDatabase, notBound, readShards, type Shard, type ShardEnv } from "./shards.ts";
