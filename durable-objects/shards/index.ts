// The door of the shards room.
export { enterShards, missingShards } from "./catalogue.ts";
export { FIRST_SHARD } from "./config.ts";
export { NEARLY_FULL_BYTES } from "./fullness.ts";
export { readShards, type Shard, type ShardEnv } from "./shards.ts";
export { placeNow, shardWriter } from "./writer.ts";
