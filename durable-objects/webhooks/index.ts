// The door of the room: events in, signed requests out.

export { type Endpoint, endpointId, parseEndpoints, parseKey } from "./config.ts";
export { approvalEvents } from "./approval-events.ts";
export {
  brokenEvent,
  grantEvent,
  type ChangedPolicy,
  policyEvent,
  sessionEvents,
  type WebhookEvent,
} from "./events.ts";
export { type Backlog, type Delivery, type ResendChoice, type Resent, WebhookOutbox } from "./outbox.ts";
export { SLACK_APPROVE, SLACK_DENY, SLACK_REASON, slackText } from "./slack.ts";
export { WebhookSender } from "./sender.ts";
