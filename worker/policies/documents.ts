// A target's policy document over HTTP: read it, replace it, list its versions. Written once and never changed: a change is
// a version more. What a document means is core/policy.

import { Hono, type Context } from "hono";
import { parseDocument } from "#core/policy";
import {
  forgetInForce,
  PolicyStore,
  type PolicyVersion,
  type StoredPolicy,
} from "../../durable-objects/policies/index.ts";
import { notFoundProblem, problemResponse } from "../problem.ts";
import { writeCursor } from "../records/cursor.ts";
import { DEFAULT_LIMIT } from "../records/parameters.ts";
import { readQuery } from "../records/query.ts";
import { badRequest, DOCUMENT_BYTES, readText } from "./body.ts";
import { conflict, etag, expectedVersion } from "./etag.ts";
import type { PoliciesDeps, PoliciesEnv } from "./env.ts";
import { POLICY_PARAMETERS } from "./parameters.ts";
import { presentDefault, presentDiagnostics, presentPolicy, presentVersion } from "./present.ts";
import { tellSessions } from "./tell-sessions.ts";

const COMMENT_CHARACTERS = 1_000;
const YAML = "application/yaml; charset=utf-8";

type C = Context<PoliciesEnv>;

export function documentsApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  const app = new Hono<PoliciesEnv>();
  app.get("/targets/:name/policy", deps.requireReader, deps.requireTarget, (c) => current(c));
  app.put("/targets/:name/policy", deps.requireAdmin, deps.requireTarget, (c) => replace(c, deps));
  app.get("/targets/:name/policy/versions", deps.requireReader, deps.requireTarget, (c) => versions(c));
  app.get("/targets/:name/policy/versions/:version", deps.requireReader, deps.requireTarget, (c) =>
    version(c),
  );
  return app;
}

async function current(c: C): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.getPolicy);
  if (!query.ok) return problemResponse(query.error);
  const target = targetOf(c);
  const stored = await new PolicyStore(c.env.LEDGER).current(target);
  if (stored !== null) return show(c, stored);
  const fallback = c.env.DEFAULT_POLICY ?? "";
  if (fallback.trim() === "") {
    return problemResponse(
      notFoundProblem(
        "this target has no policy, so every statement is refused: PUT one with If-None-Match: *",
      ),
    );
  }
  c.header("etag", etag(null));
  c.header("vary", "accept");
  return wantsYaml(c)
    ? c.body(fallback, 200, { "content-type": YAML })
    : c.json(presentDefault(target, fallback));
}

async function version(c: C): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.getPolicyVersion);
  if (!query.ok) return problemResponse(query.error);
  const asked = c.req.param("version") ?? "";
  const known = /^[1-9]\d{0,14}$/.test(asked);
  const stored = known ? await new PolicyStore(c.env.LEDGER).version(targetOf(c), Number(asked)) : null;
  if (stored === null)
    return problemResponse(notFoundProblem("the policy of this target has no such version"));
  return show(c, stored);
}

function show(c: C, stored: StoredPolicy): Response {
  c.header("etag", etag(stored.version));
  c.header("vary", "accept");
  if (wantsYaml(c)) return c.body(stored.document, 200, { "content-type": YAML });
  return c.json(presentPolicy(stored));
}

async function versions(c: C): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.listPolicyVersions);
  if (!query.ok) return problemResponse(query.error);
  const limit = query.value.limit ?? DEFAULT_LIMIT;
  const store = new PolicyStore(c.env.LEDGER);
  const rows = await store.versions(targetOf(c), query.value.cursor, limit + 1);
  const shown: PolicyVersion[] = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor([last.version]) : null;
  return c.json({ data: shown.map(presentVersion), next_cursor: next });
}

async function replace(c: C, deps: PoliciesDeps): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.putPolicy);
  if (!query.ok) return problemResponse(query.error);
  const expected = expectedVersion(c.req.raw.headers);
  if (!expected.ok) return problemResponse(expected.error);
  const comment = query.value.comment ?? c.req.header("sluice-comment") ?? "";
  if (comment.length > COMMENT_CHARACTERS)
    return problemResponse(badRequest(`the comment may have ${String(COMMENT_CHARACTERS)} characters`));
  const document = await readText(c.req.raw, DOCUMENT_BYTES);
  if (!document.ok) return problemResponse(document.error);
  const parsed = parseDocument(document.value);
  if (!parsed.ok) return problemResponse(presentDiagnostics(parsed.error));

  const target = targetOf(c);
  const store = new PolicyStore(c.env.LEDGER);
  const before = (await store.current(target))?.version ?? null;
  if (before !== expected.value) return problemResponse(conflict(before));
  const { issuer, subject } = c.get("principal");
  const policy: StoredPolicy = {
    target,
    version: (before ?? 0) + 1,
    createdAt: deps.now(),
    issuer,
    subject,
    comment,
    document: document.value,
  };
  if (!(await store.add(policy, c.env.SESSION_KEY))) {
    return problemResponse(conflict((await store.current(target))?.version ?? null));
  }
  forgetInForce(target);
  deps.background(c, tellSessions(c.env, target, deps.policyChanged));
  if (deps.stored !== undefined) deps.background(c, deps.stored(c.env, policy));
  c.header("etag", etag(policy.version));
  return c.json(presentVersion(policy), before === null ? 201 : 200);
}

function targetOf(c: C): string {
  return c.req.param("name") ?? "";
}

/** JSON unless YAML is asked for and JSON is not. */
function wantsYaml(c: C): boolean {
  const accept = c.req.header("accept") ?? "";
  return /\b(?:application|text)\/(?:x-)?yaml\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept);
}
