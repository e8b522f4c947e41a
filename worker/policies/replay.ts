// POST /v1/targets/{name}/policy/replay: decides recorded statements anew by a candidate document, for the principals that
// sent them and at the times they did. Names are looked up in the database of today; what is no longer there, or was only
// in its session, is counted as not decidable.

import { Hono, type Context } from "hono";
import { compilePolicy, parseDocument, type Policy, type PolicyDocument } from "#core/policy";
import type { Finding } from "../../durable-objects/inspection/index.ts";
import { problemResponse } from "../problem.ts";
import { writeCursor } from "../records/cursor.ts";
import { readQuery } from "../records/query.ts";
import { wholeRecord } from "../records/shards.ts";
import { badRequest, readJson } from "./body.ts";
import { type Change, changeOf, isDecidable } from "./changes.ts";
import { CANDIDATE } from "./check.ts";
import { decideText } from "./decide.ts";
import type { PoliciesDeps, PoliciesEnv } from "./env.ts";
import { examineTraffic } from "./examine-traffic.ts";
import { ReplayRequest, type ReplayReport } from "./items.ts";
import { POLICY_PARAMETERS } from "./parameters.ts";
import { presentDiagnostics } from "./present.ts";
import { databaseProblem, hasFixedRole } from "./targets.ts";
import { readTrafficCursor, Traffic, type RecordedStatement } from "./traffic.ts";

const DEFAULT_STATEMENTS = 500;
/** Of each kind, in one answer. */
const EXAMPLES = 10;
const EXAMPLE_CHARACTERS = 1_000;

type Example = ReplayReport["examples"][number];

export function replayApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  return new Hono<PoliciesEnv>().post(
    "/targets/:name/policy/replay",
    deps.requireAdmin,
    deps.requireTarget,
    (c) => replay(c, deps),
  );
}

async function replay(c: Context<PoliciesEnv>, deps: PoliciesDeps): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.replayPolicy);
  if (!query.ok) return problemResponse(query.error);
  const body = await readJson(c.req.raw, ReplayRequest);
  if (!body.ok) return problemResponse(body.error);
  const { document, from, to, subject, cursor, limit } = body.value;
  const after = cursor === undefined ? null : readTrafficCursor(cursor);
  if (cursor !== undefined && after === null)
    return problemResponse(badRequest('"cursor": has to be the next_cursor of the page before'));
  const parsed = parseDocument(document);
  if (!parsed.ok) return problemResponse(presentDiagnostics(parsed.error));

  const target = c.req.param("name") ?? "";
  const period = { target, from: Date.parse(from), to: Date.parse(to), subject: subject ?? null };
  const page = await new Traffic(await wholeRecord(c.env)).page(period, after, limit ?? DEFAULT_STATEMENTS);
  const findings = await deps.inspect(c.env, target, (inspection) =>
    examineTraffic(inspection, page.statements),
  );
  if (!findings.ok) return problemResponse(databaseProblem(findings.error));
  const tally = new Tally(parsed.value, target, hasFixedRole(c.env, target));
  for (const statement of page.statements)
    tally.add(statement, findings.value.get(statement.text ?? "") ?? null);
  return c.json(tally.report(page.statements.length, page.next === null ? null : writeCursor(page.next)));
}

class Tally {
  readonly #document: PolicyDocument;
  readonly #target: string;
  readonly #fixedRole: boolean;
  readonly #policies = new Map<string, Policy>();
  readonly #counts: Record<Change, number> = {
    unchanged: 0,
    newly_refused: 0,
    newly_held: 0,
    newly_allowed: 0,
    not_decidable: 0,
  };
  readonly #rules = new Map<string, ReplayReport["by_rule"][number]>();
  readonly #examples: Example[] = [];

  constructor(document: PolicyDocument, target: string, fixedRole: boolean) {
    this.#document = document;
    this.#target = target;
    this.#fixedRole = fixedRole;
  }

  add(statement: RecordedStatement, finding: Finding | null): void {
    const decided =
      finding === null || !isDecidable(finding)
        ? null
        : decideText(this.#policy(statement), finding, statement.startedAt);
    const change = decided === null ? "not_decidable" : changeOf(statement.effect, decided.decision.effect);
    this.#counts[change]++;
    if (change === "unchanged") return;
    if (change !== "not_decidable" && decided !== null) {
      const rule = decided.decision.rule;
      const counts = this.#rules.get(rule) ?? { rule, newly_refused: 0, newly_held: 0, newly_allowed: 0 };
      counts[change]++;
      this.#rules.set(rule, counts);
    }
    if (this.#examples.filter(({ kind }) => kind === change).length >= EXAMPLES) return;
    this.#examples.push({
      kind: change,
      session_id: statement.sessionId,
      seq: statement.seq,
      subject: statement.principal.subject,
      statement: (statement.text ?? "").slice(0, EXAMPLE_CHARACTERS).toWellFormed(),
      before: { effect: statement.effect, rule: statement.rule },
      after:
        decided === null
          ? null
          : {
              effect: decided.decision.effect,
              rule: decided.decision.rule,
              matched: [...decided.decision.matched],
            },
    });
  }

  report(statements: number, next: string | null): ReplayReport {
    const rules = [...this.#rules.values()].toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
    return {
      statements,
      counts: this.#counts,
      by_rule: rules,
      examples: this.#examples,
      next_cursor: next,
    };
  }

  #policy({ principal }: RecordedStatement): Policy {
    const key = JSON.stringify(principal);
    const known = this.#policies.get(key);
    if (known !== undefined) return known;
    const policy = compilePolicy(this.#document, CANDIDATE, {
      principal,
      target: this.#target,
      fixedRole: this.#fixedRole,
    });
    this.#policies.set(key, policy);
    return policy;
  }
}
