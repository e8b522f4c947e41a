// The OpenAPI 3.1 document at /v1/openapi.json, for anyone. Written from the parts that do the work: query parameters from
// records/parameters.ts, bodies from the valibot schemas in records/items.ts. A test holds it against the routes.

import { toJsonSchema } from "@valibot/to-json-schema";
import { Hono } from "hono";
import type * as v from "valibot";
import { INSIGHT_OPERATIONS, INSIGHT_SCHEMAS } from "./insight/operations.ts";
import { INSIGHT_PARAMETERS, type InsightOperationId } from "./insight/parameters.ts";
import { json, list, ref, type JsonObject as Json, type Operation } from "./openapi-operation.ts";
import { APPROVAL_OPERATIONS, APPROVAL_SCHEMAS } from "./approvals/operations.ts";
import { APPROVAL_PARAMETERS, type ApprovalOperationId } from "./approvals/parameters.ts";
import {
  HISTORY_OPERATION_PARAMETERS,
  HISTORY_OPERATIONS,
  HISTORY_SCHEMAS,
  type HistoryOperationId,
} from "./log/index.ts";
import {
  HEALTH_OPERATIONS,
  HEALTH_PARAMETERS,
  HEALTH_SCHEMAS,
  type HealthOperationId,
} from "./health/index.ts";
import { HoldBody } from "./retention/hold.ts";
import { GRANT_OPERATIONS, GRANT_SCHEMAS } from "./grants/operations.ts";
import { GRANT_PARAMETERS, type GrantOperationId } from "./grants/parameters.ts";
import { POLICY_OPERATIONS, POLICY_SCHEMAS } from "./policies/operations.ts";
import { POLICY_PARAMETERS, type PolicyOperationId } from "./policies/parameters.ts";
import {
  Consistency,
  EventItem,
  Health,
  Inclusion,
  ProblemBody,
  ResponseBody,
  SessionItem,
  StatementIntent,
  StatementItem,
  StatementOutcome,
  Verdict,
} from "./records/items.ts";
import {
  PARAMETERS as RECORD_PARAMETERS,
  type OperationId as RecordOperationId,
} from "./records/parameters.ts";

import {
  WEBHOOK_OPERATIONS,
  WEBHOOK_PARAMETERS,
  WEBHOOK_SCHEMAS,
  type WebhookOperationId,
} from "./webhooks/index.ts";

const REPLAY = `Server-sent events in the session's own time. Each has an id and one line of JSON with \`at\`:
\`session_started\` and \`session_ended\` {session}, \`statement\` {statement: StatementIntent},
\`outcome\` {id, seq, …StatementOutcome, response: Response}, \`asynchronous\` {event: Event}.
A live session goes on as it happens, at the speed asked for. Last-Event-ID goes on behind that event.`;

const EXPORT = `A session as NDJSON, verifiable offline
Entries in the order of the chain with their hashes, signed heads, and the proof of the log: docs/record.md, and \`sluice verify\`.`;

const BOUNDED = `What a page looks at is bounded: it may be shorter than asked for, or empty, and there is more as long as
\`next_cursor\` is not null. A cursor goes with the filters that it came from.`;

const SESSIONS = `Sessions, newest first
Those with a statement that all of \`relation\`, \`access\`, \`kind\`, \`decision\`, \`rule\` and \`text\` are true of.
${BOUNDED}`;

const STATEMENTS = `Statements of all sessions: newest session first, in each its newest statement first
All filters have to be true of a statement.
${BOUNDED}`;

type OperationId =
  | RecordOperationId
  | PolicyOperationId
  | ApprovalOperationId
  | GrantOperationId
  | HealthOperationId
  | HistoryOperationId
  | InsightOperationId
  | WebhookOperationId;

const PARAMETERS = {
  ...RECORD_PARAMETERS,
  ...POLICY_PARAMETERS,
  ...APPROVAL_PARAMETERS,
  ...GRANT_PARAMETERS,
  ...HEALTH_PARAMETERS,
  ...HISTORY_OPERATION_PARAMETERS,
  ...INSIGHT_PARAMETERS,
  ...WEBHOOK_PARAMETERS,
};

