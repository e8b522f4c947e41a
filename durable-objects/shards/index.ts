// The door of the shards room.
export { FIRST_SHARD, parseShards, placeSession, type ShardConfig } from "./config.ts";
export { readShards, type Shard, type ShardEnv } from "./shards.ts";
export { placeNow, shardWriter } from "./writer.ts";
