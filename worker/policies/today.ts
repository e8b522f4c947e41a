// GET /v1/sessions/{id}/today: which of a session's statements the policy in force would decide otherwise. As replay does it: for the
// principal that sent them and at the times they did, names looked up in the database of today; grants that the session had are
// not. A page of a long session at a time; only what differs is in the answer. It is of a session's record, so for auditors: that
// guard stands before all of /sessions (worker/records).

import { Hono, type Context } from "hono";
import { compilePolicy } from "#core/policy";
import { policyInForce } from "../../durable-objects/policies/index.ts";
import { notFoundProblem, problemResponse } from "../problem.ts";
import { shardOf } from "../records/locate.ts";
import { writeCursor } from "../records/cursor.ts";
import { readQuery } from "../records/query.ts";
import { changeOf, isDecidable } from "./changes.ts";
import { decideText } from "./decide.ts";
import type { PoliciesDeps, PoliciesEnv } from "./env.ts";
import { examineTraffic } from "./examine-traffic.ts";
import type { TodayReport } from "./items.ts";
import { POLICY_PARAMETERS } from "./parameters.ts";
import { databaseProblem, hasFixedRole, isTarget } from "./targets.ts";
import { sessionTraffic } from "./traffic.ts";

const DEFAULT_STATEMENTS = 2_000;
const SESSION_ID = /^[0-9a-f]{32}$/;

const unknownSession = notFoundProblem("there is no session of this id");

export function todayApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  return new Hono<PoliciesEnv>().get("/sessions/:id/today", deps.requireReader, (c) => today(c, deps));
}

async function today(c: Context<PoliciesEnv>, deps: PoliciesDeps): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.decideToday);
  if (!query.ok) return problemResponse(query.error);
  const id = c.req.param("id") ?? "";
  const shard = SESSION_ID.test(id) ? await shardOf(c.env, id) : null;
  const session = shard === null ? null : await sessionTraffic(shard, id);
  if (session === null) return problemResponse(unknownSession);
  const { target, principal } = session;
  if (!isTarget(c.env, target))
    return problemResponse(notFoundProblem("the session's target is not configured any more"));
  const { cursor, limit } = query.value;
  const page = await session.page(cursor ?? 0, limit ?? DEFAULT_STATEMENTS);
  const { document, version } = await policyInForce(c.env, target, deps.now());
  const findings = await deps.inspect(c.env, target, (inspection) =>
    examineTraffic(inspection, page.statements),
  );
  if (!findings.ok) return problemResponse(databaseProblem(findings.error));
  const fixedRole = hasFixedRole(c.env, target);
  const policy = compilePolicy(document, version, { principal, target, fixedRole });
  const report: TodayReport = {
    policy_version: version,
    statements: page.statements.length,
    data: [],
    next_cursor: page.next === null ? null : writeCursor([page.next]),
  };
  for (const { seq, text, effect, startedAt } of page.statements) {
    const finding = findings.value.get(text ?? "") ?? null;
    const decided =
      finding === null || !isDecidable(finding) ? null : decideText(policy, finding, startedAt).decision;
    const change = decided === null ? "not_decidable" : changeOf(effect, decided.effect);
    if (change === "unchanged") continue;
    report.data.push({ seq, change, effect: decided?.effect ?? null, rule: decided?.rule ?? null });
  }
  c.header("cache-control", "no-store");
  return c.json(report);
}
