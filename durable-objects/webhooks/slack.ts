// An event as a message for Slack: text that Slack escapes as it asks (&, <, >), within the lengths that its blocks have, with
// buttons where somebody may decide. Pure. What comes of a button is worker/slack.

import type { EventType } from "./config.ts";
import type { WebhookEvent } from "./events.ts";

/** api.slack.com/reference/block-kit/blocks: a section's text has 3,000 characters at most, a header's 150. */
const SECTION_CHARACTERS = 2_900;
const LINE_CHARACTERS = 400;

export const SLACK_APPROVE = "sluice_approve";
export const SLACK_DENY = "sluice_deny";
/** Block and element that hold the reason. */
export const SLACK_REASON = "sluice_reason";

const TITLES = {
  "approval.requested": "Approval asked for",
  "approval.decided": "Approval decided",
  "approval.expired": "Approval expired",
  "approval.break_glass": "Glass broken: let go by one person alone",
  "approval.reviewed": "Broken glass reviewed",
  "approval.review_overdue": "Broken glass waits for a review, overdue",
} as const satisfies Partial<Record<EventType, string>>;

/** Events that can be told in Slack. */
export const SLACK_EVENTS: readonly EventType[] = Object.keys(TITLES) as EventType[];

type Block = Readonly<Record<string, unknown>>;

export function slackBody({ type, data, statement, decides }: WebhookEvent, withStatement: boolean): string {
  const title = TITLES[type as keyof typeof TITLES];
  const lines = [
    `*${title}*: ${line(data["approval_id"] ?? data["grant_id"])}`,
    `State: ${line(data["state"])}`,
    `On: ${line(data["target"])}`,
    `Asked for by: ${line((data["requester"] as { readonly subject: string }).subject)}`,
    `Rule: ${line(data["rule"])}`,
    `Matched: ${line(data["matched"])}`,
    ...(data["grant_id"] === undefined
      ? [`Does: ${line(data["kinds"])} (${line(data["relations"])})`]
      : accessLines(data)),
    `Rows, as PostgreSQL estimates: ${rows(data["estimated_rows"])}`,
    `Rows, counted by a trial run: ${rows(data["counted_rows"])}`,
    `Rows not counted: ${line(data["count_unknown"])}`,
    `Reason: ${line(data["reason"])}`,
    `Its session so far: ${soFar(data["session_so_far"])}`,
  ].filter((each) => !each.endsWith(": "));
  if (data["in_transaction"] === true) lines.push("It waits within a transaction, whose locks wait with it.");
  const votes = data["votes"] as readonly { readonly subject: string; readonly verdict: string }[];
  for (const { subject, verdict } of votes) lines.push(`${line(verdict)} by ${line(subject)}`);
  const review = data["review"] as
    | { readonly state: string; readonly by: { readonly subject: string } | null; readonly note: string }
    | undefined;
  if (review !== undefined && review.by !== null)
    lines.push(`${line(review.state)}, says ${line(review.by.subject)}: ${line(review.note)}`);
  const told = slackText(lines.join("\n"), SECTION_CHARACTERS);
  const shown = withStatement && statement !== null ? statementText(statement) : null;
  const blocks: Block[] = [section(told.text)];
  if (shown !== null) blocks.push(section(`\`\`\`${shown.text}\`\`\``));
  if (decides !== undefined && data["state"] === "pending") {
    const isCut = data["grant_id"] === undefined ? (shown?.isCut ?? true) : told.isCut;
    const whole = !isCut && !decides.elided;
    if (!whole) blocks.push(section("_Not all of it is shown here._"));
    blocks.push(...buttons(decides.id, whole || decides.linksElided));
  }
  return JSON.stringify({ text: slackText(lines.slice(0, 1).join(), SECTION_CHARACTERS).text, blocks });
}

/** What a grant gives, none of it left out: who presses a button goes by it. */
function accessLines(data: WebhookEvent["data"]): readonly string[] {
  const seconds = Number(data["duration_seconds"]);
  return [
    `Asks for: ${plain(data["kinds"])} on ${plain(data["relations"])}`,
    `For: ${seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`} from when it is granted`,
  ];
}

/** Escaped, and no longer than that when it is; cut between characters, never within what stands for one. */
export function slackText(text: string, most: number): { readonly text: string; readonly isCut: boolean } {
  let escaped = "";
  for (const character of text.toWellFormed()) {
    const next = ESCAPES.get(character) ?? character;
    if (escaped.length + next.length >= most) return { text: `${escaped}…`, isCut: true };
    escaped += next;
  }
  return { text: escaped, isCut: false };
}

/** docs.slack.dev/messaging/formatting-message-text: these three, and no others. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
]);

function rows(value: unknown): string {
  return typeof value === "number" ? String(value) : "";
}

function line(value: unknown): string {
  const text = plain(value);
  return text.length > LINE_CHARACTERS ? `${text.slice(0, LINE_CHARACTERS)}…` : text;
}

function soFar(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const { statements, refused, held } = value as Partial<Record<string, unknown>>;
  return `${rows(statements)} statements, ${rows(refused)} refused, ${rows(held)} held`;
}

/** One value on a line of its own, as text: what an agent says begins no other line, and no formatting. */
function plain(value: unknown): string {
  const text = Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : "";
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").replaceAll(/[*_~`]/g, "\u200b$&");
}

function statementText(statement: Readonly<Record<string, unknown>>): ReturnType<typeof slackText> {
  const parameters = (statement["parameters"] as readonly (string | null)[]).map(
    (value, i) => `$${i + 1} = ${value === null ? "NULL" : JSON.stringify(value)}`,
  );
  const text = [String(statement["statement"]), ...parameters].join("\n");
  // Three backticks would end the block that it stands in.
  return slackText(text.replaceAll("`", "\u200b`"), SECTION_CHARACTERS - "``````".length);
}

/** `verbatim`: no links of what only looks like one. */
function section(text: string): Block {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

function buttons(id: string, mayApprove: boolean): readonly Block[] {
  const button = (action: string, style: string, text: string): Block => ({
    type: "button",
    action_id: action,
    style,
    value: id,
    text: { type: "plain_text", text },
  });
  const reason = { type: "plain_text_input", action_id: SLACK_REASON, max_length: 2_000 };
  const label = { type: "plain_text", text: "Reason (of a denial, required)" };
  return [
    { type: "input", block_id: SLACK_REASON, optional: true, label, element: reason },
    {
      type: "actions",
      elements: [
        ...(mayApprove ? [button(SLACK_APPROVE, "primary", "Approve")] : []),
        button(SLACK_DENY, "danger", "Deny"),
      ],
    },
  ];
}
