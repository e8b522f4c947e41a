// Where a decision link leads: a page that shows what is asked for and asks to confirm. GET decides nothing, since mail scanners and
// previews open links too; the form brings the token back. Works without scripts. Mounted at /approve.

import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type Approval, mayApproveByLink } from "#core/approvals";
import {
  isLinkToken,
  linkKey,
  parseApprovers,
  readLinkToken,
  type RegisteredApprover,
  targetOf,
} from "../../durable-objects/approvals/index.ts";
import type { ApprovalItem } from "../approvals/items.ts";
import { approvalsObject } from "../approvals/listing.ts";
import { objectionProblem, presentApproval } from "../approvals/present.ts";
import { ApprovalCard } from "../console/components/approval.tsx";
import { Layout } from "../console/components/layout.tsx";
import { Text } from "../console/components/text.tsx";
import { pageHeaders } from "../console/headers.ts";
import { ProblemBox } from "../console/pages/page.tsx";
import type { Env } from "../env.ts";
import { readText } from "../policies/body.ts";
import { isTarget } from "../policies/targets.ts";
import type { Problem } from "../problem.ts";

interface LinksEnv {
  Bindings: Env;
}
type C = Context<LinksEnv>;

/** A token, a verdict and a reason of 2,000 characters, percent-encoded. */
const FORM_BYTES = 32 * 1024;
const MOST_REASON_CHARACTERS = 2_000;

export function decisionLinks(now: () => number): Hono<LinksEnv> {
  const app = new Hono<LinksEnv>();
  app.use("/approve/*", pageHeaders);
  app.get("/approve/:approval", (c) => show(c, now()));
  app.post("/approve/:approval", (c) => decide(c, now()));
  return app;
}

interface Opened {
  readonly target: string;
  readonly approval: Approval;
  readonly approver: RegisteredApprover;
  readonly once: { readonly key: string; readonly until: number; readonly byLink: true };
  readonly token: string;
  readonly now: number;
}

/** null: no link of ours, one that is over or used, or an approver who is none any more; nobody is told which. */
async function open(c: C, token: string, now: number): Promise<Opened | null> {
  const said = readLinkToken(token);
  const id = c.req.param("approval") ?? "";
  const target = targetOf(id);
  if (said === null || now >= said.expiresAt || target === null || !isTarget(c.env, target)) return null;
  const approvers = parseApprovers(c.env.APPROVERS);
  const approver = approvers.ok ? approvers.value.find(({ name }) => name === said.name) : undefined;
  if (approver === undefined) return null;
  const { expiresAt, nonce } = said;
  const claims = { approvalId: id, approver, expiresAt, nonce };
  if (!(await isLinkToken(await linkKey(c.env.SESSION_KEY), token, claims))) return null;
  const key = `link ${nonce}`;
  const object = approvalsObject(c.env, target);
  if (await object.isUsed(key)) return null;
  const approval = (await object.read(id)) as Approval | null;
  if (approval === null) return null;
  return { target, approval, approver, once: { key, until: expiresAt, byLink: true }, token, now };
}

async function show(c: C, now: number): Promise<Response> {
  const opened = await open(c, c.req.query("token") ?? "", now);
  return opened === null ? problemPage(c, NO_LINK) : confirmPage(c, opened, null, 200);
}

async function decide(c: C, now: number): Promise<Response> {
  // The token is a secret that no other page has; the origin keeps one that has leaked from being sent by another's form.
  if (c.req.header("origin") !== new URL(c.req.url).origin) return problemPage(c, NO_FORM);
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header("content-type") ?? ""))
    return problemPage(c, NO_FORM);
  const body = await readText(c.req.raw, FORM_BYTES);
  if (!body.ok) return problemPage(c, body.error);
  const form = new URLSearchParams(body.value);
  const opened = await open(c, form.get("token") ?? "", now);
  if (opened === null) return problemPage(c, NO_LINK);
  const verdict = form.get("verdict");
  const reason = form.get("reason") ?? "";
  if ((verdict !== "approve" && verdict !== "deny") || reason.length > MOST_REASON_CHARACTERS)
    return problemPage(c, NO_FORM);
  const { target, approval, approver, once } = opened;
  const { issuer, subject, groups } = approver;
  const by = { issuer, subject, groups };
  const voted = await approvalsObject(c.env, target).voteOnce(approval.id, by, { verdict, reason }, once);
  if (voted.ok) return decidedPage(c, presentApproval(voted.value as Approval, now), verdict);
  const problem = objectionProblem(voted.error);
  return voted.error.kind === "reason_required" || voted.error.kind === "elided"
    ? confirmPage(c, opened, problem, problem.status)
    : problemPage(c, problem);
}

function confirmPage(c: C, opened: Opened, problem: Problem | null, status: number): Promise<Response> {
  const { approval, approver, token, now } = opened;
  return page(
    c,
    <Layout title="Decide" at={null} signedIn={null}>
      {problem === null ? null : <ProblemBox problem={problem} />}
      <h1>A statement waits for you</h1>
      <p>
        This link is for <Text value={approver.subject} />, and good for one decision.
      </p>
      <ApprovalCard approval={presentApproval(approval, now)} viewer={null}>
        <form method="post" action={`/approve/${approval.id}`} class="row decide">
          <input type="hidden" name="token" value={token} />
          <label class="grow">
            Reason{approval.terms.reasonsRequired ? "" : " (of a denial, required)"}
            <input name="reason" maxlength={MOST_REASON_CHARACTERS} autocomplete="off" />
          </label>
          {mayApproveByLink(approval) ? (
            <button type="submit" name="verdict" value="approve">
              ✓ Approve
            </button>
          ) : (
            <p class="note">Not all of it is shown, so a link can only deny it. Sign in to approve it.</p>
          )}
          <button type="submit" name="verdict" value="deny" class="danger">
            ✕ Deny
          </button>
        </form>
      </ApprovalCard>
    </Layout>,
    status,
  );
}

function decidedPage(c: C, approval: ApprovalItem, verdict: "approve" | "deny"): Promise<Response> {
  return page(
    c,
    <Layout title="Decided" at={null} signedIn={null}>
      <h1>You have {verdict === "approve" ? "approved" : "denied"} it</h1>
      <ApprovalCard approval={approval} viewer={null}>
        <p class="note">Others have to approve it too.</p>
      </ApprovalCard>
    </Layout>,
    200,
  );
}

function problemPage(c: C, problem: Problem): Promise<Response> {
  return page(
    c,
    <Layout title={problem.title} at={null} signedIn={null}>
      <ProblemBox problem={problem} />
    </Layout>,
    problem.status,
  );
}

async function page(c: C, node: JSX.Element, status: number): Promise<Response> {
  return c.html(html`<!doctype html>${node}`, status as ContentfulStatusCode);
}

const NO_LINK: Problem = {
  status: 403,
  title: "This link is good for nothing",
  detail:
    "It is over, has been used, or was never one of this gateway's. Decide by signing in, or wait for another.",
};

const NO_FORM: Problem = {
  status: 400,
  title: "Nothing was decided",
  detail: "This did not come from the form of a link's page. Open the link again and repeat it there.",
};
