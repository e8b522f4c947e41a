// The gateway with D1, R2, the object's own storage and the clock in somebody's hand: `POST /outage` says how each of them is from
// now on, `GET /outage` how often they were called. A Worker's main module (SLUICE_DEV_MAIN); outage.ts drives it.

import worker, { Session as Gateway } from "../../../worker/index.ts";

// The classes that are as they are; what this file exports itself goes before.
export * from "../../../worker/index.ts";
import type { Env } from "../../../worker/env.ts";
import type { Conditions } from "../conditions.ts";

/** One isolate holds the Worker and its objects in the local runtime, so module variables are enough. */
let conditions: Conditions = { d1: "up", bucket: "up", object: "up", clockMs: 0, limits: {} };
const calls = { d1: 0, d1Refused: 0, bucket: 0, bucketRefused: 0, object: 0, objectRefused: 0 };

const realNow = Date.now.bind(Date);
Date.now = () => realNow() + conditions.clockMs;

const HANGING_LOOKS_EVERY_MS = 100;

/**
 * `hang`: it answers when it is back, and does then what it was asked to do, however long nobody has waited for it.
 * `full`: what reads is answered.
 */
async function asD1<T>(writes: boolean, work: () => Promise<T>): Promise<T> {
  calls.d1++;
  if (conditions.d1 === "up") return work();
  if (conditions.d1 === "full" && !writes) return work();
  calls.d1Refused++;
  if (conditions.d1 === "full") throw new Error("D1_ERROR: Exceeded maximum DB size: SQLITE_FULL");
  if (conditions.d1 === "fail") throw new Error("D1_ERROR: Network connection lost.");
  while (conditions.d1 === "hang")
    await new Promise((resolve) => setTimeout(resolve, HANGING_LOOKS_EVERY_MS));
  return work();
}

const RUNS: ReadonlySet<string | symbol> = new Set(["all", "first", "raw", "run"]);
/** What D1 itself takes, by what was handed out in its place. */
const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

function prepared(statement: D1PreparedStatement): D1PreparedStatement {
  const proxy = new Proxy(statement, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const call = value.bind(target) as (...given: unknown[]) => unknown;
      if (name === "bind") return (...given: unknown[]) => prepared(call(...given) as D1PreparedStatement);
      if (!RUNS.has(name)) return call;
      return (...given: unknown[]) => asD1(name === "run", () => call(...given) as Promise<unknown>);
    },
  });
  real.set(proxy, statement);
  return proxy;
}

function database(d1: D1Database): D1Database {
  return new Proxy(d1, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name === "prepare") return (sql: string) => prepared(target.prepare(sql));
      if (name === "batch")
        return (all: D1PreparedStatement[]) =>
          asD1(true, () => target.batch(all.map((one) => real.get(one) ?? one)));
      return value.bind(target) as unknown;
    },
  });
}

function bucket(r2: R2Bucket): R2Bucket {
  return new Proxy(r2, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const call = value.bind(target) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => {
        calls.bucket++;
        if (conditions.bucket === "up") return call(...given);
        calls.bucketRefused++;
        return Promise.reject(
          new Error(`${String(name)}: We encountered an internal error. Please try again. (10001)`),
        );
      };
    },
  });
}

const WRITES = /^\s*(INSERT|UPDATE|DELETE|CREATE)\b/;

function object(storage: DurableObjectStorage): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql) as SqlStorage["exec"];
  Object.defineProperty(sql, "exec", {
    value: (query: string, ...bindings: SqlStorageValue[]) => {
      calls.object++;
      if (conditions.object === "up" || !WRITES.test(query)) return exec(query, ...bindings);
      calls.objectRefused++;
      throw new Error("database or disk is full: SQLITE_FULL");
    },
  });
  // The platform's clock is the one that goes right.
  const setAlarm = storage.setAlarm.bind(storage);
  Object.defineProperty(storage, "setAlarm", {
    value: (at: number | Date) => setAlarm(Number(at) - conditions.clockMs),
  });
}

function under(env: Env): Env {
  const { RECORDS } = env;
  return {
    ...env,
    LEDGER: database(env.LEDGER),
    ...(RECORDS === undefined ? {} : { RECORDS: bucket(RECORDS) }),
    LIMITS: JSON.stringify(conditions.limits),
  };
}

/** The binding's class name in wrangler.toml. */
export class Session extends Gateway {
  constructor(ctx: DurableObjectState, env: Env) {
    object(ctx.storage);
    super(ctx, under(env));
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== "/outage") return worker.fetch(request, under(env), ctx);
    if (request.method === "POST")
      conditions = { ...conditions, ...((await request.json()) as Partial<Conditions>) };
    return Response.json({ conditions, calls });
  },
} satisfies ExportedHandler<Env>;
