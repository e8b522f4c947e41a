// Webhooks as the API meets them: what is still to be told or was given up, and sending that again, for an admin.
// Routes only: what is sent when is the outbox's, in the object of the target.

import { Hono, type Context, type MiddlewareHandler } from "hono";
import {
  type Delivery,
  parseEndpoints,
  type ResendChoice,
  type Resent,
} from "../../durable-objects/webhooks/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { readJson } from "../policies/body.ts";
import { isTarget, unknownTarget } from "../policies/targets.ts";
import { notFoundProblem, problemResponse } from "../problem.ts";
import { writeCursor } from "../records/cursor.ts";
import { readQuery } from "../records/query.ts";
import { presentDelivery, ResendBody, type ResentItem } from "./items.ts";
import { WEBHOOK_PARAMETERS } from "./operations.ts";

export type { DeliveryItem, ResentItem } from "./items.ts";
export {
  WEBHOOK_OPERATIONS,
  WEBHOOK_PARAMETERS,
  WEBHOOK_SCHEMAS,
  type WebhookOperationId,
} from "./operations.ts";

interface WebhooksEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

type C = Context<WebhooksEnv>;

const DEFAULT_LIMIT = 50;

export function webhooksApi(requireAdmin: MiddlewareHandler<WebhooksEnv>): Hono<WebhooksEnv> {
  return new Hono<WebhooksEnv>()
    .get("/targets/:name/webhooks/deliveries", requireAdmin, (c) => list(c))
    .post("/targets/:name/webhooks/deliveries/:delivery/resend", requireAdmin, (c) => resendOne(c))
    .post("/targets/:name/webhooks/resend", requireAdmin, (c) => resendDead(c));
}

async function list(c: C): Promise<Response> {
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
  return c.json({ data: shown.map(presentDelivery), next_cursor: next });
}

async function resendOne(c: C): Promise<Response> {
  const query = readQuery(c.req.url, WEBHOOK_PARAMETERS.resendDelivery);
  if (!query.ok) return problemResponse(query.error);
  const id = c.req.param("delivery") ?? "";
  const n = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : null;
  return n === null ? problemResponse(unknownDelivery) : resend(c, { n });
}

async function resendDead(c: C): Promise<Response> {
  const query = readQuery(c.req.url, WEBHOOK_PARAMETERS.resendDead);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, ResendBody);
  return body.ok ? resend(c, body.value) : problemResponse(body.error);
}

async function resend(c: C, which: ResendChoice): Promise<Response> {
  const target = c.req.param("name") ?? "";
  if (!isTarget(c.env, target)) return problemResponse(unknownTarget);
  const { issuer, subject } = c.get("principal");
  const resent = (await approvalsObject(c.env, target).resend(target, which, { issuer, subject })) as Resent;
  c.header("cache-control", "no-store");
  switch (resent.kind) {
    case "resent":
      return c.json({ resent: resent.eventIds.length } satisfies ResentItem);
    case "missing":
      return problemResponse("n" in which ? unknownDelivery : nothingDead);
    case "waiting":
      return problemResponse({ status: 409, title: "Conflict", detail: "it is on its way already" });
  }
}

const unknownDelivery = notFoundProblem("there is no delivery of this id; what was taken is not kept");
const nothingDead = notFoundProblem("this endpoint has nothing that was given up");
