// The door of the shards room.
export { enterShards, missingShards } from "./catalogue.ts";
export { FIRST_SHARD, parseShards, placeSession, type ShardConfig } from "./config.ts";
export { readShards, type Shard, type ShardEnv } from "./shards.ts";
export { placeNow, shardWriter } from "./writer.ts";
