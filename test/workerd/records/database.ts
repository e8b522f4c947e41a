// A D1 database as a deployment has it: every migration applied.
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      readonly LEDGER: D1Database;
      readonly MIGRATIONS: D1Migration[];
    }
  }
}

export async function openLedger(): Promise<D1Database> {
  await applyD1Migrations(env.LEDGER, env.MIGRATIONS);
  return env.LEDGER;
}
