// The webhooks API in the OpenAPI document: its parameters, operations and schemas, in the terms of worker/openapi.ts.

import { json, list, ref, type Operation } from "../openapi-operation.ts";
import { numberCursor } from "../records/cursor.ts";
import { integer, oneOf, type Parameters } from "../records/query.ts";
import { DeliveryItem, ResendBody, ResentItem } from "./items.ts";

export const WEBHOOK_PARAMETERS = {
  listDeliveries: {
    state: oneOf("Still to be told, or given up.", ["waiting", "dead"]),
    cursor: numberCursor,
    limit: integer("Items a page; 50 unless told.", 1, 200),
  },
  resendDelivery: {},
  resendDead: {},
} as const satisfies Record<string, Parameters>;

export type WebhookOperationId = keyof typeof WEBHOOK_PARAMETERS;

export const WEBHOOK_SCHEMAS = {
  WebhookDelivery: DeliveryItem,
  WebhookResend: ResendBody,
  WebhookResent: ResentItem,
};

export const WEBHOOK_OPERATIONS = {
  listDeliveries: {
    path: "/targets/{name}/webhooks/deliveries",
    summary: `Events of a target that an endpoint has not taken, newest first
What is given up after three days, or was refused with 410, is \`dead\`, and kept for 30 days. 503 where the var WEBHOOKS cannot be understood.`,
    gives: list("WebhookDelivery"),
    problems: [400, 404, 503],
    role: "admin",
  },
  resendDelivery: {
    method: "post",
    path: "/targets/{name}/webhooks/deliveries/{delivery}/resend",
    summary: `Send a given-up event once more, under the same webhook-id
One attempt, at once; where it is not taken it is given up again. 409 where it is on its way. What was taken is not kept: 404.
The log says who did it.`,
    gives: json(ref("WebhookResent")),
    problems: [400, 404, 409],
    role: "admin",
  },
  resendDead: {
    method: "post",
    path: "/targets/{name}/webhooks/resend",
    summary: `Send all that an endpoint never took once more, the oldest first
Where it does not answer, or with 5xx or 429, what is left is given up again.`,
    takes: json(ref("WebhookResend")),
    gives: json(ref("WebhookResent")),
    problems: [400, 404, 413],
    role: "admin",
  },
} as const satisfies Record<WebhookOperationId, Operation>;
