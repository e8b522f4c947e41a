// The policy API in the OpenAPI document: its operations and schemas, in the terms of worker/openapi.ts.

import type { JsonObject, Operation } from "../openapi-operation.ts";
import { json, list, ref } from "../openapi-operation.ts";
import {
  CheckBody,
  CheckedStatement,
  DiagnosticItem,
  LintReport,
  PolicyItem,
  PolicyVersionItem,
  ReplayReport,
  TodayReport,
  ReplayRequest,
  SuggestRequest,
  Suggestion,
} from "./items.ts";
import type { PolicyOperationId } from "./parameters.ts";

const DOCUMENT: JsonObject = {
  "application/yaml": { schema: { type: "string" } },
  "application/json": { schema: { $ref: "/v1/policy/schema.json" } },
};
const POLICY: JsonObject = {
  ...json(ref("Policy")),
  "application/yaml": { schema: { type: "string", description: "The document alone, as it was sent" } },
};
const CHECKED: JsonObject = json({
  oneOf: [
    ref("CheckedStatement"),
    {
      type: "object",
      required: ["data"],
      properties: { data: { type: "array", items: ref("CheckedStatement") } },
    },
  ],
});

export const POLICY_OPERATIONS = {
  getPolicy: {
    path: "/targets/{name}/policy",
    summary: "The policy in force\nIts ETag is its version, for a PUT on top of it.",
    gives: POLICY,
    problems: [400, 404],
    role: "admin or auditor",
  },
  putPolicy: {
    method: "put",
    path: "/targets/{name}/policy",
    summary: `Replace the policy
The header \`If-Match: "N"\` names the version that was read, \`If-None-Match: *\` says that there is none. Live sessions follow
within 5 s. 201 for the first version.`,
    takes: DOCUMENT,
    headers: {
      "If-Match": 'The version that this one replaces, as `"3"`',
      "If-None-Match": "`*` for a first version",
      "Sluice-Comment": "Why; kept with the version",
    },
    gives: json(ref("PolicyVersion")),
    problems: [400, 404, 412, 413, 422, 428],
    role: "admin",
  },
  listPolicyVersions: {
    path: "/targets/{name}/policy/versions",
    summary: "Versions of the policy, newest first",
    gives: list("PolicyVersion"),
    problems: [400, 404],
    role: "admin or auditor",
  },
  getPolicyVersion: {
    path: "/targets/{name}/policy/versions/{version}",
    summary: "A version of the policy",
    gives: POLICY,
    problems: [400, 404],
    role: "admin or auditor",
  },
  lintPolicy: {
    method: "post",
    path: "/policy/lint",
    summary:
      "What is wrong with a document, by line; with `target` also what its database says of its names and masks",
    takes: DOCUMENT,
    gives: json(ref("LintReport")),
    problems: [400, 404, 413, 502, 503],
    role: "admin",
  },
  getPolicySchema: {
    path: "/policy/schema.json",
    summary: "The JSON Schema of policy documents, for editors",
    gives: { "application/schema+json": { schema: { type: "object" } } },
    problems: [],
    role: "anyone",
  },
  checkStatements: {
    method: "post",
    path: "/check",
    summary: `The decision on statements, without running them
One \`statement\` answers a CheckedStatement, \`statements\` a list of them. Each stands alone, in a fresh session: what an earlier
one would have created, set or prepared is not there. An admin may give a \`document\` and a \`principal\`.`,
    takes: json(ref("CheckRequest")),
    gives: CHECKED,
    problems: [400, 404, 413, 422, 502, 503],
    role: "agent or admin",
  },
  replayPolicy: {
    method: "post",
    path: "/targets/{name}/policy/replay",
    summary: `Decide recorded statements anew by a document
A page at a time: counts are those of the page. \`newly_allowed\` counts what was refused and may run now, if need be once it is
approved; \`not_decidable\` what names something that the database no longer has, or only its session had. Names are read as a
fresh session of today reads them, whatever search_path the statement met.`,
    takes: json(ref("ReplayRequest")),
    gives: json(ref("ReplayReport")),
    problems: [400, 404, 413, 422, 502, 503],
    role: "admin",
  },
  decideToday: {
    path: "/sessions/{id}/today",
    summary: `Which of a session's statements the policy in force would decide otherwise
As replay decides: by today's names, at each statement's own time; without the grants that the session had. A page at a time; an
item for each statement that differs or cannot be decided.`,
    gives: json(ref("TodayReport")),
    problems: [400, 404, 502, 503],
  },
  suggestPolicy: {
    method: "post",
    path: "/targets/{name}/policy/suggest",
    summary: "A least-privilege document from recorded statements that ran",
    takes: json(ref("SuggestRequest")),
    gives: json(ref("Suggestion")),
    problems: [400, 404, 413, 502, 503],
    role: "admin",
  },
} as const satisfies Record<PolicyOperationId, Operation>;

export const POLICY_SCHEMAS = {
  Policy: PolicyItem,
  PolicyVersion: PolicyVersionItem,
  Diagnostic: DiagnosticItem,
  LintReport,
  CheckRequest: CheckBody,
  CheckedStatement,
  ReplayRequest,
  ReplayReport,
  TodayReport,
  SuggestRequest,
  Suggestion,
};
