// POST /v1/policy/lint: what is wrong with a document, by line; with ?target= also names that its database does not have, and
// what it has to say of masks, with ?sample=true by a look at values.
// GET /v1/policy/schema.json: the JSON Schema of documents, for editors.

import { Hono, type Context } from "hono";
import {
  DOCUMENT_SCHEMA,
  lint,
  namesIn,
  parseDocument,
  type Diagnostic,
  type NamedThing,
  type PolicyDocument,
} from "#core/policy";
import type { Name, Question } from "#core/sql";
import { ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../../durable-objects/connection.ts";
import type { Inspection } from "../../durable-objects/inspection/index.ts";
import { parameterProblem, problemResponse } from "../problem.ts";
import { readQuery } from "../records/query.ts";
import { DOCUMENT_BYTES, readText } from "./body.ts";
import type { PoliciesDeps, PoliciesEnv } from "./env.ts";
import type { LintReport } from "./items.ts";
import { lintMasksAgainst } from "./lint-masks.ts";
import { POLICY_PARAMETERS } from "./parameters.ts";
import { presentDiagnostic } from "./present.ts";
import { databaseProblem, isTarget, unknownTarget } from "./targets.ts";

export function lintApi(deps: PoliciesDeps): Hono<PoliciesEnv> {
  const app = new Hono<PoliciesEnv>();
  app.get("/policy/schema.json", (c) =>
    c.body(JSON.stringify(DOCUMENT_SCHEMA), 200, {
      "content-type": "application/schema+json",
      "access-control-allow-origin": "*",
      "cache-control": "public, max-age=300",
    }),
  );
  app.post("/policy/lint", deps.requireAdmin, (c) => report(c, deps));
  return app;
}

async function report(c: Context<PoliciesEnv>, deps: PoliciesDeps): Promise<Response> {
  const query = readQuery(c.req.url, POLICY_PARAMETERS.lintPolicy);
  if (!query.ok) return problemResponse(query.error);
  const { target, sample } = query.value;
  if (target === null && sample === "true")
    return problemResponse(
      parameterProblem("sample", "needs target: it is that database's values that are looked at"),
    );
  if (target !== null && !isTarget(c.env, target)) return problemResponse(unknownTarget);
  const text = await readText(c.req.raw, DOCUMENT_BYTES);
  if (!text.ok) return problemResponse(text.error);
  const parsed = parseDocument(text.value);
  if (!parsed.ok) return c.json(reportOf(parsed.error));
  const document = parsed.value;
  const diagnostics = [...lint(document)];
  if (target !== null) {
    const found = await deps.inspect(c.env, target, async (inspection) => {
      const unknown = await unknownNames(inspection, document);
      if (!unknown.ok) return unknown;
      const masks = await lintMasksAgainst(inspection, document, {
        sample: sample === "true",
        now: deps.now,
      });
      return masks.ok ? ok([...unknown.value, ...masks.value]) : masks;
    });
    if (!found.ok) return problemResponse(databaseProblem(found.error));
    diagnostics.push(...found.value);
  }
  return c.json(reportOf(diagnostics));
}

function reportOf(diagnostics: readonly Diagnostic[]): LintReport {
  const ordered = diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    valid: diagnostics.every(({ severity }) => severity !== "error"),
    diagnostics: ordered.map(presentDiagnostic),
  };
}

/** A warning for each name without a wildcard that the database does not know: a rule on a misspelt name protects nothing. */
async function unknownNames(
  inspection: Inspection,
  document: PolicyDocument,
): Promise<Result<readonly Diagnostic[], Refusal>> {
  const { relations, functions } = namesIn(document);
  const name = ({ schema, name }: NamedThing): Name => ({ schema, name });
  const asked = await inspection.ask([
    ...relations.map((thing): Question => ({ kind: "relation", name: name(thing) })),
    ...functions.map((thing): Question => ({ kind: "functions", name: name(thing) })),
  ]);
  if (!asked.ok) return asked;
  const { catalog } = inspection;
  return ok([
    ...relations.filter((thing) => catalog.relation(name(thing)) === null).map(unknown("relation")),
    ...functions.filter((thing) => catalog.functions(name(thing))?.length === 0).map(unknown("function")),
  ]);
}

function unknown(kind: string): (thing: NamedThing) => Diagnostic {
  return ({ schema, name, line, column, path }) => ({
    severity: "warning",
    line,
    column,
    path,
    message: `the database has no ${kind} ${schema}.${name}`,
  });
}
