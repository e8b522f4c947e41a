// Messages for Slack: what an agent says is text in them and nothing else, they are as long as Slack takes, and who does not see
// all of a statement is not offered to approve it.

import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { termsWith } from "#core/policy";
import { type Asked, request, wantGrant } from "#core/approvals";
import { parseEndpoints } from "../../../durable-objects/webhooks/config.ts";
import { approvalEvents } from "../../../durable-objects/webhooks/approval-events.ts";
import { grantEvent } from "../../../durable-objects/webhooks/events.ts";
import { slackBody, slackText } from "../../../durable-objects/webhooks/slack.ts";
import { readSignature } from "../../../worker/slack/signature.ts";

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string; readonly verbatim?: boolean };
  readonly elements?: readonly { readonly action_id: string; readonly value: string }[];
}

function blocks(
  shown: Partial<Asked["shown"]>,
  withStatement: boolean,
  linksElided = false,
): readonly Block[] {
  const asked: Asked = {
    target: "demo",
    requester: { issuer: "i", subject: "<!channel> *bot*" },
    sessionId: "s1",
    seq: 1,
    policyVersion: "1",
    terms: termsWith({ linksElided }),
    binding: "b",
    shown: {
      statement: "DELETE FROM orders WHERE a < 1 AND b > 2 /* & ``` <!here> */",
      elided: false,
      parameters: ["x", null],
      kinds: ["delete"],
      relations: ["write public.orders"],
      rule: "r",
      matched: [],
      estimatedRows: 7,
      countedRows: 12,
      inTransaction: false,
      reason: "first\n*State*: approved",
      ...shown,
    },
  };
  const [event] = approvalEvents(request("demo-1", asked, 0), null);
  if (event === undefined) throw new Error("a request is told of");
  return (JSON.parse(slackBody(event, withStatement)) as { readonly blocks: readonly Block[] }).blocks;
}

function actions(of: readonly Block[]): readonly string[] {
  return of.flatMap(({ elements }) => elements ?? []).map(({ action_id: action }) => action);
}

function texts(of: readonly Block[]): string {
  return of.map(({ text }) => text?.text ?? "").join("\n");
}

