// The grants API in the OpenAPI document: its operations and schemas, in the terms of worker/openapi.ts.

import { historyPage } from "../log/history.ts";
import { json, list, ref, type Operation } from "../openapi-operation.ts";
import { GrantBody, GrantDecisionBody, GrantItem } from "./items.ts";
import type { GrantOperationId } from "./parameters.ts";

export const GRANT_OPERATIONS = {
  askForGrant: {
    method: "post",
    path: "/grants",
    summary: `Ask for access for a while
\`active\` at once where the policy gives it without asking a person, else \`pending\`. 422 where the policy does not let it be
asked for.`,
    takes: json(ref("GrantRequest")),
    gives: json(ref("Grant")),
    problems: [400, 404, 413, 422, 429],
    role: "agent",
  },
  listGrants: {
    path: "/grants",
    summary: "Grants, newest first",
    gives: list("Grant"),
    problems: [400, 404],
    role: "agent, approver, auditor or admin",
  },
  getGrant: {
    path: "/grants/{grant}",
    summary: "A grant",
    gives: json(ref("Grant")),
    problems: [400, 404],
    role: "agent, approver, auditor or admin",
  },
  getGrantHistory: {
    path: "/grants/{grant}/history",
    summary: "Each change of a grant, in order, as the log has it\nTamper-evident: docs/record.md, Log.",
    gives: historyPage,
    problems: [400, 404],
    role: "agent, approver, auditor or admin",
  },
  decideGrant: {
    method: "post",
    path: "/grants/{grant}/decision",
    summary: `Grant or deny; as an approval is decided
Less than was asked for may be given: a shorter \`duration\`, some of the \`relations\`, smaller \`limits\`. 422 where it is more.`,
    takes: json(ref("GrantDecision")),
    gives: json(ref("Grant")),
    problems: [400, 404, 409, 413, 422, 503],
    role: "approver",
  },
  revokeGrant: {
    method: "delete",
    path: "/grants/{grant}",
    summary: `End a grant, or take the request back
An approver or admin any, an agent its own. Live sessions lose it within 5 s, and what runs by it is cancelled.`,
    gives: json(ref("Grant")),
    problems: [400, 404, 409],
    role: "agent, approver or admin",
  },
} as const satisfies Record<GrantOperationId, Operation>;

export const GRANT_SCHEMAS = { Grant: GrantItem, GrantRequest: GrantBody, GrantDecision: GrantDecisionBody };
