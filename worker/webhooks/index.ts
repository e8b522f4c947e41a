// Webhooks as the API meets them: what is still to be told or was given up, for an admin.

import { Hono, type Context, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import { type Delivery, parseEndpoints } from "../../durable-objects/webhooks/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { json, ref, type Operation } from "../openapi-operation.ts";
import { isTarget, unknownTarget } from "../policies/targets.ts";
import { problemResponse } from "../problem.ts";
import { numberCursor, writeCursor } from "../records/cursor.ts";
import { integer, oneOf, readQuery, type Parameters } from "../records/query.ts";

interface WebhooksEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

const DEFAULT_LIMIT = 50;

export const WEBHOOK_PARAMETERS = {
  listDeliveries: {
    state: oneOf("Still to be told, or given up.", ["waiting", "dead"]),
    cursor: numberCursor,
    limit: integer("Items a page; 50 unless told.", 1, 200),
  },
} as const satisfies Record<string, Parameters>;

export type WebhookOperationId = keyof typeof WEBHOOK_PARAMETERS;

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));

const DeliveryItem = v.object({
  id: v.string(),
  url: v.string(),
  event_id: v.pipe(v.string(), v.description("The header webhook-id")),
  type: v.string(),
  state: v.picklist(["waiting", "dead"]),
  happened_at: time,
  attempts: v.pipe(v.number(), v.integer()),
  next_attempt_at: v.nullable(time),
  problem: v.pipe(v.nullable(v.string()), v.description("Of the last attempt")),
});

export const WEBHOOK_SCHEMAS = { WebhookDelivery: DeliveryItem };

export const WEBHOOK_OPERATIONS = {
  listDeliveries: {
    path: "/targets/{name}/webhooks/deliveries",
    summary: `Events of a target that an endpoint has not taken, newest first
What is given up after three days, or was refused with 410, is \`dead\`. 503 where the var WEBHOOKS cannot be understood.`,
    gives: json({
      type: "object",
      required: ["data", "next_cursor"],
      properties: {
        data: { type: "array", items: ref("WebhookDelivery") },
        next_cursor: { type: ["string", "null"] },
      },
    }),
    problems: [400, 404, 503],
    role: "admin",
  },
} as const satisfies Record<WebhookOperationId, Operation>;

export function webhooksApi(requireAdmin: MiddlewareHandler<WebhooksEnv>): Hono<WebhooksEnv> {
  return new Hono<WebhooksEnv>().get("/targets/:name/webhooks/deliveries", requireAdmin, (c) => list(c));
}

async function list(c: Context<WebhooksEnv>): Promise<Response> {
  const query = readQuery(c.req.url, WEBHOOK_PARAMETERS.listDeliveries);
  if (!query.ok) return problemResponse(query.error);
  const target = c.req.param("name") ?? "";
  if (!isTarget(c.env, target)) return problemResponse(unknownTarget);
  const endpoints = parseEndpoints(c.env.WEBHOOKS, c.env.WEBHOOKS_LOCAL === "true");
  if (!endpoints.ok)
    return problemResponse({ status: 503, title: "Service Unavailable", detail: endpoints.error });
  const { state, cursor, limit } = query.value;
  const most = limit ?? DEFAULT_LIMIT;
  const dead = state === null ? null : state === "dead";
  const found = (await approvalsObject(c.env, target).deliveries(
    dead,
    cursor,
    most + 1,
  )) as readonly Delivery[];
  const shown = found.slice(0, most);
  const last = shown.at(-1);
  const next = found.length > most && last !== undefined ? writeCursor([last.n]) : null;
  c.header("cache-control", "no-store");
  return c.json({ data: shown.map(present), next_cursor: next });
}

function present(delivery: Delivery): v.InferOutput<typeof DeliveryItem> {
  const { n, url, eventId, type, dead, at, attempts, nextAt, problem } = delivery;
  return {
    id: String(n),
    url: shownUrl(url),
    event_id: eventId,
    type,
    state: dead ? "dead" : "waiting",
    happened_at: new Date(at).toISOString(),
    attempts,
    next_attempt_at: dead ? null : new Date(nextAt).toISOString(),
    problem,
  };
}

/** Whoever has the address of an incoming webhook of Slack's may write there. */
function shownUrl(url: string): string {
  const { origin, hostname } = new URL(url);
  return hostname === "hooks.slack.com" ? `${origin}/…` : url;
}
