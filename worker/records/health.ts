// GET /v1/healthz: whether the gateway is up and D1 answers. For anyone, so it says no more than that.

import { Hono } from "hono";
import type { Env } from "../env.ts";
import { problemResponse } from "../problem.ts";
import { PARAMETERS } from "./parameters.ts";
import { readQuery } from "./query.ts";
import { RecordStore } from "./store.ts";

/** A health check that hangs is no check. */
const ANSWER_MS = 2_000;

export function healthApi(): Hono<{ Bindings: Env }> {
  return new Hono<{ Bindings: Env }>().get("/healthz", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getHealth);
    if (!query.ok) return problemResponse(query.error);
    const reachable = await answers(c.env.LEDGER);
    c.header("cache-control", "no-store");
    return reachable
      ? c.json({ status: "ok", d1: "ok" })
      : c.json({ status: "degraded", d1: "unreachable" }, 503);
  });
}

async function answers(db: D1Database): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), ANSWER_MS);
  const asked = new RecordStore(db).ping().then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([asked, late]);
  clearTimeout(timer);
  return answered;
}
