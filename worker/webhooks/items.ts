// What the webhooks API takes and answers, as schemas, and how a delivery is shown.

import * as v from "valibot";
import { type Delivery, endpointId } from "../../durable-objects/webhooks/index.ts";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));

export const DeliveryItem = v.object({
  id: v.string(),
  url: v.string(),
  endpoint: v.pipe(v.string(), v.description("Names the endpoint, whose address may be a secret")),
  event_id: v.pipe(v.string(), v.description("The header webhook-id")),
  type: v.string(),
  state: v.picklist(["waiting", "dead"]),
  happened_at: time,
  attempts: v.pipe(v.number(), v.integer()),
  next_attempt_at: v.nullable(time),
  problem: v.pipe(v.nullable(v.string()), v.description("Of the last attempt")),
  resent_by: v.pipe(
    v.nullable(v.object({ issuer: v.string(), subject: v.string(), at: time })),
    v.description("Who had it sent again last"),
  ),
});
export type DeliveryItem = v.InferOutput<typeof DeliveryItem>;

export const ResendBody = v.strictObject({
  endpoint: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{16}$/, "give the endpoint as the list of deliveries names it: 16 hexadecimal digits"),
    v.description("As the deliveries call it: all that it never took"),
  ),
});

export const ResentItem = v.object({ resent: v.pipe(v.number(), v.integer(), v.minValue(1)) });
export type ResentItem = v.InferOutput<typeof ResentItem>;

export function presentDelivery(delivery: Delivery): DeliveryItem {
  const { n, url, eventId, type, dead, at, attempts, nextAt, problem, resentBy } = delivery;
  return {
    id: String(n),
    url: shownUrl(url),
    endpoint: endpointId(url),
    event_id: eventId,
    type,
    state: dead ? "dead" : "waiting",
    happened_at: instant(at),
    attempts,
    next_attempt_at: dead ? null : instant(nextAt),
    problem,
    resent_by: resentBy === null ? null : { ...resentBy, at: instant(resentBy.at) },
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Whoever has the address of an incoming webhook of Slack's may write there. */
function shownUrl(url: string): string {
  const { origin, hostname } = new URL(url);
  return hostname === "hooks.slack.com" ? `${origin}/…` : url;
}
