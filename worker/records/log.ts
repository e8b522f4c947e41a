// The log of all sessions, for auditors: its checkpoint, proofs, and all of its leaves (docs/record.md).

import type { Hono } from "hono";
import type { Consistency, Inclusion } from "../../durable-objects/log-object.ts";
import type { Env } from "../env.ts";
import { notFoundProblem, parameterProblem, problemResponse } from "../problem.ts";
import type { RecordsEnv } from "./index.ts";
import { PARAMETERS } from "./parameters.ts";
import { readQuery } from "./query.ts";
import { toStream } from "./result.ts";

/** What is asked of the log's object. */
export interface RecordLog {
  checkpoint(): Promise<string | null>;
  inclusion(session: string): Promise<Inclusion | null>;
  isHeld(session: string): Promise<boolean>;
  inclusionOf(index: number): Promise<Inclusion | null>;
  consistency(from: number, to: number): Promise<Consistency | null>;
  leaves(from: number, limit: number): Promise<readonly string[]>;
}

const PAGE_LEAVES = 1_000;

const NO_KEY = "the gateway has no RECORD_KEY, so nothing signs a checkpoint";

export function logRoutes(app: Hono<RecordsEnv>, deps: { readonly log: (env: Env) => RecordLog }): void {
  app.get("/log/checkpoint", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getCheckpoint);
    if (!query.ok) return problemResponse(query.error);
    const checkpoint = await deps.log(c.env).checkpoint();
    return checkpoint === null ? problemResponse(notFoundProblem(NO_KEY)) : c.text(checkpoint);
  });

  app.get("/log/inclusion", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getInclusion);
    if (!query.ok) return problemResponse(query.error);
    const { session, leaf } = query.value;
    if ((session === null) === (leaf === null))
      return problemResponse(parameterProblem("session", "give this or leaf, one of them"));
    const log = deps.log(c.env);
    const found = session === null ? await log.inclusionOf(leaf ?? 0) : await log.inclusion(session);
    if (found === null) return problemResponse(notFoundProblem("the log has no such leaf yet"));
    return c.json(found);
  });

  app.get("/log/consistency", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.getConsistency);
    if (!query.ok) return problemResponse(query.error);
    const { from, to } = query.value;
    const found = from === null || to === null ? null : await deps.log(c.env).consistency(from, to);
    if (found === null)
      return problemResponse(
        notFoundProblem("the log has no trees of these sizes: give from and to, from first"),
      );
    return c.json(found);
  });

  app.get("/log/export", async (c) => {
    const query = readQuery(c.req.url, PARAMETERS.exportLog);
    if (!query.ok) return problemResponse(query.error);
    const log = deps.log(c.env);
    // First, so that all of its leaves are there when they are read.
    const checkpoint = await log.checkpoint();
    if (checkpoint === null) return problemResponse(notFoundProblem(NO_KEY));
    return new Response(toStream(lines(log, checkpoint)), {
      headers: {
        "content-type": "application/x-ndjson",
        "content-disposition": 'attachment; filename="log.ndjson"',
        "x-content-type-options": "nosniff",
      },
    });
  });
}

async function* lines(log: RecordLog, checkpoint: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const line = (value: object): Uint8Array => encoder.encode(`${JSON.stringify(value)}\n`);
  const [origin = "", size = "0"] = checkpoint.split("\n");
  yield line({ type: "log", format: "sluice-log/1", origin });
  for (let from = 0; from < Number(size); from += PAGE_LEAVES) {
    const page = await log.leaves(from, Math.min(PAGE_LEAVES, Number(size) - from));
    for (const [i, leaf] of page.entries())
      yield line({ type: "leaf", index: from + i, leaf: JSON.parse(leaf) as unknown });
  }
  yield line({ type: "checkpoint", checkpoint });
}
