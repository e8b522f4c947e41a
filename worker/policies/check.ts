// POST /v1/check: the decision on statements, without running them. An agent asks for itself, by the policy in force; an admin
// for any principal, by any document.

import { Hono, type Context } from "hono";
import { compilePolicy, parseDocument, type PolicyDocument, type Principal } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import { policyInForce } from "../../durable-objects/policies/index.ts";
import { problemResponse, type Problem } from "../problem.ts";
import { readQuery } from "../records/query.ts";
import { badRequest, readJson } from "./body.ts";
import { decideText, presentDecided } from "./decide.ts";
import type { PoliciesDeps, PoliciesEnv } from "./env.ts";
import { CheckRequest } from "./items.ts";
import { POLICY_PARAMETERS } from "./parameters.ts";
import { presentDiagnostics } from "./present.ts";
import { databaseProblem, hasFixedRole, isTarget, unknownTarget } from "./targets.ts";

/** What a document that is not in force is called in decisions. */
export const CANDIDATE = "candidate";

type C = Context<PoliciesEnv>;

export function checkApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  return new Hono<PoliciesEnv>().post("/check", deps.requireAgent, (c) => check(c, deps));
}

async function check(c: C, deps: PoliciesDeps): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.checkStatements);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, CheckRequest);
  if (!body.ok) return problemResponse(body.error);
  const { target, statement, statements } = body.value;
  if (!isTarget(c.env, target)) return problemResponse(unknownTarget);
  const asked = principalOf(c, body.value);
  if (!asked.ok) return problemResponse(asked.error);
  const policy = await documentOf(c, body.value, deps);
  if (!policy.ok) return problemResponse(policy.error);

  const compiled = compilePolicy(policy.value.document, policy.value.version, {
    principal: asked.value,
    target,
    fixedRole: hasFixedRole(c.env, target),
  });
  const texts = statements ?? [statement ?? ""];
  const findings = await deps.inspect(c.env, target, (inspection) => inspection.examine(texts));
  if (!findings.ok) return problemResponse(databaseProblem(findings.error));
  const now = deps.now();
  const data = findings.value.map((finding, i) =>
    presentDecided(texts[i] ?? "", finding, decideText(compiled, finding, now), compiled.masks),
  );
  return c.json(statements === undefined ? data[0] : { data });
}

function principalOf(c: C, { document, principal }: CheckRequest): Result<Principal, Problem> {
  const own = c.get("principal");
  if (principal === undefined && document === undefined) return ok(own);
  if (!own.roles.includes("admin")) {
    return err({
      status: 403,
      title: "Forbidden",
      detail:
        "only an admin decides by a document or for a principal of its own: leave `document` and `principal` out",
    });
  }
  if (principal === undefined) return ok(own);
  return ok({
    issuer: principal.issuer ?? own.issuer,
    subject: principal.subject ?? own.subject,
    roles: principal.roles ?? ["agent"],
    groups: principal.groups ?? [],
  });
}

async function documentOf(
  c: C,
  { target, document }: CheckRequest,
  deps: PoliciesDeps,
): Promise<Result<{ readonly document: PolicyDocument; readonly version: string }, Problem>> {
  if (document === undefined) return ok(await policyInForce(c.env, target, deps.now()));
  if (document.trim() === "") return err(badRequest('"document": has to be a policy document'));
  const parsed = parseDocument(document);
  return parsed.ok
    ? ok({ document: parsed.value, version: CANDIDATE })
    : err(presentDiagnostics(parsed.error));
}
