// This room's part of the OpenAPI document.

import { json, ref, type Operation } from "../openapi-operation.ts";
import type { Parameters } from "../records/query.ts";
import { HealthReport } from "./items.ts";

export const HEALTH_PARAMETERS = { getHealthReport: {} } as const satisfies Record<string, Parameters>;

export type HealthOperationId = keyof typeof HEALTH_PARAMETERS;

export const HEALTH_OPERATIONS = {
  getHealthReport: {
    path: "/health",
    summary: `How the gateway and its record are
200 whatever it tells; \`status\` is for monitoring. A part that does not answer within two seconds is told as that.`,
    gives: json(ref("HealthReport")),
    problems: [400],
    role: "admin or auditor",
  },
} as const satisfies Record<HealthOperationId, Operation>;

export const HEALTH_SCHEMAS = { HealthReport };
