// The grants API: asking for access for a while, deciding on it, ending it. Routes only: what becomes of a grant is
// core/approvals, by the object of its target. Mounted at /v1 (worker/index.ts).

import { Hono, type Context, type MiddlewareHandler } from "hono";
import type * as v from "valibot";
import type { Grant, Less } from "#core/approvals";
import { grantable, grantTerms, parseDuration, type Principal } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import { targetOf } from "../../durable-objects/approvals/index.ts";
import { policyInForce } from "../../durable-objects/policies/index.ts";
import { parseTargets } from "../../durable-objects/targets/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import { isSigned, readSigned, SIGNED_BYTES } from "../approvals/signed.ts";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import { historyOf } from "../log/history.ts";
import { recordLog, waitingIn } from "../log/index.ts";
import { badRequest, readJson, readText } from "../policies/body.ts";
import { isTarget, unknownTarget } from "../policies/targets.ts";
import { problemResponse, type Problem } from "../problem.ts";
import { writeCursor } from "../records/cursor.ts";
import { DEFAULT_LIMIT } from "../records/parameters.ts";
import { readQuery } from "../records/query.ts";
import { GrantBody, GrantDecisionBody } from "./items.ts";
import { readLimits } from "./limits.ts";
import { GRANT_PARAMETERS } from "./parameters.ts";
import { grantProblem, presentGrant, unknownGrant } from "./present.ts";

interface GrantsEnv {
  Bindings: Env;
  Variables: AuthVariables;
}

type Guard = MiddlewareHandler<GrantsEnv>;

export interface GrantsDeps {
  readonly requireAgent: Guard;
  readonly requireApprover: Guard;
  /** Agent, approver or admin. */
  readonly requireParty: Guard;
  /** Those, and auditor. */
  readonly requireReader: Guard;
  readonly now: () => number;
}

type C = Context<GrantsEnv>;

export function grantsApi(deps: GrantsDeps): Hono<GrantsEnv> {
  const app = new Hono<GrantsEnv>();
  app.use("/grants", noStore);
  app.use("/grants/*", noStore);
  app.post("/grants", deps.requireAgent, (c) => ask(c, deps.now()));
  app.get("/grants", deps.requireReader, (c) => list(c));
  app.get("/grants/:grant", deps.requireReader, (c) => read(c));
  app.get("/grants/:grant/history", deps.requireReader, (c) => history(c));
  app.post(
    "/grants/:grant/decision",
    (c, next) => (isSigned(c.req.raw) ? decideSigned(c, deps.now()) : next()),
    deps.requireApprover,
    (c) => decide(c),
  );
  app.delete("/grants/:grant", deps.requireParty, (c) => revoke(c));
  return app;
}

const noStore: Guard = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};

async function ask(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.askForGrant);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, GrantBody);
  if (!body.ok) return problemResponse(body.error);
  const { target, relations, kinds = ["select"], duration, limits = {}, reason } = body.value;
  if (!isTarget(c.env, target)) return problemResponse(unknownTarget);
  const durationMs = parseDuration(duration);
  if (!durationMs.ok) return problemResponse(badRequest(`"duration": ${durationMs.error}`));
  const said = readLimits(limits);
  if (!said.ok) return problemResponse(badRequest(said.error));
  const principal = c.get("principal");
  const { document } = await policyInForce(c.env, target, now);
  const terms = grantTerms(document, { principal, target });
  if (terms === null)
    return problemResponse(unprocessable("the policy of this target lets nothing be asked for (grants)"));
  const wish = grantable(terms, { relations, kinds, durationMs: durationMs.value, limits: said.value });
  if (!wish.ok) return problemResponse(unprocessable(wish.error));
  const { issuer, subject } = principal;
  const wanted = {
    target,
    requester: { issuer, subject },
    relations,
    kinds: wish.value.kinds,
    reason,
    durationMs: durationMs.value,
    limits: wish.value.limits,
    terms: terms.approval,
  };
  const made = await approvalsObject(c.env, target).wantGrant(wanted, wish.value.auto);
  if (!made.ok)
    return problemResponse({
      status: 429,
      title: "Too Many Requests",
      detail: "too many of your grants are open: wait until some are decided, or give some back",
    });
  return c.json(presentGrant(made.value as Grant));
}

async function list(c: C): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.listGrants);
  if (!query.ok) return problemResponse(query.error);
  const { state, target, subject, cursor, limit } = query.value;
  if (target !== null && !isTarget(c.env, target)) return problemResponse(unknownTarget);
  const principal = c.get("principal");
  const own = seesOwnAlone(principal);
  const before = cursor === null ? null : { createdAt: cursor[0], id: cursor[1] };
  const most = limit ?? DEFAULT_LIMIT;
  const filter = {
    state,
    issuer: own ? principal.issuer : null,
    subject: own ? principal.subject : subject,
    before,
    limit: most + 1,
  };
  const targets = parseTargets(c.env.TARGETS);
  const names = target !== null ? [target] : targets.ok ? [...targets.value.keys()] : [];
  const pages = await Promise.all(names.map((name) => approvalsObject(c.env, name).listGrants(filter)));
  const found = (pages.flat() as Grant[]).toSorted(
    (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1),
  );
  const shown = found.slice(0, most);
  const last = shown.at(-1);
  const next = found.length > most && last !== undefined ? writeCursor([last.createdAt, last.id]) : null;
  return c.json({ data: shown.map(presentGrant), next_cursor: next });
}

