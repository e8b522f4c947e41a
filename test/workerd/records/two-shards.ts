// The record in two real D1 databases, and one that can be made to fail.
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Env } from "../../../worker/env.ts";
import { openLedger } from "./database.ts";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      readonly RECORD_1: D1Database;
    }
  }
}

export const SHARDS = '{"RECORD_1": {}}';
const TABLES = ["sessions", "shards", "statements", "chunks", "events", "heads", "facets"] as const;

export interface TwoShards {
  readonly first: D1Database;
  readonly second: D1Database;
  /** Both, as a Worker has them; with `down` one of them fails. */
  env(down?: "LEDGER" | "RECORD_1"): Env;
}

/** With every migration applied, and empty. */
export async function openTwoShards(): Promise<TwoShards> {
  const first = await openLedger();
  const second = env.RECORD_1;
  await applyD1Migrations(second, env.MIGRATIONS);
  for (const db of [first, second]) await db.batch(TABLES.map((table) => db.prepare(`DELETE FROM ${table}`)));
  return {
    first,
    second,
    env: (down) => {
      const bound = {
        LEDGER: down === "LEDGER" ? failing() : first,
        RECORD_1: down === "RECORD_1" ? failing() : second,
        SHARDS,
        SESSION_KEY: "5e".repeat(32),
      };
      return bound as unknown as Env;
    },
  };
}

/** As a D1 that does not answer: it rejects. */
function failing(): D1Database {
  const fail = (): Promise<never> => Promise.reject(new Error("D1_ERROR: D1 does not answer"));
  const statement = { bind: () => statement, first: fail, run: fail, all: fail, raw: fail };
  return { prepare: () => statement, batch: fail } as unknown as D1Database;
}
