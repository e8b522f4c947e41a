// The gateway itself, with a counter beside it: rows that the object's SQLite and D1 say they wrote (cursor.rowsWritten,
// meta.rows_written), which is what is billed. `GET /counts` gives the sums. Never measured for time: counting costs.

import worker, { Session as Gateway } from "../../../worker/index.ts";

// The classes that are as they are; what this file exports itself goes before.
export * from "../../../worker/index.ts";
import type { Env } from "../../../worker/env.ts";

/** One isolate holds the Worker and its objects in the local runtime, so a module variable is enough. */
const counts = { objectRows: 0, objectAlarms: 0, objectStatements: 0, d1Rows: 0, d1Batches: 0 };

/** The binding's class name in wrangler.toml. */
export class Session extends Gateway {
  constructor(ctx: DurableObjectState, env: Env) {
    countObject(ctx.storage);
    super(ctx, { ...env, LEDGER: counted(env.LEDGER) });
  }
}

function countObject(storage: DurableObjectStorage): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql) as SqlStorage["exec"];
  const counting = (query: string, ...bindings: unknown[]): unknown => {
    const cursor = exec(query, ...(bindings as SqlStorageValue[]));
    counts.objectStatements++;
    // A statement that writes has done so when exec returns; what a read may still write is nothing.
    counts.objectRows += cursor.rowsWritten;
    return cursor;
  };
  const setAlarm = storage.setAlarm.bind(storage);
  Object.defineProperty(sql, "exec", { value: counting });
  Object.defineProperty(storage, "setAlarm", {
    value: (at: number | Date) => {
      // Billed as one row written (Durable Objects pricing).
      counts.objectAlarms++;
      return setAlarm(at);
    },
  });
}

function counted(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "batch") return value.bind(target) as unknown;
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements);
        counts.d1Batches++;
        for (const { meta } of results) counts.d1Rows += meta.rows_written;
        return results;
      };
    },
  });
}

/** The counts, and how large D1 is. */
async function told(env: Env): Promise<Response> {
  const { meta } = await env.LEDGER.prepare("SELECT 1").all();
  return Response.json({ ...counts, d1Bytes: meta.size_after });
}

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    if (new URL(request.url).pathname === "/counts") return told(env);
    return worker.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
