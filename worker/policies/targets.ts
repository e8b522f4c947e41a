// Targets as the policy API meets them: does it exist, and what does its database say. The connection is the Worker's own,
// with the target's credential, for the time of one request.

import { connect } from "cloudflare:sockets";
import type { MiddlewareHandler } from "hono";
import type { Result } from "../../core/result.ts";
import type { Refusal } from "../../durable-objects/connection.ts";
import { sharedGrammar } from "../../durable-objects/grammar.ts";
import { inspect, type Inspection } from "../../durable-objects/inspection/index.ts";
import { parseLimits } from "../../durable-objects/limits.ts";
import { createDialler } from "../../durable-objects/session/index.ts";
import { parseTargets, resolveTarget } from "../../durable-objects/targets/index.ts";
import type { Env } from "../env.ts";
import { notFoundProblem, problemResponse, type Problem } from "../problem.ts";
import type { Inspect, PoliciesEnv } from "./env.ts";

export function isTarget(env: Pick<Env, "TARGETS">, name: string): boolean {
  const targets = parseTargets(env.TARGETS);
  return targets.ok && targets.value.has(name);
}

/** Its sessions keep the database role that they begin with, so a decision is not the document's alone. */
export function hasFixedRole(env: Pick<Env, "TARGETS">, name: string): boolean {
  const targets = parseTargets(env.TARGETS);
  return targets.ok && targets.value.get(name)?.identity.kind === "role";
}

export const unknownTarget: Problem = notFoundProblem("there is no such target; the var TARGETS names them");

export const requireTarget: MiddlewareHandler<PoliciesEnv> = async (c, next) =>
  isTarget(c.env, c.req.param("name") ?? "") ? next() : problemResponse(unknownTarget);

export const inspectTarget: Inspect = async <T>(
  env: Env,
  target: string,
  use: (inspection: Inspection) => Promise<Result<T, Refusal>>,
) => {
  const address = resolveTarget(env.TARGETS, target, (name) => {
    // Secrets are named by the configuration, so the environment's type does not know them.
    const value: unknown = Reflect.get(env, name);
    return typeof value === "string" ? value : null;
  });
  if (!address.ok) return address;
  const limits = parseLimits(env.LIMITS);
  if (!limits.ok) return { ok: false, error: { sqlstate: "F0000", message: limits.error, hint: "" } };
  const parts = {
    dialler: createDialler(connect, limits.value),
    address: address.value,
    grammar: sharedGrammar(),
    now: () => Date.now(),
  };
  return inspect(parts, use);
};

/** The database could not be asked. */
export function databaseProblem({ message, hint, sqlstate }: Refusal): Problem {
  const busy = sqlstate === "53300";
  return {
    status: busy ? 503 : 502,
    title: busy ? "Service Unavailable" : "Bad Gateway",
    detail: hint === "" ? message : `${message}. ${hint}`,
    more: { sqlstate },
  };
}
