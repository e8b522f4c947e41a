// Ending a session, whatever D1 says of it.
import { Hono, type MiddlewareHandler } from "hono";
import { beforeAll, expect, test } from "vitest";
import { Ledger } from "../../../durable-objects/ledger/index.ts";
import { terminateApi } from "../../../worker/terminate.ts";
import { openLedger } from "./database.ts";
import { batch, start, T0 } from "./entries.ts";

const ENDED = "e".repeat(32);
const LIVE = "1".repeat(32);
const UNHEARD_OF = "0".repeat(32);

let db: D1Database;

beforeAll(async () => {
  db = await openLedger();
  const end = { endedAt: T0 + 1, reason: "agent_terminated", detail: null } as const;
  await new Ledger(db).write(batch(ENDED, { start: start(ENDED), end }));
  await new Ledger(db).write(batch(LIVE, { start: start(LIVE) }));
});

async function end(id: string, runs: boolean): Promise<{ status: number; ended: boolean }> {
  let ended = false;
  const object = {
    isOpen: async () => runs,
    terminate: async () => {
      ended = true;
    },
  };
  const env = { LEDGER: db, SESSIONS: { idFromName: () => null, get: () => object } };
  const admin: MiddlewareHandler = (_, next) => next();
  const app = new Hono().route("/v1", terminateApi(admin) as never);
  const { status } = await app.request(`/v1/sessions/${id}`, { method: "DELETE" }, env);
  return { status, ended };
}

test("a session that runs is ended, though D1 has its end, or nothing of it", async () => {
  for (const id of [LIVE, ENDED, UNHEARD_OF])
    expect([id, await end(id, true)]).toEqual([id, { status: 204, ended: true }]);
});

test("of those that do not run, one that D1 has as live is brought to its end; one that it does not know is none", async () => {
  expect(await end(LIVE, false)).toEqual({ status: 204, ended: true });
  expect(await end(ENDED, false)).toEqual({ status: 204, ended: false });
  expect(await end(UNHEARD_OF, false)).toEqual({ status: 404, ended: false });
  expect(await end("no id", true)).toEqual({ status: 404, ended: false });
});
