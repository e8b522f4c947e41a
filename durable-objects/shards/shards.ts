// The record's shards as they are bound: several D1 databases, each with the same tables, a session in one of them.

import { err, ok, type Result } from "../../core/result.ts";
import { FIRST_SHARD, parseShards, type ShardConfig } from "./config.ts";

export interface Shard extends ShardConfig {
  readonly db: D1Database;
}

/** What of the environment it takes; the shards themselves are bindings of it, by their names. */
export interface ShardEnv {
  readonly LEDGER: D1Database;
  /** JSON: further D1 bindings, and which take new sessions (config.ts); absent: LEDGER alone. */
  readonly SHARDS?: string;
}

/** The first shard first. The error is for the admin: it names what is wrong with SHARDS, or which binding is missing. */
export function readShards(env: ShardEnv): Result<readonly Shard[], string> {
  const parsed = parseShards(env.SHARDS);
  if (!parsed.ok) return parsed;
  const shards: Shard[] = [];
  for (const config of parsed.value) {
    const db = config.name === FIRST_SHARD ? env.LEDGER : boundDatabase(env, config.name);
    if (db === null) return err(notBound(config.name));
    shards.push({ ...config, db });
  }
  return ok(shards);
}

/** null where there is no D1 database bound by this name. */
export function boundDatabase(env: ShardEnv, name: string): D1Database | null {
  const bound: unknown = Reflect.get(env, name);
  return isDatabase(bound) ? bound : null;
}

export function notBound(name: string): string {
  return `SHARDS: no D1 database is bound as ${name}: add it to [[d1_databases]] in wrangler.toml`;
}

/** A var or another kind of binding is easily named in its place. */
function isDatabase(bound: unknown): bound is D1Database {
  return (
    typeof bound === "object" &&
    bound !== null &&
    "prepare" in bound &&
    typeof bound.prepare === "function" &&
    "batch" in bound &&
    typeof bound.batch === "function"
  );
}
