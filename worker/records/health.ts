// GET /v1/healthz: whether the gateway is up and D1 answers. For anyone, so it says no more than that.

import { Hono } from "hono";
import type { Env } from "../env.ts";
import { problemResponse } from "../problem.ts";
import { PARAMETERS } from "./parameters.ts";
import { readQuery } from "./query.ts";
import { shardSizes } from "./shards.ts";

export function healthApi(): Hono<{ Bindings: Env }> {
  return new Hono<{ Bindings: Env }>().get("/healthz", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getHealth);
    if (!query.ok) return problemResponse(query.error);
    const asked = await shardSizes(c.env);
    const reachable = asked.every(({ answers }) => answers);
    // Of one there is nothing to tell apart.
    const each =
      asked.length === 1
        ? {}
        : { shards: asked.map(({ name, answers }) => ({ name, d1: answers ? "ok" : "unreachable" })) };
    c.header("cache-control", "no-store");
    return reachable
      ? c.json({ status: "ok", d1: "ok", ...each })
      : c.json({ status: "degraded", d1: "unreachable", ...each }, 503);
  });
}