async function read(c: C): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.getGrant);
  if (!query.ok) return problemResponse(query.error);
  const grant = await find(c);
  return grant === null ? problemResponse(unknownGrant) : c.json(presentGrant(grant));
}

/** What the log has of it. */
async function history(c: C): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.getGrantHistory);
  if (!query.ok) return problemResponse(query.error);
  const grant = await find(c);
  if (grant === null) return problemResponse(unknownGrant);
  const of = {
    subject: grant.id,
    types: ["sluice.grant/1"] as const,
    waiting: () => waitingIn(c.env, grant.target, grant.id),
  };
  return c.json(await historyOf(recordLog(c.env), of, query.value));
}

async function decide(c: C): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.decideGrant);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, GrantDecisionBody);
  if (!body.ok) return problemResponse(body.error);
  const grant = await find(c);
  if (grant === null) return problemResponse(unknownGrant);
  const { issuer, subject, groups } = c.get("principal");
  const { verdict, reason = "" } = body.value;
  const less = lessOf(body.value);
  if (!less.ok) return problemResponse(badRequest(less.error));
  const by = { issuer, subject, groups: [...groups] };
  const cast = { verdict, reason };
  const voted = await approvalsObject(c.env, grant.target).voteOnGrant(grant.id, by, cast, less.value);
  return voted.ok ? c.json(presentGrant(voted.value as Grant)) : problemResponse(grantProblem(voted.error));
}

function lessOf({
  verdict,
  duration,
  relations,
  limits,
}: v.InferOutput<typeof GrantDecisionBody>): Result<Less | null, string> {
  if (duration === undefined && relations === undefined && limits === undefined) return ok(null);
  if (verdict === "deny") return err("a denial gives nothing: leave duration, relations and limits out");
  const durationMs = duration === undefined ? ok(null) : parseDuration(duration);
  if (!durationMs.ok) return err(`"duration": ${durationMs.error}`);
  const said = readLimits(limits ?? {});
  if (!said.ok) return said;
  return ok({ relations: relations ?? null, durationMs: durationMs.value, limits: said.value });
}

/** What was signed for another is not taken for this one. */
async function decideSigned(c: C, now: number): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.decideGrant);
  if (!query.ok) return problemResponse(query.error);
  const text = await readText(c.req.raw, SIGNED_BYTES);
  if (!text.ok) return problemResponse(text.error);
  const signed = await readSigned(c.req.raw, text.value, c.env, now);
  if (!signed.ok) return problemResponse(signed.error);
  const { by, of, verdict, reason, once } = signed.value;
  const id = c.req.param("grant") ?? "";
  const target = targetOf(id);
  if (target === null || !isTarget(c.env, target)) return problemResponse(unknownGrant);
  if (of.kind !== "grant" || of.id !== id)
    return problemResponse(badRequest('"grant_id": has to be the grant of this address'));
  const voted = await approvalsObject(c.env, target).voteOnGrantOnce(id, by, { verdict, reason }, once);
  return voted.ok ? c.json(presentGrant(voted.value as Grant)) : problemResponse(grantProblem(voted.error));
}

async function revoke(c: C): Promise<Response> {
  const query = readQuery(c.req.url, GRANT_PARAMETERS.revokeGrant);
  if (!query.ok) return problemResponse(query.error);
  const grant = await find(c);
  if (grant === null) return problemResponse(unknownGrant);
  const principal = c.get("principal");
  if (!isOwn(grant, principal) && !principal.roles.some((role) => role === "approver" || role === "admin"))
    return problemResponse(NOT_YOURS);
  const { issuer, subject } = principal;
  const by = { issuer, subject, reason: query.value.reason ?? "" };
  const revoked = await approvalsObject(c.env, grant.target).revokeGrant(grant.id, by);
  return revoked.ok
    ? c.json(presentGrant(revoked.value as Grant))
    : problemResponse(grantProblem(revoked.error));
}

/** null also where it is somebody else's, and only their own are the caller's to see. */
async function find(c: C): Promise<Grant | null> {
  const id = c.req.param("grant") ?? "";
  const target = targetOf(id);
  if (target === null || !isTarget(c.env, target)) return null;
  const grant = (await approvalsObject(c.env, target).readGrant(id)) as Grant | null;
  const principal = c.get("principal");
  return grant === null || isOwn(grant, principal) || !seesOwnAlone(principal) ? grant : null;
}

function isOwn({ requester }: Grant, { issuer, subject }: Principal): boolean {
  return requester.issuer === issuer && requester.subject === subject;
}

/** Who may see it need not be who may end it: an auditor who has an agent's role as well. */
const NOT_YOURS: Problem = {
  status: 403,
  title: "Forbidden",
  detail: "only whoever asked for it, an approver or an admin ends it",
};

function seesOwnAlone({ roles }: Principal): boolean {
  return !roles.some((role) => role !== "agent");
}

function unprocessable(detail: string): Problem {
  return { status: 422, title: "Unprocessable Content", detail };
}
