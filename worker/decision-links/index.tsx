// Where a decision link leads: a page that shows what is asked for and asks to confirm. GET decides nothing, since mail scanners and
// previews open links too; the form brings the token back. Works without scripts. Mounted at /approve.

import { type Context, Hono } from "hono";
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type Approval, type Approver, type Grant, mayApproveByLink } from "#core/approvals";
import {
  isLinkToken,
  linkKey,
  parseApprovers,
  readLinkToken,
  type RegisteredApprover,
  targetOf,
} from "../../durable-objects/approvals/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import { objectionProblem, presentApproval } from "../approvals/present.ts";
import { ApprovalCard } from "../console/components/approval.tsx";
import { GrantCard } from "../console/components/grant.tsx";
import { Layout } from "../console/components/layout.tsx";
import { Text } from "../console/components/text.tsx";
import { pageHeaders } from "../console/headers.ts";
import { ProblemBox } from "../console/pages/page.tsx";
import type { Env } from "../env.ts";
import { grantProblem, presentGrant } from "../grants/present.ts";
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

type Asked =
  | { readonly kind: "approval"; readonly approval: Approval }
  | { readonly kind: "grant"; readonly grant: Grant };

interface Opened {
  readonly target: string;
  readonly asked: Asked;
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
  const claims = { id, approver, expiresAt, nonce };
  if (!(await isLinkToken(await linkKey(c.env.SESSION_KEY), token, claims))) return null;
  const key = `link ${nonce}`;
  const object = approvalsObject(c.env, target);
  if (await object.isUsed(key)) return null;
  const asked = await find(object, id);
  if (asked === null) return null;
  return { target, asked, approver, once: { key, until: expiresAt, byLink: true }, token, now };
}

async function find(object: ReturnType<typeof approvalsObject>, id: string): Promise<Asked | null> {
  const approval = (await object.read(id)) as Approval | null;
  if (approval !== null) return { kind: "approval", approval };
  const grant = (await object.readGrant(id)) as Grant | null;
  return grant === null ? null : { kind: "grant", grant };
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
  const { issuer, subject, groups } = opened.approver;
  const { asked, problem } = await vote(c, opened, { issuer, subject, groups }, { verdict, reason });
  if (problem === null) return decidedPage(c, asked, verdict, now);
  return problem.again
    ? confirmPage(c, opened, problem.told, problem.told.status)
    : problemPage(c, problem.told);
}

interface Voted {
  readonly asked: Asked;
  /** `again`: the form may be sent again. */
  readonly problem: { readonly told: Problem; readonly again: boolean } | null;
}

async function vote(
  c: C,
  { target, asked, once }: Opened,
  by: Approver,
  cast: { readonly verdict: "approve" | "deny"; readonly reason: string },
): Promise<Voted> {
  const object = approvalsObject(c.env, target);
  const again = ({ kind }: { readonly kind: string }): boolean =>
    kind === "reason_required" || kind === "elided";
  if (asked.kind === "grant") {
    const voted = await object.voteOnGrantOnce(asked.grant.id, by, cast, once);
    if (voted.ok) return { asked: { kind: "grant", grant: voted.value as Grant }, problem: null };
    return { asked, problem: { told: grantProblem(voted.error), again: again(voted.error) } };
  }
  const voted = await object.voteOnce(asked.approval.id, by, cast, once);
  if (voted.ok) return { asked: { kind: "approval", approval: voted.value as Approval }, problem: null };
  return { asked, problem: { told: objectionProblem(voted.error), again: again(voted.error) } };
}

function confirmPage(c: C, opened: Opened, problem: Problem | null, status: number): Promise<Response> {
  const { asked, approver, token, now } = opened;
  const { id, terms } = asked.kind === "grant" ? asked.grant : asked.approval;
  return page(
    c,
    <Layout title="Decide" at={null} signedIn={null}>
      {problem === null ? null : <ProblemBox problem={problem} />}
      <h1>{asked.kind === "grant" ? "Somebody asks for access" : "A statement waits for you"}</h1>
      <p>
        This link is for <Text value={approver.subject} />, and good for one decision.
      </p>
      <Card asked={asked} now={now}>
        <form method="post" action={`/approve/${id}`} class="row decide">
          <input type="hidden" name="token" value={token} />
          <label class="grow">
            Reason{terms.reasonsRequired ? "" : " (of a denial, required)"}
            <input name="reason" maxlength={MOST_REASON_CHARACTERS} autocomplete="off" />
          </label>
          {asked.kind === "grant" || mayApproveByLink(asked.approval) ? (
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
      </Card>
    </Layout>,
    status,
  );
}

function decidedPage(c: C, asked: Asked, verdict: "approve" | "deny", now: number): Promise<Response> {
  return page(
    c,
    <Layout title="Decided" at={null} signedIn={null}>
      <h1>You have {verdict === "approve" ? "approved" : "denied"} it</h1>
      <Card asked={asked} now={now}>
        <p class="note">Others have to approve it too.</p>
      </Card>
    </Layout>,
    200,
  );
}

/** The children are shown while it is pending. */
function Card({
  asked,
  now,
  children,
}: {
  readonly asked: Asked;
  readonly now: number;
  readonly children: Child;
}): JSX.Element {
  return asked.kind === "grant" ? (
    <GrantCard grant={presentGrant(asked.grant)} form={null} own={false} mayDecide={false} mayRevoke={false}>
      {children}
    </GrantCard>
  ) : (
    <ApprovalCard approval={presentApproval(asked.approval, now)} viewer={null}>
      {children}
    </ApprovalCard>
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
