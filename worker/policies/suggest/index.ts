// POST /v1/targets/{name}/policy/suggest: a least-privilege document from recorded traffic, tried on that same traffic
// before it is given out.

import { Hono, type Context } from "hono";
import { compilePolicy, parseDocument } from "#core/policy";
import type { StatementFacts } from "#core/sql";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Refusal } from "../../../durable-objects/connection.ts";
import type { Inspection } from "../../../durable-objects/inspection/index.ts";
import { problemResponse } from "../../problem.ts";
import { readQuery } from "../../records/query.ts";
import { wholeRecord } from "../../records/shards.ts";
import { readJson } from "../body.ts";
import { CANDIDATE } from "../check.ts";
import { decideText } from "../decide.ts";
import type { PoliciesDeps, PoliciesEnv } from "../env.ts";
import { examineTraffic } from "../examine-traffic.ts";
import { SuggestRequest, type Suggestion } from "../items.ts";
import { POLICY_PARAMETERS } from "../parameters.ts";
import { databaseProblem } from "../targets.ts";
import { Traffic, type Period, type TrafficCursor } from "../traffic.ts";
import { addNeeds, noNeeds, type Needs } from "./needs.ts";
import { writeDocument, type Source } from "./write.ts";

/** What one request reads, and what an isolate holds of it. */
const MOST_STATEMENTS = 20_000;
const PAGE_STATEMENTS = 1_000;

export function suggestApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  return new Hono<PoliciesEnv>().post(
    "/targets/:name/policy/suggest",
    deps.requireAdmin,
    deps.requireTarget,
    (c) => suggest(c, deps),
  );
}

async function suggest(c: Context<PoliciesEnv>, deps: PoliciesDeps): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.suggestPolicy);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, SuggestRequest);
  if (!body.ok) return problemResponse(body.error);
  const { from, to, subject = null } = body.value;
  const target = c.req.param("name") ?? "";
  const period = { target, from: Date.parse(from), to: Date.parse(to), subject };
  const all = await wholeRecord(c.env);
  const gathered = await deps.inspect(c.env, target, (inspection) =>
    gather(new Traffic(all), inspection, period),
  );
  if (!gathered.ok) return problemResponse(databaseProblem(gathered.error));
  const { ran, notDecidable, complete } = gathered.value;
  const statements = ran.reduce((sum, { times }) => sum + times, 0);
  const source = {
    target,
    from,
    to,
    subject,
    statements,
    notDecidable,
    complete,
    refused: new Map<string, number>(),
  };
  const suggestion: Suggestion = {
    document: tried(ran, source),
    statements,
    not_decidable: notDecidable,
    complete,
  };
  return c.json(suggestion);
}

/** A text that ran, and how often. */
interface Ran {
  readonly statements: readonly StatementFacts[];
  readonly at: number;
  times: number;
}

interface Gathered {
  readonly ran: readonly Ran[];
  readonly notDecidable: number;
  readonly complete: boolean;
}

async function gather(
  traffic: Traffic,
  inspection: Inspection,
  period: Period,
): Promise<Result<Gathered, Refusal>> {
  const ran = new Map<string, Ran>();
  let notDecidable = 0;
  let read = 0;
  let after: TrafficCursor | null = null;
  do {
    const page = await traffic.page(period, after, PAGE_STATEMENTS);
    // What was refused, held or failed is no reason to allow anything.
    const done = page.statements.filter(
      ({ effect, state }) =>
        (effect === "allow" || effect === "observe") && (state === "completed" || state === "suspended"),
    );
    const findings = await examineTraffic(inspection, done);
    if (!findings.ok) return err(findings.error);
    for (const { text, startedAt } of done) {
      const finding = findings.value.get(text ?? "");
      const known = ran.get(text ?? "");
      if (known !== undefined) known.times++;
      else if (
        finding?.kind === "statements" &&
        finding.statements.every(({ unknown }) => unknown.length === 0)
      )
        ran.set(text ?? "", { statements: finding.statements, at: startedAt, times: 1 });
      else notDecidable++;
    }
    read += page.statements.length;
    after = page.next;
  } while (after !== null && read < MOST_STATEMENTS);
  return ok({ ran: [...ran.values()], notDecidable, complete: after === null });
}

/** Written, tried on the traffic, written again with what was missing. */
function tried(ran: readonly Ran[], source: Source): string {
  const nothing = new Set<Ran>();
  const first = writeDocument(needsOf(ran, nothing), source);
  const missing = refusedBy(first, ran, source.target);
  if (missing.length === 0) return first;
  const needs = needsOf(ran, new Set(missing.map(({ each }) => each)));
  const refused = new Map<string, number>();
  for (const { each, rule } of refusedBy(writeDocument(needs, source), ran, source.target)) {
    refused.set(rule, (refused.get(rule) ?? 0) + each.times);
  }
  return writeDocument(needs, { ...source, refused });
}

function needsOf(ran: readonly Ran[], whole: ReadonlySet<Ran>): Needs {
  const needs = noNeeds();
  for (const each of ran) {
    for (const facts of each.statements) addNeeds(needs, facts, each.times, whole.has(each));
  }
  return needs;
}

/** Those that would not run; an agent without groups asks, since the document names nobody. */
function refusedBy(
  document: string,
  ran: readonly Ran[],
  target: string,
): readonly { readonly each: Ran; readonly rule: string }[] {
  const parsed = parseDocument(document);
  if (!parsed.ok) throw new Error("a suggested document has to be a policy");
  const principal = { issuer: "", subject: "", roles: ["agent"], groups: [] } as const;
  const policy = compilePolicy(parsed.value, CANDIDATE, { principal, target });
  return ran.flatMap((each) => {
    const finding = { kind: "statements", statements: each.statements } as const;
    const { decision } = decideText(policy, finding, each.at);
    return decision.effect === "deny" ? [{ each, rule: decision.rule }] : [];
  });
}
