// What people press in Slack: a request that Slack signs, of a user whom APPROVERS names. Decides as an approver does, and has Slack
// put what came of it in the place of the message. Mounted at /v1.

import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Approval, Grant } from "#core/approvals";
import { parseApprovers, targetOf } from "../../durable-objects/approvals/index.ts";
import { isLoopback } from "../../durable-objects/targets/index.ts";
import { SLACK_APPROVE, SLACK_DENY, SLACK_REASON, slackText } from "../../durable-objects/webhooks/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import { objectionProblem, unknownApproval } from "../approvals/present.ts";
import type { Env } from "../env.ts";
import { grantProblem } from "../grants/present.ts";
import { badRequest, readText } from "../policies/body.ts";
import { isTarget } from "../policies/targets.ts";
import { problemResponse } from "../problem.ts";
import { readSignature } from "./signature.ts";

interface SlackEnv {
  Bindings: Env;
}
type C = Context<SlackEnv>;

/** Slack sends the message along, percent-encoded. */
const BODY_BYTES = 256 * 1024;
const ANSWER_MS = 10_000;
const MOST_TEXT_CHARACTERS = 2_900;

const Payload = v.object({
  type: v.literal("block_actions"),
  user: v.object({ id: v.string() }),
  actions: v.pipe(
    v.array(v.object({ action_id: v.string(), value: v.optional(v.string()) })),
    v.minLength(1),
  ),
  response_url: v.string(),
  state: v.optional(
    v.object({
      values: v.record(v.string(), v.record(v.string(), v.object({ value: v.nullish(v.string()) }))),
    }),
  ),
});
type Payload = v.InferOutput<typeof Payload>;

export function slackApi(now: () => number): Hono<SlackEnv> {
  return new Hono<SlackEnv>().post("/slack/interactions", (c) => interact(c, now()));
}

async function interact(c: C, now: number): Promise<Response> {
  const body = await readText(c.req.raw, BODY_BYTES);
  if (!body.ok) return problemResponse(body.error);
  const signed = await readSignature(c.req.raw.headers, body.value, c.env.SLACK_SIGNING_SECRET ?? null, now);
  if (signed === null)
    return problemResponse({
      status: 401,
      title: "Unauthorized",
      detail: "the signature or its time is not one that is taken here (SLACK_SIGNING_SECRET)",
    });
  const payload = readPayload(body.value);
  if (payload === null) return problemResponse(badRequest("payload: has to be of a button that was pressed"));
  const [action] = payload.actions;
  const verdict = action === undefined ? undefined : VERDICTS.get(action.action_id);
  // A button of somebody else's in the same app.
  if (action === undefined || verdict === undefined) return c.body(null, 200);
  const { signature, until } = signed;
  const answer = await decide(c.env, payload, action.value ?? "", verdict, {
    key: `slack ${signature}`,
    until,
  });
  c.executionCtx.waitUntil(tell(c.env, payload.response_url, answer));
  return c.body(null, 200);
}

const VERDICTS: ReadonlyMap<string, "approve" | "deny"> = new Map([
  [SLACK_APPROVE, "approve"],
  [SLACK_DENY, "deny"],
]);

interface Answer {
  readonly text: string;
  /** In the place of the message, for all; else beside it, for whoever pressed. */
  readonly replaces: boolean;
}

async function decide(
  env: Env,
  { user, state }: Payload,
  id: string,
  verdict: "approve" | "deny",
  once: { readonly key: string; readonly until: number },
): Promise<Answer> {
  const approvers = parseApprovers(env.APPROVERS);
  const approver = approvers.ok ? approvers.value.find(({ slack }) => slack === user.id) : undefined;
  if (approver === undefined) return only("You are not registered as an approver (APPROVERS).");
  const target = targetOf(id);
  if (target === null || !isTarget(env, target)) return only(unknownApproval.detail);
  const reason = (state?.values[SLACK_REASON]?.[SLACK_REASON]?.value ?? "").slice(0, 2_000);
  const { issuer, subject, groups } = approver;
  const by = { issuer, subject, groups };
  const cast = { verdict, reason };
  const object = approvalsObject(env, target);
  const used = { ...once, byLink: true };
  if ((await object.readGrant(id)) !== null) {
    const voted = await object.voteOnGrantOnce(id, by, cast, used);
    return voted.ok
      ? answerOf(id, voted.value as Grant, { verdict, reason, subject })
      : only(grantProblem(voted.error).detail);
  }
  const voted = await object.voteOnce(id, by, cast, used);
  return voted.ok
    ? answerOf(id, voted.value as Approval, { verdict, reason, subject })
    : only(objectionProblem(voted.error).detail);
}

function answerOf(
  id: string,
  { state }: Pick<Approval | Grant, "state">,
  {
    verdict,
    reason,
    subject,
  }: { readonly verdict: "approve" | "deny"; readonly reason: string; readonly subject: string },
): Answer {
  if (state === "pending") return only("You have approved it; others have to as well.");
  const said = verdict === "approve" ? "approved" : "denied";
  return { text: `${id}: ${said} by ${subject}${reason === "" ? "" : `: ${reason}`}`, replaces: true };
}

function only(text: string): Answer {
  return { text, replaces: false };
}

function readPayload(body: string): Payload | null {
  try {
    const parsed = v.safeParse(Payload, JSON.parse(new URLSearchParams(body).get("payload") ?? ""));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** What was decided stands, whether Slack shows it or not. */
async function tell(env: Env, url: string, { text, replaces }: Answer): Promise<void> {
  if (!isSlack(url, env.WEBHOOKS_LOCAL === "true")) return;
  const shown = slackText(text, MOST_TEXT_CHARACTERS).text;
  const body = replaces
    ? {
        replace_original: true,
        text: shown,
        blocks: [{ type: "section", text: { type: "mrkdwn", text: shown, verbatim: true } }],
      }
    : { replace_original: false, response_type: "ephemeral", text: shown };
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    redirect: "manual",
    signal: AbortSignal.timeout(ANSWER_MS),
  } as const;
  await fetch(url, init).then(
    (response) => response.body?.cancel(),
    () => undefined,
  );
}

/** `local`: this machine will do, for development. */
function isSlack(text: string, local: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (protocol === "https:" && hostname === "hooks.slack.com") || (local && isLoopback(hostname));
}