describe("a request for approval", () => {
  test("mentions nobody, ends no block and begins no line of its own", () => {
    const message = blocks({}, true);
    const text = texts(message);
    expect(text).not.toMatch(/<(?!br)/);
    expect(text).toContain("a &lt; 1 AND b &gt; 2 /* &amp; ");
    expect(text).toContain("&lt;!here&gt;");
    expect(text).toContain("Rows, as PostgreSQL estimates: 7\nRows, counted by a trial run: 12\nReason");
    expect(text.match(/```/g)).toHaveLength(2);
    expect(text).not.toMatch(/^\*State/m);
    expect(message.every((block) => block.text === undefined || block.text.verbatim === true)).toBe(true);
    expect(actions(message)).toEqual(["sluice_approve", "sluice_deny"]);
  });

  test("without its statement has none of it, and is only denied", () => {
    const message = blocks({}, false);
    expect(JSON.stringify(message)).not.toContain("DELETE FROM");
    expect(actions(message)).toEqual(["sluice_deny"]);
    expect(actions(blocks({}, false, true))).toEqual(["sluice_approve", "sluice_deny"]);
  });

  test.each([
    ["of which something is elided", { elided: true }],
    ["that is longer than Slack takes", { statement: "&".repeat(2_000) }],
  ])("%s is only denied, unless its rule lets it", (_, shown) => {
    const message = blocks(shown, true);
    expect(actions(message)).toEqual(["sluice_deny"]);
    expect(actions(blocks(shown, true, true))).toContain("sluice_approve");
    for (const { text } of message) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
  });
});

test("a request for a grant is offered to be approved where all of it is shown, and no line of it is the agent's", () => {
  const of = (relations: readonly string[]): readonly Block[] => {
    const wanted = {
      target: "demo",
      requester: { issuer: "i", subject: "bot" },
      relations,
      kinds: ["select"],
      reason: "first\n*State*: approved",
      durationMs: 90_000,
      terms: termsWith({}),
    };
    const event = grantEvent(wantGrant("demo-1", wanted, false, 0));
    if (event === null) throw new Error("a request is told of");
    return (JSON.parse(slackBody(event, false)) as { readonly blocks: readonly Block[] }).blocks;
  };
  const message = of(["public.a", '"x\n*For*: 1"."<b>"']);
  expect(texts(message)).toContain("For: 90 seconds");
  expect(texts(message)).not.toMatch(/^\*(?:State|For)/m);
  expect(texts(message)).toContain("&lt;b&gt;");
  expect(actions(message)).toEqual(["sluice_approve", "sluice_deny"]);
  expect(actions(of(Array.from({ length: 100 }, (_, i) => `public.${"long".repeat(12)}_${i}`)))).toEqual([
    "sluice_deny",
  ]);
});

test("text is cut between characters, never within what stands for one", () => {
  for (let most = 1; most < 30; most++) {
    const { text, isCut } = slackText("a<b>&😀".repeat(3), most);
    expect(text.length).toBeLessThanOrEqual(most);
    expect(isCut).toBe(text.endsWith("…"));
    expect(text.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
    expect(text.isWellFormed()).toBe(true);
  }
});

test("an endpoint of Slack is told of approvals, and has no secrets and links", () => {
  const of = (more: object): ReturnType<typeof parseEndpoints> =>
    parseEndpoints(
      JSON.stringify([{ kind: "slack", url: "https://hooks.slack.com/services/x", ...more }]),
      false,
    );
  expect(of({})).toMatchObject({
    value: [
      {
        kind: "slack",
        events: [
          "approval.requested",
          "approval.decided",
          "approval.expired",
          "approval.break_glass",
          "approval.reviewed",
          "approval.review_overdue",
        ],
      },
    ],
  });
  expect(of({ events: ["session.started"] }).ok).toBe(false);
  expect(of({ secrets: ["WEBHOOK_SECRET"] }).ok).toBe(false);
  expect(of({ links: { approver: "ada", gateway: "https://a.example" } }).ok).toBe(false);
});

describe("a request of Slack's", () => {
  const NOW_MS = 1_800_000_000_000;
  const sign = (body: string, seconds: number, secret: string): Headers =>
    new Headers({
      "x-slack-request-timestamp": String(seconds),
      "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex")}`,
    });
  const read = (headers: Headers, body = "payload=x", secret: string | null = "s3"): Promise<unknown> =>
    readSignature(headers, body, secret, NOW_MS);
  const seconds = NOW_MS / 1_000;

  test("is believed with its signature, for five minutes", async () => {
    for (const off of [-300, 0, 300])
      expect(await read(sign("payload=x", seconds + off, "s3"))).toMatchObject({
        until: (seconds + off + 600) * 1_000,
      });
    for (const off of [-301, 301]) expect(await read(sign("payload=x", seconds + off, "s3"))).toBeNull();
  });

  test("is not believed with another body, key or time, nor without any", async () => {
    const good = sign("payload=x", seconds, "s3");
    expect(await read(good, "payload=y")).toBeNull();
    expect(await read(sign("payload=x", seconds, "other"))).toBeNull();
    expect(await read(good, "payload=x", null)).toBeNull();
    expect(await read(sign("payload=x", seconds, ""), "payload=x", "")).toBeNull();
    const later = new Headers(good);
    later.set("x-slack-request-timestamp", String(seconds + 1));
    expect(await read(later)).toBeNull();
    for (const signature of ["", "v0=", "v1=00", good.get("x-slack-signature")?.slice(0, -2) ?? ""]) {
      const cut = new Headers(good);
      cut.set("x-slack-signature", signature);
      expect(await read(cut)).toBeNull();
    }
  });
});
