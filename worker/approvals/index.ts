// The approvals API: what is held for a person, and the person's decision. Routes only: what becomes of an approval is
// core/approvals, by the object of its target. Mounted at /v1 (worker/index.ts).

import { Hono, type Context, type MiddlewareHandler } from "hono";
import type { Approval, Approver } from "#core/approvals";
import { targetOf } from "../../durable-objects/approvals/index.ts";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { badRequest, readJson, readText } from "../policies/body.ts";
import { isTarget, unknownTarget } from "../policies/targets.ts";
import { notFoundProblem, problemResponse } from "../problem.ts";
import { writeCursor } from "../records/cursor.ts";
import type { Drain } from "../records/drain.ts";
import { DEFAULT_LIMIT } from "../records/parameters.ts";
import { readQuery } from "../records/query.ts";
import { ReviewBody, StatementDecisionBody } from "./items.ts";
import { approvalsObject, listApprovals } from "./listing.ts";
import { APPROVAL_PARAMETERS } from "./parameters.ts";
import { SO_FAR_STATEMENTS, sessionSoFar } from "./session-so-far.ts";
import { isSigned, readSigned, SIGNED_BYTES } from "./signed.ts";
import { objectionProblem, presentApproval, unknownApproval } from "./present.ts";

export interface ApprovalsEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

export interface ApprovalsDeps {
  readonly requireApprover: MiddlewareHandler<ApprovalsEnv>;
  /** Approver, auditor or admin. */
  readonly requireReader: MiddlewareHandler<ApprovalsEnv>;
  /** Asks the session's object to carry what it holds to D1. */
  readonly drain: Drain<Env>;
  readonly now: () => number;
}

type C = Context<ApprovalsEnv>;

export function approvalsApi(deps: ApprovalsDeps): Hono<ApprovalsEnv> {
  const app = new Hono<ApprovalsEnv>();
  app.use("/approvals", noStore);
  app.use("/approvals/*", noStore);
  app.get("/approvals", deps.requireReader, (c) => list(c, deps.now()));
  app.get("/approvals/:approval", deps.requireReader, (c) => read(c, deps.now()));
  app.post(
    "/approvals/:approval/decision",
    (c, next) => (isSigned(c.req.raw) ? decideSigned(c, deps.now()) : next()),
    deps.requireApprover,
    (c) => decide(c, deps.now()),
  );
  app.get("/approvals/:approval/session", deps.requireReader, (c) => soFar(c, deps.drain));
  app.post("/approvals/:approval/review", deps.requireReader, (c) => review(c, deps.now()));
  return app;
}

/** Who asked for what is not for a cache. */
const noStore: MiddlewareHandler<ApprovalsEnv> = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};

async function list(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, APPROVAL_PARAMETERS.listApprovals);
  if (!query.ok) return problemResponse(query.error);
  const { state, target, subject, session_id: sessionId, review: reviewed, cursor, limit } = query.value;
  if (target !== null && !isTarget(c.env, target)) return problemResponse(unknownTarget);
  const before = cursor === null ? null : { createdAt: cursor[0], id: cursor[1] };
  const filter = { state, subject, sessionId, review: reviewed, before, limit: limit ?? DEFAULT_LIMIT };
  const { approvals, more } = await listApprovals(c.env, target, filter);
  const last = approvals.at(-1);
  const next = more && last !== undefined ? writeCursor([last.createdAt, last.id]) : null;
  return c.json({ data: approvals.map((each) => presentApproval(each, now)), next_cursor: next });
}

async function read(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, APPROVAL_PARAMETERS.getApproval);
  if (!query.ok) return problemResponse(query.error);
  const target = targetIn(c);
  if (target === null) return problemResponse(unknownApproval);
  const approval = (await approvalsObject(c.env, target).read(idOf(c))) as Approval | null;
  return approval === null ? problemResponse(unknownApproval) : c.json(presentApproval(approval, now));
}

async function soFar(c: C, drain: Drain<Env>): Promise<Response> {
  const query = readQuery(c.req.url, APPROVAL_PARAMETERS.sessionOfApproval);
  if (!query.ok) return problemResponse(query.error);
  const target = targetIn(c);
  const approval =
    target === null ? null : ((await approvalsObject(c.env, target).read(idOf(c))) as Approval | null);
  if (approval === null) return problemResponse(unknownApproval);
  const found = await sessionSoFar(c.env, approval, query.value.limit ?? SO_FAR_STATEMENTS, drain);
  return found === null
    ? problemResponse(notFoundProblem("the record has nothing of its session yet: ask again"))
    : c.json({ data: found, next_cursor: null });
}

async function decide(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, APPROVAL_PARAMETERS.decideApproval);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, StatementDecisionBody);
  if (!body.ok) return problemResponse(body.error);
  const { verdict, reason = "", break_glass: breaks = false } = body.value;
  const by = callerOf(c);
  if (!breaks) return changed(c, now, (object, id) => object.vote(id, by, { verdict, reason }));
  if (verdict === "deny")
    return problemResponse(badRequest('"break_glass": is for letting it go; a denial is enough by itself'));
  return changed(c, now, (object, id) => object.breakGlass(id, by, reason));
}

async function review(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, APPROVAL_PARAMETERS.reviewApproval);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, ReviewBody);
  if (!body.ok) return problemResponse(body.error);
  const by = callerOf(c);
  const said = body.value;
  return changed(c, now, (object, id) => object.review(id, by, said));
}

function callerOf(c: C): Approver {
  const { issuer, subject, groups } = c.get("principal");
  return { issuer, subject, groups: [...groups] };
}

/** What was signed for another approval is not taken for this one. */
async function decideSigned(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, APPROVAL_PARAMETERS.decideApproval);
  if (!query.ok) return problemResponse(query.error);
  const text = await readText(c.req.raw, SIGNED_BYTES);
  if (!text.ok) return problemResponse(text.error);
  const signed = await readSigned(c.req.raw, text.value, c.env, now);
  if (!signed.ok) return problemResponse(signed.error);
  const { by, of, verdict, reason, once } = signed.value;
  if (of.kind !== "approval" || of.id !== idOf(c))
    return problemResponse(badRequest('"approval_id": has to be the approval of this address'));
  return changed(c, now, (object, id) => object.voteOnce(id, by, { verdict, reason }, once));
}

type ApprovalStub = ReturnType<typeof approvalsObject>;
/** What any of them answers. */
type Answer = Awaited<ReturnType<ApprovalStub["vote"]>>;

async function changed(
  c: C,
  now: number,
  change: (object: ApprovalStub, id: string) => PromiseLike<Answer>,
): Promise<Response> {
  const target = targetIn(c);
  if (target === null) return problemResponse(unknownApproval);
  const done = await change(approvalsObject(c.env, target), idOf(c));
  return done.ok
    ? c.json(presentApproval(done.value as Approval, now))
    : problemResponse(objectionProblem(done.error));
}

function idOf(c: C): string {
  return c.req.param("approval") ?? "";
}

/** Of a target that there is: any other name would wake an object for nothing. */
function targetIn(c: C): string | null {
  const target = targetOf(idOf(c));
  return target !== null && isTarget(c.env, target) ? target : null;
}
