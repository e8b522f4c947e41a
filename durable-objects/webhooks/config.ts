// Reads the var WEBHOOKS: to whom which events are told. A mistake in it is said to whoever asks for deliveries, and tells
// nobody anything.

import * as v from "valibot";
import { base64Decode, hexEncode, sha256, utf8Encode } from "#core/bytes";
import { err, ok, type Result } from "../../core/result.ts";
import { readJsonVar } from "../json-var.ts";
import { ApproverName } from "../approvals/approvers.ts";
import { SLACK_EVENTS } from "./slack.ts";
import { addressProblem } from "./address.ts";

export const EVENT_TYPES = [
  "approval.requested",
  "approval.decided",
  "approval.expired",
  "approval.break_glass",
  "approval.reviewed",
  "approval.review_overdue",
  "session.started",
  "session.ended",
  "statement.denied",
  "limit.exceeded",
  "policy.changed",
  "record.broken",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface Endpoint {
  /** `slack`: an incoming webhook of Slack, which gets messages with buttons in place of signed events. */
  readonly kind: "standard" | "slack";
  readonly url: string;
  /** Names of the secrets that hold its keys, the newest first; all of them sign. */
  readonly secrets: readonly string[];
  readonly events: readonly EventType[];
  /** null: of every target. */
  readonly targets: readonly string[] | null;
  /** It gets the texts of statements as approvers see them. */
  readonly statements: boolean;
  /** Requests for approval come to it with a link for this approver (approvals/decision-link.ts); null: without. */
  readonly links: { readonly approver: string; readonly gateway: string } | null;
}

const Name = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/));
const Entries = v.pipe(
  v.array(
    v.strictObject({
      kind: v.optional(v.picklist(["standard", "slack"]), "standard"),
      url: v.pipe(v.string(), v.maxLength(2_000)),
      secrets: v.optional(v.pipe(v.array(Name), v.minLength(1), v.maxLength(5))),
      events: v.optional(v.pipe(v.array(v.picklist(EVENT_TYPES)), v.minLength(1))),
      targets: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
      statements: v.optional(v.boolean()),
      links: v.optional(v.strictObject({ approver: ApproverName, gateway: v.string() })),
    }),
  ),
  v.maxLength(20),
);

const SHAPE = `WEBHOOKS: write a list of {"kind": "standard", "url": "https://…", "secrets": ["NAME"], "events": ["approval.requested"], "targets": ["…"], "statements": false, "links": {"approver": "NAME", "gateway": "https://…"}}; events are ${EVENT_TYPES.join(", ")}`;

/** `local`: endpoints on this machine will do. */
export function parseEndpoints(
  json: string | undefined,
  local: boolean,
): Result<readonly Endpoint[], string> {
  const read = readJsonVar(json, Entries, SHAPE);
  if (!read.ok) return read;
  const endpoints: Endpoint[] = [];
  for (const [i, entry] of (read.value ?? []).entries()) {
    const problem = addressProblem(entry.url, local);
    if (problem !== null) return err(`WEBHOOKS: the url of entry ${i + 1} ${problem}`);
    if (endpoints.some(({ url }) => url === entry.url))
      return err(`WEBHOOKS: entry ${i + 1} has the url of another`);
    if (entry.links !== undefined && !isOrigin(entry.links.gateway, local))
      return err(
        `WEBHOOKS: links of entry ${i + 1}: "gateway" has to be this gateway's https origin, without a path`,
      );
    const slack = entry.kind === "slack";
    if (slack && (entry.links !== undefined || entry.secrets !== undefined))
      return err(`WEBHOOKS: entry ${i + 1} is of Slack: leave secrets and links out`);
    const untold = slack ? entry.events?.find((event) => !SLACK_EVENTS.includes(event)) : undefined;
    if (untold !== undefined)
      return err(`WEBHOOKS: entry ${i + 1} is of Slack, which is not told of ${untold}`);
    endpoints.push({
      kind: entry.kind,
      url: entry.url,
      secrets: entry.secrets ?? ["WEBHOOK_SECRET"],
      events: entry.events ?? (slack ? SLACK_EVENTS : EVENT_TYPES),
      targets: entry.targets ?? null,
      statements: entry.statements ?? false,
      links: entry.links ?? null,
    });
  }
  return ok(endpoints);
}

/** Of this gateway: its name may well be one of a private network. */
function isOrigin(text: string, local: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && (protocol === "https:" || (local && protocol === "http:"));
}

/** What an endpoint is called where its address may be a secret, as one of Slack's is. */
export function endpointId(url: string): string {
  return hexEncode(sha256(utf8Encode(url))).slice(0, 16);
}

/** `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks, "Signature scheme"). */
export function parseKey(secret: string): Uint8Array | null {
  const bytes = base64Decode(secret.replace(/^whsec_/, ""));
  return bytes !== null && bytes.length >= 24 && bytes.length <= 64 ? bytes : null;
}
