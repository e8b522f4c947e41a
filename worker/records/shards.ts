// The record's shards for who reads them. A shard that does not answer is a ShardFault, and a 503 that names it
// (worker/problem.ts): it must never look like a record that holds nothing.

import { toLedgerError } from "../../durable-objects/ledger/index.ts";
import { missingShards, readShards, type Shard, type ShardEnv } from "../../durable-objects/shards/index.ts";

export type { Shard };

/** SHARDS is wrong, names what is not bound, or leaves out what holds a part of the record: nothing is read until it is right, since some of the record would be missing. */
export class ShardsMisconfigured extends Error {
  override readonly name = "ShardsMisconfigured";
}

/** A shard's D1 did not answer. Holds codes of D1, no values. */
export class ShardFault extends Error {
  override readonly name = "ShardFault";
  readonly shard: string;
  readonly codes: readonly string[];

  constructor(shard: string, codes: readonly string[]) {
    super("a shard of the record does not answer");
    this.shard = shard;
    this.codes = codes;
  }
}

/** All of them, the first shard first. @throws {ShardsMisconfigured} */
export function shards(env: ShardEnv): readonly Shard[] {
  const read = readShards(env);
  if (!read.ok) throw new ShardsMisconfigured(read.error);
  return read.value;
}

/** How old what is known of the catalogue may be: it changes when SHARDS does, and that is a deployment. */
const CATALOGUE_FRESH_MS = 60_000;
const complete = new WeakMap<D1Database, { readonly shards: string | undefined; readonly at: number }>();

/**
 * All of them, and none is missing: for who says what the whole record holds, or what is nowhere in it.
 * @throws {ShardsMisconfigured, ShardFault}
 */
export async function wholeRecord(env: ShardEnv): Promise<readonly Shard[]> {
  const all = shards(env);
  const now = Date.now();
  const known = complete.get(env.LEDGER);
  if (known !== undefined && known.shards === env.SHARDS && now - known.at < CATALOGUE_FRESH_MS) return all;
  const [missing] = (await askAll(all.slice(0, 1), () => missingShards(env, all))).flat();
  if (missing !== undefined)
    throw new ShardsMisconfigured(
      `SHARDS does not name ${missing}, which holds a part of the record: name it, with "open": false if it is to take no more`,
    );
  complete.set(env.LEDGER, { shards: env.SHARDS, at: now });
  return all;
}

/** @throws {ShardFault} where D1 fails; what else is thrown is a fault of ours, and passes. */
export async function ask<T>(shard: Shard, work: (db: D1Database) => Promise<T>): Promise<T> {
  try {
    return await work(shard.db);
  } catch (thrown) {
    const codes = codesOfD1(thrown);
    throw codes === null ? thrown : new ShardFault(shard.name, codes);
  }
}

/** Each at once, in their order: all of them, or a fault. */
export function askAll<T>(
  all: readonly Shard[],
  work: (db: D1Database, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(all.map((shard, i) => ask(shard, (db) => work(db, i))));
}

/** null: not of D1. */
export function codesOfD1(thrown: unknown): readonly string[] | null {
  const { codes } = toLedgerError(thrown);
  if (codes.length > 0) return codes;
  // Drizzle's wrapper; what D1 said in it had no code.
  return thrown instanceof Error && thrown.message.startsWith("Failed query") ? [] : null;
}

/** A health check that hangs is no check. */
const ANSWER_MS = 2_000;

export interface ShardSize {
  readonly name: string;
  readonly open: boolean;
  /** Of the database; null where it does not answer, or does not say. */
  readonly bytes: number | null;
  readonly answers: boolean;
}

/** Whether each answers, and how much it holds: D1 says so with every result, so nothing is counted. Never rejects for D1. */
export function shardSizes(env: ShardEnv): Promise<ShardSize[]> {
  return Promise.all(
    shards(env).map(async ({ name, open, db }) => {
      const meta = await within(ANSWER_MS, askedSize(db));
      return { name, open, answers: meta !== null, bytes: meta?.size_after ?? null };
    }),
  );
}

async function askedSize(db: D1Database): Promise<{ readonly size_after?: number }> {
  // Of a table, so that a shard without its migrations is found out.
  const { meta } = await db.prepare("SELECT 1 FROM sessions LIMIT 1").run();
  return meta;
}

/** null: too late, or failed. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  const answered = await Promise.race([asked.catch(() => null), late]);
  clearTimeout(timer);
  return answered;
}