const OPERATIONS = {
  ...POLICY_OPERATIONS,
  ...APPROVAL_OPERATIONS,
  ...GRANT_OPERATIONS,
  ...HEALTH_OPERATIONS,
  ...HISTORY_OPERATIONS,
  ...INSIGHT_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  listSessions: {
    path: "/sessions",
    summary: SESSIONS,
    gives: list("Session"),
    problems: [400, 503],
  },
  searchStatements: {
    path: "/statements",
    summary: STATEMENTS,
    gives: list("Statement"),
    problems: [400, 503],
  },
  getSession: {
    path: "/sessions/{id}",
    summary: "A session",
    gives: json(ref("Session")),
    problems: [400, 404, 503],
  },
  listStatements: {
    path: "/sessions/{id}/statements",
    summary: "The statements of a session, in order; a page is shorter where they are large",
    gives: { ...list("Statement"), "text/csv": { schema: { type: "string" } } },
    problems: [400, 404, 503],
  },
  getStatement: {
    path: "/sessions/{id}/statements/{seq}",
    summary: "A statement",
    gives: json(ref("Statement")),
    problems: [400, 404, 503],
  },
  getResult: {
    path: "/sessions/{id}/statements/{seq}/result",
    summary:
      "The recorded response, as the agent got it; with a header sluice-recorded: truncated, its beginning",
    gives: {
      ...json(ref("Response")),
      "text/csv": { schema: { type: "string" } },
      "application/octet-stream": { schema: { type: "string", format: "binary" } },
    },
    problems: [400, 404, 409, 503],
  },
  getRequest: {
    path: "/sessions/{id}/statements/{seq}/request",
    summary:
      "What the agent sent beside the statement: its CopyData, CopyDone and CopyFail messages, as they were",
    gives: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
    problems: [400, 404, 409, 503],
  },
  listEvents: {
    path: "/sessions/{id}/events",
    summary: "What happened beside statements, in order",
    gives: list("Event"),
    problems: [400, 404, 503],
  },
  replaySession: {
    path: "/sessions/{id}/replay",
    summary: REPLAY,
    gives: { "text/event-stream": { schema: { type: "string" } } },
    problems: [400, 404, 503],
  },
  exportSession: {
    path: "/sessions/{id}/export",
    summary: EXPORT,
    gives: { "application/x-ndjson": { schema: { type: "string" } } },
    problems: [400, 404, 503],
  },
  verifySession: {
    path: "/sessions/{id}/verify",
    summary: "Whether the record of a session is whole, as D1 holds it, and the first break where it is not",
    gives: json(ref("Verdict")),
    problems: [400, 404, 503],
  },
  getCheckpoint: {
    path: "/log/checkpoint",
    summary: "The signed head of the log of all sessions: C2SP tlog-checkpoint",
    gives: { "text/plain": { schema: { type: "string" } } },
    problems: [400, 404],
  },
  getInclusion: {
    path: "/log/inclusion",
    summary:
      "That the log holds a leaf, a session's or the one of a number: its number, siblings in hexadecimal, lowest first, and the checkpoint",
    gives: json(ref("Inclusion")),
    problems: [400, 404],
  },
  getConsistency: {
    path: "/log/consistency",
    summary: "That a larger tree of the log begins with a smaller one: hashes in hexadecimal, lowest first",
    gives: json(ref("Consistency")),
    problems: [400, 404],
  },
  exportLog: {
    path: "/log/export",
    summary: "All leaves of the log and its checkpoint, as NDJSON: docs/record.md",
    gives: { "application/x-ndjson": { schema: { type: "string" } } },
    problems: [400, 404],
  },
  holdSession: {
    method: "put",
    path: "/sessions/{id}/hold",
    summary: "Keep the session's record from retention: a legal hold",
    takes: json(ref("Hold")),
    gives: null,
    problems: [400, 404, 503],
    role: "admin",
  },
  releaseSession: {
    method: "delete",
    path: "/sessions/{id}/hold",
    summary: "End the hold: retention goes by its rules again",
    gives: null,
    problems: [404, 503],
    role: "admin",
  },
  terminateSession: {
    method: "delete",
    path: "/sessions/{id}",
    summary: "End a session now; the agent gets 57P01, the record stays",
    gives: null,
    problems: [404],
    role: "admin",
  },
  getHealth: {
    path: "/healthz",
    summary: "Whether the gateway is up and D1 answers; 503 where it does not",
    gives: json(ref("Health")),
    problems: [400],
    role: "anyone",
  },
} as const satisfies Record<OperationId, Operation>;

