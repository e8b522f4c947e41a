// The gateway with its promise broken: statements are journalled some milliseconds late, so they are sent before they are
// recorded. A Worker's main module (SLUICE_DEV_MAIN); the crash campaign has to find it out, or it proves nothing.

import worker, { Session as Gateway } from "../../../worker/index.ts";

// The classes that are as they are; what this file exports itself goes before.
export * from "../../../worker/index.ts";
import type { Env } from "../../../worker/env.ts";

const LATE_MS = 5;
const OF_A_STATEMENT = /^\s*(INSERT INTO|UPDATE) statement\b/;

/** The binding's class name in wrangler.toml. */
export class Session extends Gateway {
  constructor(ctx: DurableObjectState, env: Env) {
    const { sql } = ctx.storage;
    const exec = sql.exec.bind(sql) as SqlStorage["exec"];
    const late = (query: string, ...bindings: SqlStorageValue[]): unknown => {
      if (!OF_A_STATEMENT.test(query)) return exec(query, ...bindings);
      setTimeout(() => exec(query, ...bindings), LATE_MS);
      return null;
    };
    Object.defineProperty(sql, "exec", { value: late });
    super(ctx, env);
  }
}

export default worker;