const SCHEMAS = {
  Session: SessionItem,
  Statement: StatementItem,
  StatementIntent,
  StatementOutcome,
  Event: EventItem,
  Response: ResponseBody,
  Problem: ProblemBody,
  Health,
  Verdict,
  Inclusion,
  Consistency,
  Hold: HoldBody,
  ...POLICY_SCHEMAS,
  ...APPROVAL_SCHEMAS,
  ...GRANT_SCHEMAS,
  ...HEALTH_SCHEMAS,
  ...HISTORY_SCHEMAS,
  ...INSIGHT_SCHEMAS,
  ...WEBHOOK_SCHEMAS,
};

const IN_PATH = {
  id: { type: "string", pattern: "^[0-9a-f]{32}$" },
  seq: { type: "integer", minimum: 1 },
  name: { type: "string", description: "A target" },
  grant: { type: "string", description: "A grant's id" },
  approval: { type: "string", description: "An approval's id: its target, a dash, 24 hexadecimal digits" },
  version: { type: "integer", minimum: 1 },
  delivery: { type: "string", description: "A webhook delivery's id" },
} as const satisfies Record<string, Json>;

export function openApiDocument(): Json {
  return {
    openapi: "3.1.0",
    info: { title: "Sluice", version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/v1" }],
    security: [{ bearer: [] }],
    paths: paths(),
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "A token of a configured issuer",
        },
      },
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, toSchema(schema)])),
    },
  };
}

export function openApi(): Hono {
  return new Hono().get("/openapi.json", (c) => c.json(openApiDocument()));
}

function paths(): Json {
  const found: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of Object.entries(OPERATIONS) as [OperationId, Operation][]) {
    (found[operation.path] ??= {})[operation.method ?? "get"] = describe(id, operation);
  }
  return found;
}

function describe(operationId: OperationId, operation: Operation): Json {
  const [summary = ""] = operation.summary.split("\n");
  const role = operation.role ?? "auditor";
  const problems = role === "anyone" ? operation.problems : [...operation.problems, 401, 403];
  const done =
    operation.gives === null
      ? { "204": { description: summary } }
      : { "200": { description: summary, content: operation.gives } };
  return {
    operationId,
    summary,
    description: role === "anyone" ? operation.summary : `${operation.summary}\n\nRole: ${role}.`,
    ...(role === "anyone" ? { security: [] } : {}),
    parameters: [...inPath(operation.path), ...inQuery(operationId), ...inHeader(operation)],
    ...(operation.takes === undefined ? {} : { requestBody: { required: true, content: operation.takes } }),
    responses: { ...done, ...Object.fromEntries(problems.map((status) => [String(status), PROBLEM])) },
  };
}

const PROBLEM = {
  description: "Problem details (RFC 9457)",
  content: { "application/problem+json": { schema: ref("Problem") } },
};

function inPath(path: string): readonly Json[] {
  const named = Object.entries(IN_PATH).filter(([name]) => path.includes(`{${name}}`));
  return named.map(([name, schema]) => ({ name, in: "path", required: true, schema }));
}

function inQuery(operationId: OperationId): readonly Json[] {
  return Object.entries(PARAMETERS[operationId]).map(([name, { description, schema }]) => ({
    name,
    in: "query",
    description,
    schema,
  }));
}

function inHeader({ headers = {} }: Operation): readonly Json[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
}

function toSchema(schema: v.GenericSchema): Json {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, { target: "draft-2020-12" });
  return rest;
}
